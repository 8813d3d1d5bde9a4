"""Where text leaves: a terminal, a pipe or a file, in whatever encoding that has."""

from __future__ import annotations

import codecs
import os
import sys
from pathlib import Path

from rich.console import Console, RenderableType

PIPE_COLUMNS = 100
_PLAIN = {
    **dict.fromkeys("█▉▊▋", "#"),
    **dict.fromkeys("▌▍▎▏", "-"),
    **dict.fromkeys("─━·", "-"),
    "µ": "u",
    "…": "...",
    "±": "+-",
    "≤": "<=",
    "≥": ">=",
}
"""What stands for a glyph that the output's encoding does not have."""


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    return "".join(_PLAIN.get(glyph, "?") for glyph in lost), error.end


def prepare_streams() -> None:
    """Make the standard streams take whatever is written.

    A glyph that their encoding lacks becomes a plain one or "?"; a stream that was closed leads nowhere.
    """
    if sys.stdout is None:  # as Python has it after `>&-`
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open to the end
    codecs.register_error("coincell.plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="coincell.plain")


def emit(what: RenderableType, stderr: bool = False, columns: int | None = None) -> None:
    """Print to a standard stream, `columns` wide at most; to a pipe without the blanks that fill lines."""
    console = Console(stderr=stderr, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PIPE_COLUMNS
    width = min(console.width, columns or console.width)
    if console.is_terminal:
        console.print(what, width=width)
        return
    with console.capture() as capture:
        console.print(what, width=width)
    console.file.write(trimmed(capture.get()))


def trimmed(text: str) -> str:
    """`text` without blanks at the ends of lines and without empty lines at its end."""
    lines = "\n".join(line.rstrip() for line in text.splitlines()).rstrip("\n")
    return lines + "\n" if lines else ""
