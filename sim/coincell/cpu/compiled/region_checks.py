"""Where compiled code must look at the deadline, and how far it may then run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.timing.pipeline import REFILL

if TYPE_CHECKING:
    from coincell.cpu.compiled.region import Key, Region

FARTHEST = 2000
"""Cycles after which a path is checked again at the latest, as far as blocks allow."""


def add_checks(region: Region, everywhere: bool) -> None:
    """Set the entries, loops and checks of a region.

    Every loop has a check: at the targets of the branches that go back. Those blocks, and where calls come
    back, can be entered from outside too, because control often arrives there.
    """
    blocks = region.blocks
    if everywhere:
        region.entries = (region.entry,)
        region.checks = {key: block.worst_before_last for key, block in blocks.items()}
        return
    following = {key: _successors(region, key) for key in blocks}
    outside = [region.entry, *((address, REFILL) for address in region.returns)]
    order, loops = _explore(outside, following)
    checked = loops.union(outside)
    ahead: dict[Key, int] = {}
    for key in order:  # successors first, but for those that are checked
        block = blocks[key]
        beyond = [ahead[n] for n in following[key] if n not in checked]
        ahead[key] = max([block.worst_before_last, *(block.worst + n for n in beyond)])
        if ahead[key] > FARTHEST and key not in checked and beyond:
            checked.add(key)
    region.loops = frozenset(loops)
    region.checks = {key: ahead[key] for key in order if key in checked}
    region.entries = (region.entry, *sorted(checked - {region.entry}))


def _successors(region: Region, key: Key) -> list[Key]:
    block = region.blocks[key]
    found = [target for target in block.targets if target in region.blocks]
    if block.goes_anywhere:
        found += [(address, REFILL) for address in region.returns]
    return found


def _explore(roots: list[Key], following: dict[Key, list[Key]]) -> tuple[list[Key], set[Key]]:
    """Depth first: blocks after all that follow them, and the targets of branches that go back."""
    order: list[Key] = []
    back: set[Key] = set()
    seen: set[Key] = set()
    for root in roots:
        if root in seen:
            continue
        seen.add(root)
        open_ = {root}
        stack = [(root, iter(following[root]))]
        while stack:
            key, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                stack.pop()
                open_.discard(key)
                order.append(key)
            elif target in open_:
                back.add(target)
            elif target not in seen:
                seen.add(target)
                open_.add(target)
                stack.append((target, iter(following[target])))
    return order, back
