"""Which evaluation runs the core: the interpreter, or compiled code where it pays. Results never differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coincell.cpu.code_cache import CodeCache
from coincell.cpu.core import Core
from coincell.cpu.state import INSTRUCTIONS
from coincell.cpu.tiers import Tiers
from coincell.errors import InputError

_POLICIES = ("auto", "interpret", "compile", "random:SEED")


def use_tier(core: Core, tier: str) -> Callable[[], Mapping[str, int]]:
    """Let `core` run by `tier`, as in RunRequest; gives a function that tells instructions per evaluation.

    Raises InputError for an unknown tier.
    """
    if tier not in _POLICIES[:3] and not tier.startswith("random:"):
        raise InputError("no such tier", key="tier", value=tier, allowed=_POLICIES)
    if tier == "interpret":
        core.execute = core.stepper.run
        return lambda: {"interpreted": core.state.wides[INSTRUCTIONS]}
    tiers = Tiers(core, tier, CodeCache())
    core.execute = tiers.run
    return lambda: {
        "interpreted": tiers.interpreted,
        "compiled": core.state.wides[INSTRUCTIONS] - tiers.interpreted,
    }
