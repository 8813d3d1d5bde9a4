"""Where coincell keeps what only saves time, and how much of it there is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from coincell.cpu.compiled.code_cache import FOLDER_VARIABLE

_PURPOSES = {
    "regions": "code cache: guest code, compiled for this machine",
    "builds": "builds: firmware, with the models that it carries",
    "scenes": "scenes: features that firmware computed while a model was trained",
}


@dataclass(frozen=True)
class Folder:
    """A cache. It may be deleted whenever nothing of coincell runs."""

    path: Path
    purpose: str
    n_bytes: int
    n_files: int
    writable: bool
    """Otherwise nothing is kept, and every run does the work again."""


def folders() -> tuple[Folder, ...]:
    """The code cache, that of builds, whatever else is beside them, and the compiler's own."""
    root = user_cache_path("coincell")
    places = {root / name: purpose for name, purpose in _PURPOSES.items()}
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        del places[root / "regions"]
        places = {Path(chosen): f"{_PURPOSES['regions']} ({FOLDER_VARIABLE})", **places}
    if root.is_dir():
        for path in sorted(path for path in root.iterdir() if path.is_dir()):
            places.setdefault(path, "")
    zig = os.environ.get("ZIG_GLOBAL_CACHE_DIR")
    places[Path(zig) if zig else user_cache_path("zig")] = "the zig compiler's own"
    return tuple(_measured(path, purpose) for path, purpose in places.items())


def _measured(path: Path, purpose: str) -> Folder:
    n_bytes = n_files = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                n_bytes += os.lstat(os.path.join(folder, name)).st_size
            except OSError:  # deleted meanwhile
                continue
            n_files += 1
    there = next(place for place in (path.absolute(), *path.absolute().parents) if place.exists())
    return Folder(path, purpose, n_bytes, n_files, there.is_dir() and os.access(there, os.W_OK))
