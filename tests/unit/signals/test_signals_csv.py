"""CSV recordings: in and out, and files that mean harm. Truth from numpy's own reader and writer."""

from fractions import Fraction

import numpy as np
import pytest

from coincell.errors import InputError
from coincell.ports import Label
from coincell.signals import CsvRecording, Gridded, create, write_csv

GOOD = "t,x,y\n0.00,1,-2\n0.01,1.5,3e-3\n0.02,+.5,4.\n"
RECIPE = {"kind": "csv", "unit": "g", "time_column": "t"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "logged.csv"


def read(path, text, **keys):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return create({**RECIPE, "path": str(path), **keys}, 1)


def test_a_recording_is_its_columns_and_its_last_sample_stays(path):
    signal = read(path, GOOD)
    assert (signal.rate_hz, signal.unit, signal.n_channels, signal.labels) == (100, "g", 2, ())
    expected = np.loadtxt(path, delimiter=",", skiprows=1)[:, 1:]
    assert np.array_equal(signal.samples(0, 3), expected)
    assert np.array_equal(signal.samples(2, 3), expected[[2, 2, 2]])
    assert np.array_equal(signal.samples(10**9, 1), expected[[2]])
    assert signal.samples(1, 0).shape == (0, 2)


def test_columns_are_chosen_scaled_and_put_in_order(path):
    signal = read(path, GOOD, columns=["y", "x"], scale=0.001)
    assert np.allclose(signal.samples(0, 1), [[-0.002, 0.001]])
    rated = read(path, GOOD, columns=["x"], time_column=None, rate_hz=26666.6666667)
    assert rated.rate_hz == Fraction(80_000, 3)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + GOOD,  # what spreadsheets put before UTF-8
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\n\n"),
        GOOD.replace("t,x,y", '"t", x ,y'),
        GOOD.removesuffix("\n"),
    ],
)
def test_what_programs_write_is_read(path, text):
    assert np.allclose(read(path, text).samples(0, 3), [[1, -2], [1.5, 0.003], [0.5, 4]])


def test_other_delimiters_are_read(path):
    assert read(path, GOOD.replace(",", ";"), delimiter=";").samples(2, 1)[0, 1] == 4


@pytest.mark.parametrize("rate", [Fraction(80_000, 3), Fraction(1, 60), Fraction(1000), Fraction(119)])
def test_the_rate_follows_from_the_times(path, rate):
    lines = [f"{float(n / rate):.9f},{n}" for n in range(50)]
    assert read(path, "t,v\n" + "\n".join(lines)).rate_hz == rate


def test_times_may_shake_but_not_skip(path):
    shaken = "t,v\n0.000,1\n0.012,2\n0.019,3\n0.030,4\n"
    assert read(path, shaken).rate_hz == 100
    with pytest.raises(InputError, match=r"evenly spaced[\s\S]*0\.08 s in sample 3"):
        read(path, "t,v\n0,1\n.01,2\n.02,3\n.08,4\n.09,5\n.1,6\n")


def test_a_column_of_texts_is_the_truth(path):
    text = "t,v,what\n0,1,\n1,1,walk\n2,1,walk\n3,1,run + fall\n4,1,run + fall\n5,1,\n"
    signal = read(path, text, label_column="what")
    assert signal.n_channels == 1
    assert signal.labels == (Label(1, 3, "walk"), Label(3, 5, "run"), Label(3, 5, "fall"))


def test_the_truth_may_stand_in_the_recipe(path):
    signal = read(path, GOOD, labels=[[0.005, 0.01, "knock"], [0.01, 0.02, "fall"]])
    assert signal.labels == (Label(0.005, 0.01, "knock"), Label(0.01, 0.02, "fall"))


def test_any_signal_can_be_written_and_read_back(path):
    t = np.arange(64)
    labels = (Label(0.0, 0.5, "still"), Label(0.25, 0.75, "warm"))
    signal = Gridded(
        lambda index: np.stack([np.sin(t + 64 * index), t * 1e-9, -t * 1e6], axis=1),
        labels,
        "T",
        rate_hz=Fraction(80, 3),
        n_channels=3,
        size=64,
    )
    write_csv(signal, path, 3.0)
    table = np.genfromtxt(path, delimiter=",", skip_header=1, usecols=(0, 1, 2, 3))
    assert path.read_text().startswith("time_s,x [T],y [T],z [T],label\n")
    assert np.allclose(table[:, 0], np.arange(80) * 3 / 80, atol=1e-9)
    assert np.allclose(table[:, 1:], signal.samples(0, 80), rtol=1e-8)
    back = CsvRecording(path, "T", time_column="time_s", label_column="label")
    assert back.rate_hz == signal.rate_hz
    assert np.allclose(back.samples(0, 80), signal.samples(0, 80), rtol=1e-8)
    assert {(x.name, round(x.start_s, 1)) for x in back.labels} >= {("still", 0.0), ("warm", 0.3)}


