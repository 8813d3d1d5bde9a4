"""The FIFO of ST's motion sensors from the LSM6DSO on: words of a tag and six bytes.

Tag: sensor in bits 3 to 7, a counter of time slots in bits 1 and 2, a bit that makes the number of ones even
(lsm6dso_reg.h:1075-1092, 3457-3478). Modes: lsm6dso_reg.h FIFO_CTRL4. Parity and what the flags mean: ST's
AN5192, from memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

DEPTH = 512
"""Words: 3 kB of data in both parts (LSM6DSO without compression; IIS3DWB data sheet, features)."""
ROTATION, ACCELERATION = 1, 2
BYPASS, FIFO, CONTINUOUS = 0, 1, 6


def tag(sensor: int, slot: int) -> int:
    """The first byte of a word."""
    value = sensor << 3 | (slot & 3) << 1
    return value | value.bit_count() & 1


class TaggedFifo:
    """Words in order of time; `threshold` and `stop_at_threshold` are as the registers say now."""

    def __init__(self) -> None:
        self.mode = BYPASS
        self.threshold = 0
        self.stop_at_threshold = False
        self.overrun = self.overrun_latched = False
        self._words: deque[tuple[int, bytes]] = deque()
        self._slot = 0
        self._reading: tuple[int, bytes] = 0, bytes(6)
        self._begun = False

    def __len__(self) -> int:
        return len(self._words)

    @property
    def depth(self) -> int:
        """How many words it takes now."""
        return self.threshold if self.stop_at_threshold and self.threshold else DEPTH

    def clear(self) -> None:
        """As the bypass mode does."""
        self._words.clear()
        self.overrun = self.overrun_latched = self._begun = False

    def push(self, slot: Sequence[tuple[int, bytes]]) -> None:
        """Words (sensor, six bytes) of one moment."""
        self._slot += 1
        for sensor, data in slot:
            if len(self._words) >= self.depth:
                if self.mode == FIFO:
                    continue
                self._words.popleft()
                self.overrun = self.overrun_latched = True
            self._words.append((tag(sensor, self._slot), data))

    def skip(self, n_slots: int) -> None:
        """Time slots whose words would be overwritten before anybody can read them."""
        self._slot += n_slots
        self.overrun = self.overrun_latched = True

    def read(self, place: int) -> tuple[int, tuple[int, bytes] | None]:
        """Byte `place` (0: the tag) of the oldest word, and the word when this was its last byte."""
        if not self._begun and self._words:
            self._reading, self._begun = self._words[0], True
        label, data = self._reading
        if place == 6 and self._begun:
            self._begun = False
            if self._words and self._words[0] is self._reading:
                self._words.popleft()
                self.overrun = False
            return data[5], self._reading
        return (label if place == 0 else data[place - 1]), None

    @property
    def at_threshold(self) -> bool:
        """Whether it holds as much as the threshold says; never with the threshold 0."""
        return self.mode != BYPASS and 0 < self.threshold <= len(self._words)
