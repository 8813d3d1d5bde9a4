"""coincell's core as Renode's counts and sleeps."""

from __future__ import annotations

from typing import Any

from coincell.cpu.core import Core
from coincell.cpu.exceptions import Exceptions
from coincell.cpu.state import CYCLES, R
from coincell.isa.encoding import DecodedInstruction
from coincell.timing import Issue

_ENDS = frozenset({"B", "BL", "BX", "BLX", "CBZ", "CBNZ", "TBB", "TBH", "POP", "LDM", "SVC", "WFE", "WFI"})
"""Instructions that end a block: some of POP and LDM do not."""
_LONGEST = 64


class OneEach:
    """Implements timing.Pipeline: every instruction takes a cycle, exceptions none (I BaseCPU.cs:294-298)."""

    name = "renode-double"
    validated = False
    unaligned = unaligned_store = (0, 0)
    exception_entry = exception_return = tail_chain = entry_hides = return_hides = 0
    interpreted = 1

    def issue(self, instruction: DecodedInstruction, address: int, pipe: int, in_it: bool) -> Issue:
        return Issue(before=1, after=0, taken=0, skipped=1, next_pipe=0)


class LateExceptions(Exceptions):
    """WFE's event register is what SEV and hooks make it: T arch/arm/op_helper.c:208, helper.c:1150.

    An interrupt waits until the translated block ends (T cpu-exec.c:364-374): here, at the next branch. So
    firmware that looks for a flag, branches and sleeps may sleep past its interrupt.
    """

    core: Core
    _event = _before = False
    _lines: dict[int, bool]

    def set_line(self, number: int, level: bool) -> None:
        self._lines[number] = level
        if not level or self.core.sleeping:
            super().set_line(number, level)
            return
        due = self.core.clock.time_of(self.core.state.wides[CYCLES] + self._left_of_block())
        self.core.sim.at(max(due, self.core.sim.now), lambda: self._reach(number))

    def _left_of_block(self) -> int:
        """Instructions after the present one until the next that ends a block, inclusive."""
        stepper, address = self.core.stepper, self.core.state.words[R + 15]
        address += stepper.decode(address).size
        for n in range(1, _LONGEST):
            instruction = stepper.decode(address)
            if instruction.name.split()[0] in _ENDS:
                return n
            address += instruction.size
        return _LONGEST

    def _reach(self, number: int) -> None:
        super().set_line(number, True)
        if not self._lines[number]:
            super().set_line(number, False)

    @property
    def event(self) -> bool:
        return self._event

    @event.setter
    def event(self, value: bool) -> None:
        self._before, self._event = self._event, value

    def undo(self) -> None:
        """The last setting did not happen: it was that of an exception's entry or return."""
        self._event = self._before


def make_odd(core: Core) -> LateExceptions:
    """Give a core that has run nothing this pipeline and these exceptions."""
    core.pipeline = OneEach()
    exceptions: Any = core.exceptions
    old = vars(exceptions).pop("event", False)
    exceptions.__class__ = LateExceptions
    exceptions.core, exceptions._lines = core, {}
    exceptions._event = exceptions._before = old
    return exceptions  # type: ignore[no-any-return]
