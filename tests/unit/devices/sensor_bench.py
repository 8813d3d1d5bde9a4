"""A board's sensor on a bench: wires to its registers, a clock, and what it draws."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from coincell.describe import BoardDescription, load_board
from coincell.devices import Nets, populate
from coincell.ports import I2cDevice, Label, Samples, Signal
from coincell.simtime import PS_PER_S, Simulation

MS = PS_PER_S // 1000


class Still:
    """Implements ports.Signal: the same three values always."""

    labels: tuple[Label, ...] = ()
    n_channels = 3

    def __init__(self, values: tuple[float, float, float], unit: str, rate_hz: int = 200) -> None:
        self.values, self.unit, self.rate_hz = values, unit, Fraction(rate_hz)

    def samples(self, start: int, count: int) -> Samples:
        return np.tile(np.array(self.values, float), (count, 1))


class Power:
    """Implements ports.PowerComponent by writing down."""

    def __init__(self) -> None:
        self.states: list[str] = []

    def enter(self, state: str) -> None:
        self.states.append(state)

    def count(self, event: str, n: int = 1) -> None:
        raise AssertionError("sensors have no events")


class Bench:
    """One part of a board, its supply on and booted. `options` replace the part's own."""

    def __init__(
        self,
        part: str = "imu",
        signals: Mapping[str, Signal] | None = None,
        options: Mapping[str, Any] | None = None,
        board: BoardDescription | None = None,
        seed: int = 0,
    ) -> None:
        board = board or load_board("nano33ble_sense")
        parts = tuple(
            p.model_copy(update={"options": dict(options or {"errors": "none"})}) if p.name == part else p
            for p in board.part
        )
        board = board.model_copy(update={"part": parts})
        self.sim, self.powers = Simulation(), dict[str, Power]()
        self.nets = Nets(self.sim, board)
        self.device: Any = populate(
            board,
            self.sim,
            lambda name: self.powers.setdefault(name, Power()),  # type: ignore[arg-type,return-value]
            self.nets.net,
            signals or {},
            seed,
        )[part]
        self.supply = next(board.supply_net(p) for p in board.part if p.name == part)
        self.states = self.powers[part].states

    def target(self, address: int) -> I2cDevice:
        """What answers at that address."""
        (found,) = (t for t in self.device.i2c_targets if t.address == address)
        return found  # type: ignore[no-any-return]

    def on(self) -> None:
        """Switch the supply on and let the part boot."""
        if self.supply is not None:
            self.nets.net(self.supply).drive("test", True)
        self.wait(20)

    def wait(self, duration_ms: float) -> None:
        """Let time pass."""
        self.sim.advance(self.sim.now + round(duration_ms * MS))


class I2c:
    """A controller that takes no time: whole transfers to one address."""

    def __init__(self, target: I2cDevice) -> None:
        self.target = target

    def read(self, register: int, count: int = 1) -> bytes:
        assert self.target.start(False), "not acknowledged"
        assert self.target.write(register)
        assert self.target.start(True)
        data = bytes(self.target.read() for _ in range(count))
        self.target.stop()
        return data

    def byte(self, register: int) -> int:
        return self.read(register)[0]

    def words(self, register: int, count: int = 3) -> np.ndarray[Any, np.dtype[np.int16]]:
        return np.frombuffer(self.read(register, 2 * count), "<i2")

    def write(self, register: int, *values: int) -> None:
        assert self.target.start(False), "not acknowledged"
        for value in (register, *values):
            assert self.target.write(value)
        self.target.stop()
