"""Stack limits of Armv8-M: MSPLIM and PSPLIM are swapped with their stack pointers (DDI 0553, B3.21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.faults import stack_overflow
from coincell.cpu.state import STACK_LIMIT

if TYPE_CHECKING:
    from coincell.cpu.core import Core

_STKOFHFNMIGN = 1 << 10
"""CCR: ignore the limits at priorities below zero."""


def check_stack(core: Core, address: int) -> None:
    """SP is about to become `address`. Raises CoreFault below the limit of the stack in use."""
    if address < core.state.words[STACK_LIMIT] and not _ignored(core):
        raise stack_overflow(address)


def stack_limit(core: Core) -> int:
    """The least address that a frame on the stack in use may have."""
    limit = core.state.words[STACK_LIMIT]
    return 0 if limit and _ignored(core) else limit


def _ignored(core: Core) -> bool:
    return bool(core.configuration & _STKOFHFNMIGN) and core.exceptions.execution_priority() < 0
