"""What firmware computed in a scene, kept so that training again need not run it again."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray
from platformdirs import user_cache_path

from coincell import __version__, data
from coincell.ports import Label

_FORMAT = 1
MOST_BYTES = 1 << 30
"""The oldest scenes go when the folder holds more than this."""
_NOT_IN_A_RUN = ("learn", "report", "cli", "fleet", "build", "scenario", "doctor", "facade", "observe")
"""Parts of the package that change no feature; what `build` makes is in the firmware's digest."""


@dataclass(frozen=True, eq=False)
class Captured:
    """Of one scene: each vector as the bytes of the firmware's array, shape (n, bytes), when it was judged
    (n,) [s since reset], and the labels of each input's signal."""

    vectors: NDArray[np.uint8]
    time_s: NDArray[np.float64]
    labels: Mapping[str, tuple[Label, ...]]


def key_of(*parts: object) -> str:
    """The name under which a scene is kept: of all parts, and of the package and descriptions that run it."""
    digest = hashlib.sha256(_identity())
    for part in parts:
        text = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True, default=str).encode()
        digest.update(len(text).to_bytes(8, "little") + text)
        for path in _files(part):
            digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def load(key: str) -> Captured | None:
    """The scene kept under `key`, if it is there and whole."""
    try:
        with np.load(_folder() / f"{key}.npz", allow_pickle=False) as file:
            labels = json.loads(file["labels"].tobytes())
            return Captured(
                file["vectors"],
                file["time_s"],
                {name: tuple(Label(*label) for label in own) for name, own in labels.items()},
            )
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error):
        return None


def save(key: str, captured: Captured) -> None:
    """Keep a scene; a disk that is full or read-only costs time later, nothing else."""
    labels = {
        name: [[label.start_s, label.end_s, label.name] for label in own]
        for name, own in captured.labels.items()
    }
    content = io.BytesIO()
    np.savez_compressed(
        content,
        vectors=captured.vectors,
        time_s=captured.time_s,
        labels=np.frombuffer(json.dumps(labels).encode(), np.uint8),
    )
    with contextlib.suppress(OSError):
        folder = _folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(content.getbuffer())
        os.replace(temporary, folder / f"{key}.npz")


def prune() -> None:
    """Delete the scenes that were used least lately, where there are too many."""
    with contextlib.suppress(OSError):
        entries = [(entry.stat(), entry.path) for entry in os.scandir(_folder())]
        kept = 0
        for status, path in sorted(entries, key=lambda entry: entry[0].st_mtime_ns, reverse=True):
            kept += status.st_size
            if kept > MOST_BYTES:
                os.unlink(path)


def _folder() -> Path:
    return user_cache_path("coincell") / "scenes"


def _files(part: object) -> list[Path]:
    """Recordings that a scene's signals are read from."""
    if not isinstance(part, Mapping):
        return []
    own = [Path(part["path"])] if isinstance(part.get("path"), str) else []
    return own + [path for value in part.values() for path in _files(value)]


@cache
def _identity() -> bytes:
    """Hash of the code and the descriptions by which features come about."""
    versions: list[Any] = [_FORMAT, __version__, np.__version__, scipy.__version__]
    digest = hashlib.sha256(json.dumps(versions).encode())
    package = Path(__file__).parents[1]
    places = [
        path for path in sorted(package.iterdir()) if path.stem not in _NOT_IN_A_RUN and path.stem[0] != "_"
    ]
    places += [root / folder for root in data.roots() for folder in ("platforms", "sensors")]
    for place in places:
        files = [place] if place.is_file() else sorted(place.rglob("*.py")) + sorted(place.rglob("*.toml"))
        for path in files:
            digest.update(path.name.encode() + path.read_bytes())
    return digest.digest()
