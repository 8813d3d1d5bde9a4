"""The second opinion says everything at 100 columns and at 80, and its document holds the same."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from io import StringIO

import pytest
from rich.console import Console

from coincell.engines.renode.platform import Deviation
from coincell.report.comparison import comparison_document, comparison_section
from coincell.scenario.comparison import Compared, Comparison
from coincell.scenario.tolerances import TOLERANCES, Kind

MS = 10**9
DEVIATION = Deviation(
    block="uarte0",
    differs="sends at once",
    effect="a line takes no time",
    file="renode-infrastructure src/Emulator/UART.cs",
    lines="12-30",
    commit="0c7d0762",
)


def compared(kind: Kind, **changes: object) -> Compared:
    base = Compared(
        tolerance=TOLERANCES[kind],
        compared=3,
        of=3,
        at_end=0,
        n_outside=0,
        worst=0,
        mean=None,
        remark="",
        differences=(),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.fixture
def comparison() -> Comparison:
    """One kind that holds, one that does not, one without anything, one with a remark."""
    return Comparison(
        "native",
        "renode",
        (
            compared(
                "console text", compared=2, n_outside=8, worst=8, differences=("renode lacks [b]x",), at_end=1
            ),
            compared("console time", worst=2 * MS, mean=Fraction(4 * MS, 3)),
            compared("edges", compared=0, of=0, worst=None),
            compared(
                "outputs", worst=1300 * MS, remark="1 of 3 differ", differences=("byte 2 is 0x03, 0x07",)
            ),
            compared("sleep", compared=1, of=1, worst=Fraction(1, 50)),
        ),
    )


def text_of(comparison: Comparison, width: int, deviations: tuple[Deviation, ...] = ()) -> str:
    out = StringIO()
    Console(file=out, width=width).print(comparison_section(comparison, deviations))
    return out.getvalue()


@pytest.mark.parametrize("width", [100, 80])
def test_everything_is_there(comparison: Comparison, width: int) -> None:
    text = re.sub(r"\s+", " ", text_of(comparison, width, (DEVIATION,)))
    for words in (
        "Second opinion: renode against native",
        "DIFFERS console text 2 of 3 8 0 ",
        "holds console time 3 of 3 2.00 ms 1.33 ms 5.00 ms",
        "- edges nothing 0 ",
        "holds outputs 3 of 3 1.30 s 2.00 s",
        "holds sleep 1 of 1 2.0 % 5.0 %",
        "outside its tolerance: console text",
        "console text renode lacks [b]x",
        "console text and 7 more",
        "console text 1 at the very end of the run on one side only, left out",
        "outputs 1 of 3 differ",
        "outputs byte 2 is 0x03, 0x07",
        "What may differ",
        "Known of renode's models",
        "uarte0 sends at once: a line takes no time (UART.cs:12-30)",
        "read in renode-infrastructure 0c7d0762; --json has the whole paths",
    ):
        assert words in text
    for word in " ".join(kind.tolerance.reason for kind in comparison.kinds).split():
        assert word in text  # a column may break a sentence, but not lose any of it


def test_nothing_is_wider_than_asked(comparison: Comparison) -> None:
    assert max(len(line.rstrip()) for line in text_of(comparison, 80, (DEVIATION,)).splitlines()) <= 80


def test_an_agreement_is_said_and_what_there_is_not_is_not_shown(comparison: Comparison) -> None:
    agreed = replace(comparison, kinds=(comparison.kinds[1], comparison.kinds[4]))
    text = text_of(agreed, 100)
    assert "the engines agree within every tolerance" in text
    assert "Where they differ" not in text
    assert "Known of" not in text


def test_what_was_not_compared_neither_holds_nor_agrees(comparison: Comparison) -> None:
    alone = compared("edge time", compared=0, of=6, worst=None)
    one_sided = replace(comparison, kinds=(comparison.kinds[1], alone))
    text = re.sub(r"\s+", " ", text_of(one_sided, 100))
    assert "- edge time 0 of 6 5.00 ms" in text
    assert "no agreement can be told not compared, as one engine has none: edge time" in text
    assert "agree within" not in text
    document = comparison_document(one_sided)
    assert (document["agrees"], document["kinds"][1]["holds"]) == (False, None)
    text = re.sub(r"\s+", " ", text_of(replace(comparison, kinds=(comparison.kinds[0], alone)), 100))
    assert "outside its tolerance: console text not compared, as one engine has none: edge time" in text


def test_the_document_is_plain_and_exact(comparison: Comparison) -> None:
    document = comparison_document(comparison, (DEVIATION,))
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert (document["native"], document["other"], document["agrees"]) == ("native", "renode", False)
    text, time, edges, outputs, sleep = document["kinds"]
    assert (text["kind"], text["holds"], text["outside"], text["of"]) == ("console text", False, 8, 3)
    assert text["differences"] == ["renode lacks [b]x"]
    assert (time["worst"], time["mean"], time["allowed"], time["unit"]) == (2 * MS, 4 * MS // 3, 5 * MS, "ps")
    assert edges["worst"] is None
    assert outputs["remark"] == "1 of 3 differ"
    assert (sleep["worst"], sleep["allowed"], sleep["unit"]) == (0.02, 0.05, "ratio")
    assert all(kind["reason"] for kind in document["kinds"])
    (known,) = document["deviations"]
    assert known == vars(DEVIATION)
