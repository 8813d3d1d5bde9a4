"""The board's nets: one for each chip pin, by the board's name where it has one. Edges are written down."""

from __future__ import annotations

from coincell.describe import BoardDescription
from coincell.engines.contract import Edge
from coincell.errors import InputError
from coincell.peripherals.pins import Net
from coincell.simtime import Simulation


class Nets:
    """Every net of a board, made when first asked for. Pulls that the board describes are in place."""

    def __init__(self, sim: Simulation, board: BoardDescription) -> None:
        self._sim = sim
        self._board = board
        self._nets: dict[str, Net] = {}
        self._edges: list[Edge] = []
        self._chip_pins = frozenset(board.chip.pin_names())
        for wire in board.wire:
            net = self._make(wire.net)
            if wire.pull is not None:
                net.pull("board", wire.pull == "up")

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Each change of each net's level, in order of time."""
        return tuple(self._edges)

    def pin(self, name: str) -> Net:
        """The net that chip pin `name` ("P0.13") is on. Raises InputError for a pin the chip lacks."""
        if name not in self._chip_pins:
            raise InputError(
                f"{self._board.chip.title} has no such pin",
                key="pin",
                value=name,
                allowed=self._board.chip.pins,
            )
        return self._make(self._board.net_of_pin(name) or name)

    def net(self, name: str) -> Net:
        """The net called `name` on the board. Raises InputError naming those that exist."""
        if name not in self._nets:
            raise InputError(
                f"board {self._board.name!r} has no net of that name",
                key="net",
                value=name,
                allowed=sorted(self._nets),
            )
        return self._nets[name]

    def _make(self, name: str) -> Net:
        net = self._nets.get(name)
        if net is None:
            net = self._nets[name] = Net(name)
            net.watch(lambda level: self._edges.append(Edge(self._sim.now, name, level)))
        return net
