"""The report of a crash on the standard error: the same words everywhere, weighted on a terminal."""

from __future__ import annotations

import re

from rich.console import Console
from rich.text import Text

from coincell.errors import FirmwareCrash
from coincell.report.style import BAD, DIM, HEAD

_TITLE = re.compile(r"  (called from|probably called from|last branches|last lines of)\b")
_FACT = re.compile(r"  (at|fault|hint|time|then|stack) +")


def tell(crash: FirmwareCrash) -> None:
    """Print it. Lines are not wrapped: they are columns, and somebody will search them."""
    Console(stderr=True, highlight=False, emoji=False).print(styled(f"coincell: {crash}"), soft_wrap=True)


def styled(report: str) -> Text:
    """What to read first stands out."""
    first, *lines = report.split("\n")
    text = Text()
    text.append(first, BAD)
    for line in lines:
        row = Text(f"\n{line}")
        if _TITLE.match(line):
            row.stylize(HEAD)
        elif fact := _FACT.match(line):
            row.stylize(DIM, 0, fact.end() + 1)
            if fact[1] == "at":
                row.stylize(HEAD, fact.end() + 1)
        text.append_text(row)
    return text
