"""Which evaluation runs the core: the interpreter, or compiled code where it pays. Results never differ."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Mapping
from fractions import Fraction

from coincell.cpu.compiled.background import Background
from coincell.cpu.compiled.code_cache import CodeCache
from coincell.cpu.compiled.tiers import Tiers
from coincell.cpu.core import Core
from coincell.cpu.state import INSTRUCTIONS
from coincell.errors import InputError
from coincell.simtime import seconds

_POLICIES = ("auto", "interpret", "interpret:FROM-TO (seconds)", "compile", "random:SEED")
_WINDOW = re.compile(r"interpret:(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")


def use_tier(core: Core, tier: str) -> Callable[[], Mapping[str, int]]:
    """Let `core` run by `tier`, as in RunRequest; gives a function that tells instructions per evaluation.

    "interpret:FROM-TO" interprets between two moments [s] and is "auto" elsewhere. Raises InputError for an
    unknown tier.
    """
    window = _WINDOW.fullmatch(tier)
    if not window and tier not in ("auto", "interpret", "compile") and not tier.startswith("random:"):
        raise InputError("no such tier", key="tier", value=tier, allowed=_POLICIES)
    if tier == "interpret":
        core.execute = core.stepper.run
        return lambda: {"interpreted": core.state.wides[INSTRUCTIONS]}
    background = Background()
    weakref.finalize(core, background.close)
    tiers = Tiers(core, "auto" if window else tier, CodeCache(), background)
    core.execute = tiers.run
    interpreted = 0
    if window:
        start, end = (seconds(Fraction(text)) for text in window.groups())

        def execute() -> None:
            nonlocal interpreted
            if not start <= core.time < end:
                tiers.run()
                return
            before = core.state.wides[INSTRUCTIONS]
            core.stepper.run()
            interpreted += core.state.wides[INSTRUCTIONS] - before

        core.execute = execute

    def shares() -> Mapping[str, int]:
        background.close()
        done = tiers.interpreted + interpreted
        return {"interpreted": done, "compiled": core.state.wides[INSTRUCTIONS] - done}

    return shares
