"""The monitor's words: I Extensions/UserInterface/Tokenizer/Tokenizer.cs:20-98, in their order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_NUMBER = r"((0x[0-9A-Fa-f]+)|([+-]?\d+))"
_PATTERNS = (
    ("comment", r"\#.*"),
    ("execution", r"`.*?`"),
    ("variable", r"\$([0-9]|[A-Za-z]|_|\.)+"),
    ("left", r"\["),
    ("right", r"\]"),
    ("multiline", r'(?s:""".+?""")'),
    ("terminator", r'"""'),
    ("string", r"'[^'\\]*(?:\\.[^'\\]*)*'"),
    ("string", r'"[^"\\]*(?:\\.[^"\\]*)*"'),
    ("range", rf"<\s*{_NUMBER}\s*,\s*{_NUMBER}\s*>"),
    ("relative range", rf"<\s*{_NUMBER}\s+((0x[0-9A-Fa-f]+)|(\+?\d+))\s*>"),
    ("path", r"\@(?:(?!;)((\\ )|\S))+"),
    ("hex", r"0x[0-9A-Fa-f]+"),
    ("time", r"(([0-9]+:)?[0-9]+:)[0-9]+(\.[0-9]+)?"),
    ("float", r"[+-]?((\d+\.(\d*)?(e[+-]?\d+)?))"),
    ("integer", r"[+-]?\d+(e[+-]?\d+)?"),
    ("bool", r"(true|false|True|False)"),
    ("null", r"null"),
    ("=", r"="),
    ("?=", r"\?="),
    ("split", r"\;"),
    ("comma", r","),
    ("literal", r"[\w\.\-\?][\w\.\-\?:]*"),
    ("space", r"\s+"),
    ("comment", r":.*"),
)
_TOKENS = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)


@dataclass(frozen=True)
class Token:
    """`original` is the text; `value` what a command gets."""

    kind: str
    original: str
    value: Any


def path_token(path: str) -> Token:
    """As the monitor makes one itself."""
    return _made("path", f"@{path}")


def tokenize(text: str) -> tuple[list[Token], int]:
    """The tokens, and how many characters at the end are none."""
    tokens, at = [], 0
    while at < len(text):
        found = next(((k, m) for k, p in _TOKENS if (m := p.match(text[at:]))), None)
        if found is None:
            break
        kind, match = found
        at += match.end()
        if kind != "space":
            tokens.append(_made(kind, match[0]))
    return tokens, len(text) - at


def _made(kind: str, original: str) -> Token:
    value: Any = original
    if kind == "path":
        value = original.lstrip("@").replace("\\ ", " ")
    elif kind == "string":
        value = original.replace(f"\\{original[0]}", original[0])[1:-1]
    elif kind == "multiline":
        value = original[3:-3]
    elif kind == "variable":
        value = original[1:]
    elif kind == "hex":
        value = int(original, 16)
    elif kind == "integer":
        value = int(float(original)) if "e" in original else int(original)
    elif kind == "float":
        value = float(original)
    elif kind == "bool":
        value = original.lower() == "true"
    elif kind == "range":  # includes its end: AbsoluteRangeToken.cs:31
        first, last = (int(word, 0) for word in original.strip("<> ").split(","))
        value = (first, last + 1)
    elif kind == "relative range":
        first, size = (int(word, 0) for word in original.strip("<> ").split())
        value = (first, first + size)
    return Token(kind, original, value)
