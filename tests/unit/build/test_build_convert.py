"""Reading .tflite files, good and hostile. The arithmetic is tested in tests/integration."""

from __future__ import annotations

import contextlib
import random
import re

import pytest

from coincell import data
from coincell.build.convert import convert
from coincell.build.tflite import read_tflite
from coincell.errors import InputError

MODEL = data.find("firmware/apps", "wake_word", "") / "model.tflite"


@pytest.fixture(scope="module")
def content():
    return MODEL.read_bytes()


def attempt(path, content: bytes) -> bool:
    """Whether `content` converts; anything but an InputError fails the test."""
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        convert(path)
        return True
    return False


def test_the_shipped_model(content):
    model = convert(MODEL)
    graph = read_tflite(MODEL)
    assert model.input_shape == graph.tensors[graph.inputs[0]].shape
    assert f"#define NN_ARENA_SIZE {model.arena_bytes}\n" in model.header
    assert model.flash_bytes == sum(layer.flash_bytes for layer in model.layers)
    assert model.macs == sum(layer.macs for layer in model.layers) > 0
    largest = max(layer.flash_bytes for layer in model.layers)
    assert largest < model.flash_bytes < len(content) * 2
    again = convert(MODEL)
    assert (again.source, again.header) == (model.source, model.header)


def test_keeping_the_input_gives_it_memory_of_its_own():
    shared, kept = convert(MODEL), convert(MODEL, keep_input=True)
    size = 1
    for dimension in shared.input_shape:
        size *= dimension
    assert shared.arena_bytes <= kept.arena_bytes <= shared.arena_bytes + size


def test_every_truncation_is_refused(content, tmp_path):
    steps = [*range(200), *range(200, len(content) - 1, max(1, len(content) // 300))]
    accepted = [n for n in steps if attempt(tmp_path / "m.tflite", content[:n])]
    assert accepted == []


def test_random_damage_never_escapes(content, tmp_path):
    rng = random.Random(8)
    outcomes = set()
    for _ in range(400):
        damaged = bytearray(content)
        for _ in range(rng.randint(1, 12)):
            # Most of the structure lies at the file's ends.
            span = rng.choice((64, 4000, len(content)))
            place = rng.randrange(span) if rng.random() < 0.5 else len(content) - 1 - rng.randrange(span)
            damaged[place % len(content)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        outcomes.add(attempt(tmp_path / "m.tflite", bytes(damaged)))
    assert outcomes == {True, False}


def test_random_bytes_with_the_right_name(tmp_path):
    rng = random.Random(9)
    for size in (8, 12, 40, 500, 4000):
        for _ in range(40):
            body = bytearray(rng.randbytes(size))
            body[4:8] = b"TFL3"
            body[0:4] = (8 + rng.randrange(size)).to_bytes(4, "little")
            assert not attempt(tmp_path / "m.tflite", bytes(body))


def test_other_files(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        convert(tmp_path / "absent.tflite")
    with pytest.raises(InputError, match="cannot read"):
        convert(tmp_path)
    other = tmp_path / "text.tflite"
    other.write_text("not a model at all, but long enough")
    with pytest.raises(InputError, match="TFL3"):
        convert(other)


def test_generated_c_uses_only_the_arena(content):
    """Every pointer into the arena leaves room for its tensor."""
    model = convert(MODEL)
    offsets = [int(offset) for offset in re.findall(r"nn_arena \+ (\d+)", model.source)]
    assert offsets
    assert max(offsets) < model.arena_bytes
    assert all(offset % 4 == 0 for offset in offsets)