HOSTILE = {
    "empty": (b"", "empty"),
    "only blank lines": (b"\n\n\n", "empty"),
    "only names": (b"t,x\n", "no samples"),
    "one sample": (b"t,x\n0,1\n", "one sample has no rate"),
    "no time column": (b"time,x\n0,1\n", "no column has that name"),
    "two of one name": (b"t,t,x\n0,0,1\n", "several columns"),
    "nothing but time": (b"t\n0\n1\n", "no column is left"),
    "ragged": (b"t,x\n0,1\n1,2,3\n", "line 3.*3 fields"),
    "short line": (b"t,x\n0,1\n1\n", "line 3.*1 fields"),
    "a word": (b"t,x\n0,1\n1,two\n", "line 3: x: this is not a number"),
    "nothing": (b"t,x\n0,1\n1,\n", "line 3: x: this is not a number"),
    "not a number": (b"t,x\n0,1\n1,nan\n", "not a number"),
    "infinity": (b"t,x\n0,1\n1,inf\n", "not a number"),
    "overflow": (b"t,x\n0,1\n1,1e999\n", "too large"),
    "python's digits": (b"t,x\n0,1\n1,1_000\n", "not a number"),
    "other digits": ("t,x\n0,1\n1,²\n".encode(), "not a number"),
    "a decimal comma": (b't,x\n0,1\n1,"1,5"\n', "not a number"),
    "time stands still": (b"t,x\n1,1\n1,1\n", "evenly spaced"),
    "time runs back": (b"t,x\n1,1\n0,1\n", "evenly spaced"),
    "infinite time": (b"t,x\n0,1\n1e999,1\n", "too large"),
    "latin 1": ("t,x\n0,1\n1,°\n".encode("latin-1"), "UTF-8"),
    "utf-16": ("t,x\n0,1\n".encode("utf-16"), "UTF-8"),
    "zeros": (b"\0" * 1000, "columns"),
    "an open quote": (b't,x\n0,"1\n', "CSV"),
    "one endless line": (b"t,x\n0," + b"1" * 100_000, "too long"),
    "an endless quoted field": (b't,x\n0,"' + b"1\n" * 100_000, "CSV"),
    "too many columns": (("t," + ",".join(f"c{n}" for n in range(300)) + "\n").encode(), "too many"),
    "a wav file": (b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00", "columns|CSV"),
}


@pytest.mark.parametrize(("text", "says"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_recording_is_refused(path, text, says):
    with pytest.raises(InputError, match=says) as caught:
        read(path, text)
    assert "logged.csv" in str(caught.value)
    assert len(str(caught.value)) < 3000


def test_missing_files_and_folders_are_refused(tmp_path):
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            CsvRecording(path, "g", rate_hz=Fraction(1))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rate_hz": 5}, "either rate_hz or time_column"),
        ({"time_column": None}, "either rate_hz or time_column"),
        ({"columns": ["z"]}, r"columns: no column has that name[\s\S]*t, x, y"),
        ({"label_column": "truth"}, "truth"),
        ({"label_column": "x", "labels": [[0, 1, "a"]]}, "either labels or label_column"),
        ({"unit": ""}, "unit"),
        ({"scale": 0}, "scale"),
        ({"delimiter": "ab"}, "delimiter"),
    ],
)
def test_mistakes_are_named(path, change, says):
    with pytest.raises(InputError, match=says):
        read(path, GOOD, **change)


def test_mutilated_files_never_do_worse_than_an_input_error(path):
    rng = np.random.default_rng(0)
    for _ in range(400):
        body = bytearray((GOOD * 3).encode()[: int(rng.integers(1, 120))])
        for at in rng.integers(0, len(body), 3):
            body[at] = int(rng.integers(256))
        try:
            assert np.isfinite(read(path, bytes(body)).samples(0, 10)).all()
        except InputError:
            continue
