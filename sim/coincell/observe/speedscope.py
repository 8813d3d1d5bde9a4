"""A profile as speedscope shows it: https://www.speedscope.app/file-format-schema.json

Each chain of calls is one sample whose weight is its cycles (or its energy). What the format has no place
for, the number of calls for instance, stands under the key "coincell", which viewers ignore.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from coincell import __version__
from coincell.observe.profile import FunctionCost, LineCost, Profile

SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def document(profile: Profile, title: str) -> dict[str, Any]:
    """Plain dictionaries and lists; energies in joules, weights of the energy profile in nanojoules."""
    frames = [_frame(cost) for cost in profile.functions]
    stacks = [list(node.stack) for node in profile.nodes]
    profiles = [_sampled("cycles", stacks, [node.cycles for node in profile.nodes])]
    if profile.energy_j is not None:
        profiles.append(
            _sampled("energy of the core [nJ]", stacks, [_nano(node.energy_j) for node in profile.nodes])
        )
    if profile.lines:
        profiles.append(_by_line(profile, frames))
    return {
        "$schema": SCHEMA,
        "name": title,
        "exporter": f"coincell {__version__}",
        "activeProfileIndex": 0,
        "shared": {"frames": frames},
        "profiles": profiles,
        "coincell": {
            "cycles": profile.cycles,
            "energy_j": _float(profile.energy_j),
            "functions": [_function(cost) for cost in profile.functions],
            "lines": [_line(cost) for cost in profile.lines],
            "elsewhere_j": {name: float(energy) for name, energy in profile.elsewhere_j.items()},
        },
    }


def _frame(cost: FunctionCost) -> dict[str, Any]:
    frame: dict[str, Any] = {"name": cost.title}
    if cost.file is not None:
        frame |= {"file": cost.file, "line": cost.line}
    return frame


def _sampled(name: str, stacks: Sequence[Sequence[int]], weights: Sequence[float]) -> dict[str, Any]:
    """Chains that cost nothing themselves are seen in those that go through them."""
    kept = [(list(stack), weight) for stack, weight in zip(stacks, weights, strict=True) if weight]
    return {
        "type": "sampled",
        "name": name,
        "unit": "none",
        "startValue": 0,
        "endValue": sum(weight for _, weight in kept),
        "samples": [stack for stack, _ in kept],
        "weights": [weight for _, weight in kept],
    }


def _by_line(profile: Profile, frames: list[dict[str, Any]]) -> dict[str, Any]:
    """Functions with their lines below them, without callers; frames of the lines are added to `frames`."""
    place = {cost.title: index for index, cost in enumerate(profile.functions)}
    stacks, weights = [], []
    for line in profile.lines:
        frames.append({"name": f"{line.file}:{line.line}", "file": line.file, "line": line.line})
        above = place.get(line.function)
        stacks.append([len(frames) - 1] if above is None else [above, len(frames) - 1])
        weights.append(line.cycles)
    return _sampled("cycles by source line", stacks, weights)


def _function(cost: FunctionCost) -> dict[str, Any]:
    return {
        "name": cost.title,
        "file": cost.file,
        "line": cost.line,
        "calls": cost.calls,
        "self_cycles": cost.self_cycles,
        "total_cycles": cost.total_cycles,
        "self_energy_j": _float(cost.energy_j),
    }


def _line(cost: LineCost) -> dict[str, Any]:
    return {
        "file": cost.file,
        "line": cost.line,
        "function": cost.function,
        "times": cost.times,
        "cycles": cost.cycles,
        "energy_j": _float(cost.energy_j),
    }


def _float(energy_j: Fraction | None) -> float | None:
    return None if energy_j is None else float(energy_j)


def _nano(energy_j: Fraction | None) -> float:
    return float((energy_j or Fraction(0)) * 10**9)
