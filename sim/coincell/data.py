"""Where descriptions are found: user folders first, then the package, then the checkout."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from coincell.errors import InputError

USER_FOLDERS = "COINCELL_PATH"
_PACKAGE = Path(__file__).parent


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

    Raises InputError naming every place that was looked at and the names that exist.
    """
    looked = [root / kind / f"{name}{suffix}" for root in roots()]
    for path in looked:
        if path.exists():
            return path
    raise InputError(
        f"no {kind.rsplit('/', 1)[-1]} entry is called {name!r}",
        where=kind,
        value=name,
        allowed=sorted(names(kind, suffix)),
        mend="looked at " + ", ".join(str(p) for p in looked),
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
