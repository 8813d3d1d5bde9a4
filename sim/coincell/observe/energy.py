"""The core's energy, shared out by cycles: of each current it drew, to what ran while it drew it.

Only the core's own energy while it is awake is shared out. What it draws asleep, and what every other
component draws, does not follow from which function runs, and is left where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction

from coincell.describe import BoardDescription
from coincell.energy.ledger import CPU, Ledger
from coincell.energy.recorder import Recorder
from coincell.energy.timeline import Draw, Figures
from coincell.errors import MissingFigureError
from coincell.observe.recording import Recording
from coincell.simtime import PS_PER_S

ASLEEP = ("sleep", "off")
"""States in which the core executes nothing."""


class CoreDraw:
    """Tells, while a machine runs, when its core begins to draw another current."""

    def __init__(self, recorder: Recorder, board: BoardDescription) -> None:
        self._recorder = recorder
        self._figures = Figures(board)
        self.on_change: Callable[[Hashable], None] = lambda now: None
        self.now: Hashable = None
        """The state and figure that hold while the core is awake."""
        recorder.on_enter = self._entered
        self._entered()

    def _entered(self) -> None:
        states = self._recorder.present
        if states.get(CPU, ASLEEP[0]) in ASLEEP:
            return
        try:
            now = _key(self._figures.draw(CPU, states))
        except MissingFigureError:
            return  # several components change at this moment, and the last is yet to come
        if now != self.now:
            self.now = now
            self.on_change(now)


def _key(draw: Draw) -> Hashable:
    return draw.state, draw.figure


def core_energy(ledger: Ledger) -> dict[Hashable, Fraction]:
    """Energy [J] of each current that the core drew while awake, by the keys of a recording's banks."""
    found: dict[Hashable, Fraction] = {}
    for draw, duration in ledger.on_time_ps().items():
        if draw.component == CPU and draw.state not in ASLEEP:
            charge = ledger.supply.current(draw.figure) * duration / PS_PER_S
            found[_key(draw)] = found.get(_key(draw), Fraction(0)) + charge * ledger.supply.battery_v
    return found


def per_cycle(recording: Recording, energy_j: Mapping[Hashable, Fraction]) -> dict[Hashable, Fraction]:
    """Energy of one cycle [J] in each bank. What was drawn while nothing ran is in no bank."""
    found: dict[Hashable, Fraction] = {}
    for key, bank in recording.banks.items():
        n_cycles = sum(bank.node_cycles[: len(recording.tree.keys)])
        found[key] = energy_j.get(key, Fraction(0)) / n_cycles if n_cycles else Fraction(0)
    return found
