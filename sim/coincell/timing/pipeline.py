"""The seam of a core's pipeline model: what an instruction costs after what came before it.

What the pipeline remembers is an integer of at most 32 bits, `pipe`. REFILL is its value after every taken
branch and every exception, so translated code can be entered there whatever happened before. After REFILL an
instruction that can branch costs at least one cycle: no loop is free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from coincell.isa.encoding import DecodedInstruction

REFILL = 0
"""The pipeline was refilled: nothing is remembered."""
FPU_BUSY_WORST = 14
"""The longest `fpu_busy` of any model."""
UNALIGNED_WORST = 3
"""The most that an unaligned access adds in any model."""


@dataclass(frozen=True)
class OperandCost:
    """Cycles that depend on operands, beside what an `Issue` says."""

    cycles: Callable[[Any], Any]
    """Evaluated over `isa.ops` before the instruction: a word."""
    worst: int


@dataclass(frozen=True)
class Issue:
    """Cycles of one instruction. `before` passes before its memory accesses, `after` afterwards."""

    before: int
    after: int
    taken: int
    """More cycles when it branches; fewer when negative (a branch predicted taken that is not)."""
    skipped: int
    """Cycles in all when its IT condition fails."""
    next_pipe: int
    """What the pipeline remembers when it did not branch."""
    operands: OperandCost | None = None
    """What its operands add."""
    fpu_wait: bool = False
    """Wait until the divider of the FPU is free."""
    fpu_busy: int = 0
    """Keep the FPU busy for so many cycles from issue on, beside the integer pipeline."""

    @property
    def worst(self) -> int:
        """An upper bound, memory system excluded."""
        most = self.before + self.after + max(self.taken, 0) + (self.operands.worst if self.operands else 0)
        return max(most, self.skipped)


class Pipeline(Protocol):
    """A core's issue rules."""

    name: str
    validated: bool
    unaligned: tuple[int, int]
    """Extra cycles of an unaligned load at a halfword and at a byte address."""
    unaligned_store: tuple[int, int]
    """The same of a store."""
    exception_entry: int
    """Cycles from the boundary where an exception is taken to its handler's first instruction; memory that
    waits adds to it, and to the next two."""
    exception_return: int
    tail_chain: int
    entry_hides: int
    """Cycles by which reading the vector and fetching the handler may be late behind the stacking."""
    return_hides: int
    """Cycles by which fetching what is returned to may be late behind the unstacking."""
    interpreted: int
    """Cycles of a system instruction (MRS, MSR, CPS, WFI, barriers)."""

    def issue(self, instruction: DecodedInstruction, address: int, pipe: int, in_it: bool) -> Issue:
        """Cost of `instruction` at `address` when the pipeline remembers `pipe`. Pure."""


def pipeline(name: str) -> Pipeline:
    """The pipeline model of a core by its name, for instance "cortex-m4". Raises ValueError."""
    from coincell.timing.cortex_m0 import CortexM0
    from coincell.timing.cortex_m0plus import CortexM0Plus
    from coincell.timing.cortex_m3 import CortexM3
    from coincell.timing.cortex_m4 import CortexM4
    from coincell.timing.cortex_m7 import CortexM7
    from coincell.timing.cortex_m33 import CortexM33

    models: dict[str, Callable[[], Pipeline]] = {
        "cortex-m0": CortexM0,
        "cortex-m0.small-multiply": lambda: CortexM0(small_multiplier=True),
        "cortex-m0plus": CortexM0Plus,
        "cortex-m0plus.small-multiply": lambda: CortexM0Plus(small_multiplier=True),
        "cortex-m3": CortexM3,
        "cortex-m4": CortexM4,
        "cortex-m7": CortexM7,
        "cortex-m33": CortexM33,
    }
    if name not in models:
        raise ValueError(f"no pipeline model {name!r}; there are {', '.join(models)}")
    return models[name]()
