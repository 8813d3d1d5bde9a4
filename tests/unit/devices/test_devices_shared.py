"""What parts share: supplies, noise by number, what is felt between samples, registers on I2C."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from coincell.devices.felt import Felt
from coincell.devices.i2c_target import I2cTarget
from coincell.devices.noise import Noise
from coincell.ports import Label, Samples
from coincell.simtime import PS_PER_S


@dataclass
class Line:
    """Channel c is (c + 1) times the number of the sample."""

    rate_hz: Fraction = Fraction(3)
    unit: str = "V"
    n_channels: int = 2
    labels: tuple[Label, ...] = ()
    reads: int = 0

    def samples(self, start: int, count: int) -> Samples:
        self.reads += 1
        numbers = np.arange(start, start + count, dtype=float)[:, np.newaxis]
        return numbers * np.arange(1, self.n_channels + 1)


def test_a_signal_is_felt_between_its_samples():
    felt = Felt(Line())
    third = Fraction(PS_PER_S, 3)
    assert felt.at(0) == pytest.approx([0, 0])
    assert felt.at(round(600.5 * third)) == pytest.approx([600.5, 1201], abs=1e-9)
    assert felt.at(round(255.25 * third)) == pytest.approx([255.25, 510.5], abs=1e-9)  # blocks meet here
    assert felt.at(-5) == pytest.approx([0, 0])


def test_a_signal_that_is_read_slowly_is_rendered_in_blocks():
    line = Line()
    felt = Felt(line)
    for number in range(200):
        felt.at(number * PS_PER_S // 3)
    assert line.reads == 1


def test_noise_is_standard_normal_and_goes_by_its_number():
    noise = Noise(1, "nose", 7)
    whole = noise.read(0, 20_000)
    assert whole.mean() == pytest.approx(0, abs=4 / 20_000**0.5)
    assert whole.std() == pytest.approx(1, abs=4 / 40_000**0.5)
    assert noise.at(4097) == whole[4097] == noise.read(4090, 10)[7]
    for other in (Noise(2, "nose", 7), Noise(1, "ear", 7), Noise(1, "nose", 8)):
        assert abs(np.corrcoef(whole, other.read(0, 20_000))[0, 1]) < 4 / 20_000**0.5


class Memory(I2cTarget):
    """Sixteen bytes; 0x0F is a queue."""

    def __init__(self, pairs: bool = False) -> None:
        super().__init__(0x20)
        self.bytes = bytearray(16)
        self.pairs = pairs

    def read_register(self, register: int) -> int:
        return self.bytes[register]

    def write_register(self, register: int, value: int) -> None:
        self.bytes[register] = value

    def register_after(self, register: int, writing: bool) -> int | None:
        if writing and self.pairs:
            return None
        return register if register == 15 else register + 1


def send(target: I2cTarget, *data: int) -> None:
    assert target.start(False)
    for byte in data:
        assert target.write(byte)
    target.stop()


def fetch(target: I2cTarget, register: int, count: int) -> list[int]:
    send(target, register)
    assert target.start(True)
    data = [target.read() for _ in range(count)]
    target.stop()
    return data


def test_registers_follow_one_another():
    memory = Memory()
    send(memory, 3, 10, 11, 12)
    assert fetch(memory, 2, 5) == [0, 10, 11, 12, 0]
    memory.start(True)  # without a register: where the last transfer stopped
    assert memory.read() == 0
    assert fetch(memory, 15, 3) == [0, 0, 0]


def test_pairs_of_register_and_contents():
    memory = Memory(pairs=True)
    send(memory, 3, 10, 7, 11)
    assert (memory.bytes[3], memory.bytes[7], memory.bytes[4]) == (10, 11, 0)
    assert fetch(memory, 3, 5) == [10, 0, 0, 0, 11]
