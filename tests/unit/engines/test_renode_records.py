"""What the probe wrote, read back: whole files, files cut anywhere, and files of somebody else."""

import pytest

from coincell.engines.renode.records import KINDS, last_time_ps, read_records
from coincell.errors import InputError

GOOD = "H 0 0 coincell-records/1\nU 1500 60 uart0 41\nW 2000 80 50000508 4 00002000\nX 20000000000 9\n"


@pytest.fixture
def file(tmp_path):
    def written(text):
        path = tmp_path / "records.txt"
        path.write_text(text, newline="\n")
        return path

    return written


def test_each_line_is_a_happening(file):
    header, byte, write, end = read_records(file(GOOD))
    assert (header.kind, byte.kind, write.kind, end.kind) == tuple("HUWX")
    assert (byte.time_ps, byte.instructions, byte.number(1)) == (1_500_000, 60, 0x41)
    assert (write.number(0), write.words[1], write.number(2)) == (0x50000508, "4", 0x2000)
    assert end.time_ps == 20_000_000_000_000


def test_a_file_may_stop_anywhere(file):
    for size in range(len(GOOD)):
        complete = GOOD[:size].count("\n")
        assert len(list(read_records(file(GOOD[:size])))) == complete


def test_progress_is_the_last_complete_line(file, tmp_path):
    assert last_time_ps(tmp_path / "not there yet") == 0
    assert last_time_ps(file(GOOD)) == 20_000_000_000_000
    assert last_time_ps(file(GOOD[: GOOD.index("X") + 5])) == 2_000_000
    long = GOOD + "".join(f"S {10**11 + n} 0 00001870\n" for n in range(9000))
    assert last_time_ps(file(long + "A 99")) == (10**11 + 8999) * 1000


@pytest.mark.parametrize(
    "text",
    [
        "U 0 0 uart0 41\n",  # no header
        "H 0 0 coincell-records/2\n",
        GOOD + "H 1 1 coincell-records/1\n",
        "H 0 0 coincell-records/1\nQ 1 1 what\n",
        "H 0 0 coincell-records/1\nU soon 1 uart0 41\n",
        "H 0 0 coincell-records/1\nU 1 1 uart0\n",
        "H 0 0 coincell-records/1\nU -1 1 uart0 41\n",
    ],
)
def test_what_the_probe_did_not_write_is_refused(file, text):
    with pytest.raises(InputError):
        list(read_records(file(text)))


def test_renode_may_leave_nothing(tmp_path):
    with pytest.raises(InputError, match="records cannot be read"):
        list(read_records(tmp_path / "records.txt"))


def test_every_kind_is_one_letter():
    assert all(len(kind) == 1 for kind in KINDS)
