"""A compiler's words about copies of files, said of the files that were copied."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

_MOST_LINES = 40


def in_own_names(words: str, origins: Mapping[str, Path]) -> str:
    """The first lines of `words`, where `app/main.c:3:` becomes the path that its user knows.

    `origins` tells for folders of the compilation where their files came from.
    """
    lines = words.strip().splitlines()[:_MOST_LINES]
    folders = "|".join(re.escape(name) for name in sorted(origins, key=len, reverse=True))
    path = re.compile(rf"(?:^|(?<=from )|(?<=\())(?:\./)?({folders})/([^\s:()]+)(?=:)")
    return "\n".join(path.sub(lambda found: shown(origins[found[1]] / found[2]), line) for line in lines)


def shown(path: Path) -> str:
    """`path` from the working directory, where it lies below that."""
    absolute, here = os.path.abspath(path), os.getcwd()
    inside = absolute == here or absolute.startswith(here.rstrip("/") + "/")
    return os.path.relpath(absolute, here) if inside else absolute
