"""Where the cycles and the core's energy went: per function, per source line, per chain of calls. Exact.

A function's own cycles are those of its instructions. Entering and leaving an exception has a row of its own,
waking up belongs to the function that slept. All together have the cycles that the core was awake.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from coincell.cpu.call_tree import EXCEPTION, ROOT
from coincell.cpu.exceptions import FIRST_IRQ, NAMES
from coincell.observe.energy import per_cycle
from coincell.observe.lines import Counted, Lines, Place, by_address, by_line
from coincell.observe.recording import Recording


@dataclass(frozen=True)
class FunctionCost:
    """`self_cycles` without what it called, `total_cycles` with it; None where no energy is known."""

    title: str
    file: str | None
    line: int | None
    calls: int
    self_cycles: int
    total_cycles: int
    energy_j: Fraction | None
    """Of `self_cycles`."""


@dataclass(frozen=True)
class LineCost:
    """What one source line cost. `function` is where most of its cycles were spent."""

    file: str
    line: int
    function: str
    times: int
    cycles: int
    energy_j: Fraction | None


@dataclass(frozen=True)
class Node:
    """A chain of calls, as indices into a profile's functions, outermost first, and what its end cost."""

    stack: tuple[int, ...]
    calls: int
    cycles: int
    energy_j: Fraction | None


@dataclass(frozen=True)
class Profile:
    """Functions and lines with the most cycles first. `elsewhere_j` is energy that is not shared out."""

    cycles: int
    energy_j: Fraction | None
    functions: tuple[FunctionCost, ...]
    lines: tuple[LineCost, ...]
    nodes: tuple[Node, ...]
    elsewhere_j: Mapping[str, Fraction]


def profile(
    recording: Recording,
    energy_j: Mapping[Hashable, Fraction] | None = None,
    elsewhere_j: Mapping[str, Fraction] | None = None,
) -> Profile:
    """`energy_j` as `energy.core_energy` gives it; `elsewhere_j` by component, to be shown beside it."""
    joules = None if energy_j is None else per_cycle(recording, energy_j)
    lines = Lines(recording.image)
    costs, index = _functions(recording, lines, joules)
    return Profile(
        cycles=recording.n_cycles,
        energy_j=None if energy_j is None else sum(energy_j.values(), Fraction(0)),
        functions=tuple(costs),
        lines=tuple(_lines(recording, lines, by_address(recording, joules), joules is not None)),
        nodes=tuple(_nodes(recording, joules, index)),
        elsewhere_j=dict(elsewhere_j or {}),
    )


def _cycles(recording: Recording, node: int) -> int:
    return sum(bank.node_cycles[node] for bank in recording.banks.values())


def _energy(recording: Recording, node: int, joules: Mapping[Hashable, Fraction] | None) -> Fraction | None:
    if joules is None:
        return None
    parts = (joules[key] * bank.node_cycles[node] for key, bank in recording.banks.items())
    return sum(parts, Fraction(0))


def _functions(
    recording: Recording, lines: Lines, joules: Mapping[Hashable, Fraction] | None
) -> tuple[list[FunctionCost], dict[int, int]]:
    """The functions that ran, and the place of each key of the tree among them."""
    tree = recording.tree
    functions = recording.functions
    places = lines.of_functions(functions.at(key) for key in tree.keys if 0 <= key < EXCEPTION)
    found: dict[int, FunctionCost] = {}
    for node, key in enumerate(tree.keys):
        if node != ROOT:
            cost = found.get(key) or _blank(recording, places, key)
            energy = _energy(recording, node, joules)
            found[key] = replace(
                cost,
                calls=cost.calls + tree.calls[node],
                self_cycles=cost.self_cycles + _cycles(recording, node),
                energy_j=None if energy is None else (cost.energy_j or Fraction(0)) + energy,
            )
    totals = _totals(recording)
    ordered = sorted(found, key=lambda key: (-found[key].self_cycles, -totals[key], found[key].title))
    costs = [replace(found[key], total_cycles=totals[key]) for key in ordered]
    return costs, {key: place for place, key in enumerate(ordered)}


def _blank(recording: Recording, places: Mapping[int, Place], key: int) -> FunctionCost:
    if key >= EXCEPTION:
        number = key - EXCEPTION
        name = NAMES.get(number, f"interrupt {number - FIRST_IRQ}")
        return FunctionCost(f"[{name}]", None, None, 0, 0, 0, None)
    file, line = places.get(key) or (None, None)
    return FunctionCost(recording.functions.at(key).title, file, line, 0, 0, 0, None)


def _totals(recording: Recording) -> dict[int, int]:
    """Cycles of each key with everything below it; a recursive function counts where it is outermost."""
    tree = recording.tree
    below = [_cycles(recording, node) for node in range(len(tree.keys))]
    for node in range(len(tree.keys) - 1, ROOT, -1):  # children come after their parents
        below[tree.parents[node]] += below[node]
    totals: dict[int, int] = {}
    for node, key in enumerate(tree.keys):
        if node != ROOT and key not in {tree.keys[above] for above in _above(recording, node)}:
            totals[key] = totals.get(key, 0) + below[node]
    return totals


def _above(recording: Recording, node: int) -> Iterator[int]:
    """The callers of `node`, innermost first."""
    node = recording.tree.parents[node]
    while node != ROOT:
        yield node
        node = recording.tree.parents[node]


def _nodes(
    recording: Recording, joules: Mapping[Hashable, Fraction] | None, index: Mapping[int, int]
) -> Iterator[Node]:
    tree = recording.tree
    for node in range(ROOT + 1, len(tree.keys)):
        chain = [node, *_above(recording, node)]
        stack = tuple(index[tree.keys[one]] for one in reversed(chain))
        yield Node(stack, tree.calls[node], _cycles(recording, node), _energy(recording, node, joules))


def _lines(
    recording: Recording, lines: Lines, counted: Mapping[int, Counted], known: bool
) -> Iterator[LineCost]:
    counts = by_line(recording, lines, counted).values()
    for count in sorted(counts, key=lambda one: (-one.cycles, one.place)):
        if count.cycles:
            file, line = count.place
            where = max(count.cycles_in, key=lambda start: count.cycles_in[start])
            function = recording.functions.at(where).title
            yield LineCost(file, line, function, count.times, count.cycles, count.energy_j if known else None)
