"""The FIFO of tagged words, and wake-up: worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from coincell.devices.tagged_fifo import CONTINUOUS, DEPTH, FIFO, TaggedFifo, tag
from coincell.devices.wake_up import awake


@pytest.mark.parametrize(
    ("sensor", "slot", "byte"),
    [(1, 0, 0b00001_00_1), (2, 1, 0b00010_01_0), (2, 3, 0b00010_11_1), (3, 5, 0b00011_01_1)],
)
def test_tags(sensor, slot, byte):
    assert tag(sensor, slot) == byte


def filled(n, **settings):
    fifo = TaggedFifo()
    fifo.mode = CONTINUOUS
    for name, value in settings.items():
        setattr(fifo, name, value)
    for number in range(n):
        fifo.push([(2, number.to_bytes(6, "little"))])
    return fifo


def word(fifo):
    found = [fifo.read(place) for place in range(7)]
    assert all(done is None for _, done in found[:6])
    return int.from_bytes(bytes(byte for byte, _ in found[1:]), "little")


def test_words_leave_in_order_and_an_empty_fifo_repeats_the_last():
    fifo = filled(3)
    assert [word(fifo) for _ in range(3)] == [0, 1, 2]
    assert len(fifo) == 0
    assert fifo.read(1)[0] == 2
    assert fifo.read(6)[1] is None


def test_continuous_keeps_the_newest_fifo_mode_the_oldest():
    fifo = filled(DEPTH + 5)
    assert (len(fifo), fifo.overrun, fifo.overrun_latched, word(fifo)) == (512, True, True, 5)
    assert (fifo.overrun, fifo.overrun_latched) == (False, True)
    fifo = filled(DEPTH + 5, mode=FIFO)
    assert (len(fifo), fifo.overrun, word(fifo)) == (512, False, 0)
    fifo = filled(30, stop_at_threshold=True, threshold=8)
    assert (len(fifo), word(fifo)) == (8, 22)


def test_a_word_that_is_being_read_stays_whole_when_it_is_overwritten():
    fifo = filled(DEPTH)
    fifo.read(0)
    fifo.push([(2, bytes(6))])
    assert bytes(fifo.read(place)[0] for place in range(1, 7)) == bytes(6)
    assert word(fifo) == 1


def test_wake_up_needs_a_slope_for_long_enough():
    steps = np.array([0, 0, 1, 2, 3, 3, 3, 4, 4.0])
    still = np.zeros((9, 3))
    still[:, 1] = steps
    flags = awake(still, 0.4, 0)
    assert np.array_equal(flags[:, 1], [False, True, True, True, False, False, True, False])
    assert not flags[:, [0, 2]].any()
    assert np.array_equal(awake(still, 0.4, 2)[:, 1], [False, True, False, False, False, False])
    assert not awake(still, 0.5, 0).any()  # half of the step, and not more than it
