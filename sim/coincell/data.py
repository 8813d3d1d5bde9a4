"""Where descriptions are found: user folders first, then the package, then the checkout."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from coincell.errors import InputError, did_you_mean

USER_FOLDERS = "COINCELL_PATH"
_PACKAGE = Path(__file__).parent
_NOUNS = {"batteries": "battery", "hal": "firmware/hal part"}
"""What one entry of a folder is called, where cutting off the plural's s does not tell."""


class UnknownNameError(InputError):
    """No description has the name in `value`. Whoever read the name knows its file and key, and adds them."""


def roots() -> list[Path]:
    """Folders that hold `platforms/`, `sensors/`, `firmware/` and `scenarios/`, in order of preference."""
    users = [Path(p) for p in os.environ.get(USER_FOLDERS, "").split(os.pathsep) if p]
    return [*users, Path.cwd(), *_shipped()]


@lru_cache
def _shipped() -> tuple[Path, ...]:
    candidates = (_PACKAGE / "_descriptions", _PACKAGE.parent.parent)
    return tuple(p for p in candidates if (p / "platforms").is_dir())


def find(kind: str, name: str, suffix: str = ".toml") -> Path:
    """The file or folder `kind/name+suffix`, for instance `find("platforms/boards", "nano33ble_sense")`.

    Raises UnknownNameError with the names that exist and every place that was looked at.
    """
    looked = list(dict.fromkeys(root / kind / f"{name}{suffix}" for root in roots()))
    for path in looked:
        if path.exists():
            return path
    folder = kind.rsplit("/", 1)[-1]
    known = sorted(names(kind, suffix))
    mend = did_you_mean(name, known) or "use one of these names, or add your own there"
    raise UnknownNameError(
        f"no {_NOUNS.get(folder, folder.removesuffix('s'))} is called {name!r}",
        value=name,
        allowed=known,
        mend="\n  ".join([mend, "looked at: " + ", ".join(str(path) for path in looked)]),
    )


def names(kind: str, suffix: str = ".toml") -> Iterator[str]:
    """Every name that `find(kind, name, suffix)` accepts, once each."""
    seen: set[str] = set()
    for root in roots():
        folder = root / kind
        entries = sorted(folder.iterdir()) if folder.is_dir() else []
        for path in entries:
            wanted = path.name.endswith(suffix) if suffix else path.is_dir()
            name = path.name.removesuffix(suffix)
            if wanted and name not in seen and not name.startswith((".", "_")) and name != "README":
                seen.add(name)
                yield name
