"""How far two engines may be apart in one run, kind by kind, and why.

One table: the comparison judges by it, the report prints it. The figures are judgements, chosen before any
comparison was made; what two engines really differ by is measured and stands beside them in the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from coincell.simtime import PS_PER_S

MS = PS_PER_S // 1000
SHORTEST_PS = MS // 50
"""20 µs, two looks of Renode's clock at each end of a passage: what is nearer is not told apart."""

Kind = Literal[
    "end of run",
    "console text",
    "console time",
    "edges",
    "edge time",
    "passages",
    "passage start",
    "passage length",
    "outputs",
    "order",
    "sleep",
]


@dataclass(frozen=True)
class Tolerance:
    """What one kind of observation may differ by. `unit` is "ps", "ratio", or "" for a count."""

    kind: Kind
    allowed: int | Fraction
    unit: Literal["ps", "ratio", ""]
    reason: str


Tolerances = Mapping[Kind, Tolerance]

_ALL = (
    Tolerance(
        "end of run", 5 * MS, "ps", "firmware that exits does so at a time of its own, as late as an edge"
    ),
    Tolerance("console text", 0, "", "both run the same instructions, so they print the same"),
    Tolerance(
        "console time",
        5 * MS,
        "ps",
        "a model may send without the time on the wire: 40 characters at 115,200 baud take 3.5 ms",
    ),
    Tolerance("edges", 0, "", "the same instructions switch the same pins equally often"),
    Tolerance(
        "edge time",
        5 * MS,
        "ps",
        "instructions are counted, not cycles: what the core computes before an edge takes another time",
    ),
    Tolerance("passages", 0, "", "the same instructions call the same functions equally often"),
    Tolerance(
        "passage start", 5 * MS, "ps", "what the core computes before takes another time, as with edges"
    ),
    Tolerance(
        "passage length",
        Fraction(15, 100),
        "ratio",
        "one average of instructions a second stands for code whose instructions take more or fewer cycles; "
        "20 µs are free",
    ),
    Tolerance(
        "outputs",
        2 * PS_PER_S,
        "ps",
        "engines may begin an input at different samples, which an audio window of up to 2 s remembers; "
        "after that the same input must give the same bytes",
    ),
    Tolerance(
        "order",
        10 * MS,
        "ps",
        "two happenings that are each allowed 5 ms may change places within twice that",
    ),
    Tolerance(
        "sleep",
        Fraction(5, 100),
        "ratio",
        "of the whole run: 15 % of the time awake, as for a passage, where a third of the run is awake",
    ),
)

TOLERANCES: Tolerances = MappingProxyType({tolerance.kind: tolerance for tolerance in _ALL})
"""The usual ones, in the order of the report. Another: `{**TOLERANCES, "edge time": Tolerance(...)}`."""
