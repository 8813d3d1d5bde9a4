"""Text as cells of a Robot file, such that Renode's keywords get it as it was.

It is read three times: Robot Framework splits cells at two spaces and knows backslashes and ${variables} (its
user guide, "Escaping"); the keyword server takes "name=value" for a named argument (renode v1.15.0,
src/Renode/RobotFrameworkEngine/Keyword.cs:83); a terminal tester keeps every byte as one character and drops
some (renode-infrastructure v1.15.0, src/Emulator/Main/Testing/TerminalTester.cs:75-93).
"""

from __future__ import annotations

import re
from fractions import Fraction

_LOST = ("\x00", "\n", "\r", "\x1b", "\ufffd")
"""Never in a tester's line as in ours: dropped, ends of lines, colours, and what stands for broken UTF-8."""
_NAMED = re.compile(r"[a-zA-Z0-9_]+=")
_OF_REGEX = re.compile(r"[\\.*+?|{}\[\]()^$#]")


def can_be_on_uart(text: str) -> bool:
    """Whether a terminal tester could find `text` in a line."""
    return bool(text) and not any(lost in text for lost in _LOST)


def content(text: str) -> tuple[str, ...]:
    """Arguments of a keyword that looks for `text` in a line, the text first."""
    if text.isascii() and text.isprintable():
        return (_positional(text),)
    # every byte of UTF-8 is one character there; .NET's \xHH names it in plain ASCII
    pattern = "".join(
        _OF_REGEX.sub(r"\\\g<0>", char)
        if char.isascii() and char.isprintable()
        else "".join(f"\\x{byte:02X}" for byte in char.encode())
        for char in text
    )
    return (_positional(pattern), "treatAsRegex=true")


def _positional(text: str) -> str:
    return ("content=" if _NAMED.match(text) else "") + escaped(text)


def escaped(text: str) -> str:
    """`text`, of printable ASCII, as one cell of Robot's."""
    text = re.sub(r"\\|[$@&%](?=\{)|^#", r"\\\g<0>", text)
    text = re.sub(r"^ | $", "${SPACE}", text)
    return re.sub(r"  +", lambda spaces: f"${{SPACE * {len(spaces[0])}}}", text)


def one_line(text: str) -> str:
    """`text` for a comment."""
    return " ".join(text.split())


def seconds(value: Fraction | float) -> str:
    """A time [s] to the microsecond, the finest that Renode 1.15 reads (TimeInterval.cs:30-52)."""
    text = f"{float(value):.6f}".rstrip("0")
    return text.removesuffix(".")
