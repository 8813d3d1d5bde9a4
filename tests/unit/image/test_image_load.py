"""The door: recognition, missing files, and files made to hurt."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coincell.errors import InputError
from coincell.image import load_image
from coincell.image.layout import MAX_BYTES


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: None, "no such firmware file"),
        (lambda p: p.mkdir(), "not a regular file"),
        (lambda p: p.write_bytes(b""), "the file is empty"),
        (lambda p: p.write_bytes(b"MZ\x90\0"), "does not look like firmware"),
    ],
)
def test_what_cannot_be_loaded(tmp_path, make, says):
    path = tmp_path / "firmware"
    make(path)
    with pytest.raises(InputError, match=says) as caught:
        load_image(path)
    assert str(path) in str(caught.value)


def test_a_huge_file_is_refused_unread(tmp_path):
    path = tmp_path / "huge.elf"
    with path.open("wb") as file:
        file.truncate(5 * MAX_BYTES)  # sparse: takes no disk
    start = time.perf_counter()
    with pytest.raises(InputError, match="too large"):
        load_image(path)
    assert time.perf_counter() - start < 0.5


def test_an_unknown_format_is_refused(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"abcd")
    with pytest.raises(InputError, match="unknown image format"):
        load_image(path, fmt="srec")


def test_an_address_for_a_file_that_carries_its_own(tmp_path, elf_bytes):
    path = tmp_path / "a.elf"
    path.write_bytes(elf_bytes((0, b"abcd")))
    with pytest.raises(InputError, match="carry their own"):
        load_image(path, address=0)


def only_input_errors(path, content: bytes, **how) -> None:
    """Load it: an image or an InputError may come out, soon."""
    path.write_bytes(content)
    start = time.perf_counter()
    image, message = None, path.name
    try:
        image = load_image(path, **how)
    except InputError as error:
        message = str(error)
    assert path.name in message
    if image:
        assert sum(len(s.data) for s in image.segments) <= MAX_BYTES
        image.line_at(0x1000)
    assert time.perf_counter() - start < 3


FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
edits = st.lists(
    st.tuples(
        st.integers(0, 1 << 20),
        st.sampled_from([b"\0", b"\xff", b"\xff\xff\xff\xff", b"\x80", b"\1\0\0\0", b"\x7f"]),
    ),
    min_size=1,
    max_size=6,
)


def damaged(content: bytes, changes, keep: int | None) -> bytes:
    copy = bytearray(content)
    for at, what in changes:
        at %= len(copy)
        copy[at : at + len(what)] = what
    return bytes(copy[: keep if keep is None else keep % len(copy) or 1])


@FUZZ
@given(changes=edits, keep=st.none() | st.integers(1, 1 << 20), tables=st.booleans())
def test_fuzzed_elf(tmp_path, linked, changes, keep, tables):
    content = linked.read_bytes()
    if tables:  # aim at the headers, where every byte counts
        start = int.from_bytes(content[32:36], "little")
        changes = [(at % 52 if at % 3 else start + at % 640, what) for at, what in changes]
    only_input_errors(tmp_path / "fuzz.elf", damaged(content, changes, keep))


@FUZZ
@given(content=st.binary(min_size=1, max_size=600), kind=st.sampled_from(["elf", "hex", "uf2", "bin"]))
def test_noise_in_every_format(tmp_path, content, kind):
    only_input_errors(tmp_path / f"noise.{kind}", content, fmt=kind, address=0 if kind == "bin" else None)


@FUZZ
@given(lines=st.lists(st.text("0123456789ABCDEF: ", max_size=30).map(lambda s: ":" + s), max_size=20))
def test_fuzzed_hex(tmp_path, lines):
    only_input_errors(tmp_path / "fuzz.hex", "\n".join([*lines, ":00000001FF"]).encode())


@FUZZ
@given(changes=edits, keep=st.none() | st.integers(1, 4096))
def test_fuzzed_uf2(tmp_path, changes, keep):
    from test_image_records import uf2_block

    content = b"".join(uf2_block(i * 256, bytes(256), i, 4) for i in range(4))
    only_input_errors(tmp_path / "fuzz.uf2", damaged(content, changes, keep))
