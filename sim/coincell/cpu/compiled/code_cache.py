"""Compiled regions on disk, so that the second run compiles nothing.

An entry's name is the hash of everything that can change it. A damaged entry is rebuilt, never run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

from coincell import __version__

FOLDER_VARIABLE = "COINCELL_CODE_CACHE"
_DIGEST = 32
MOST_BYTES = 256 << 20
"""The oldest entries go when the folder holds more than this."""


class CodeCache:
    """Objects by key. Private to the user; writing is atomic."""

    def __init__(self, folder: Path | None = None) -> None:
        chosen = os.environ.get(FOLDER_VARIABLE)
        self.folder = folder or (Path(chosen) if chosen else user_cache_path("coincell") / "regions")
        _package_identity()  # now, before anybody edits the package under a running process
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.usable = _is_private(self.folder)
        """False where the folder cannot be made or others may write to it: then nothing is kept or run."""
        if self.usable:
            _prune(self.folder)

    @staticmethod
    def key(*parts: str | bytes) -> str:
        """Hash of all parts and of the package itself."""
        digest = hashlib.sha256(_package_identity())
        for part in parts:
            data = part.encode() if isinstance(part, str) else part
            digest.update(len(data).to_bytes(8, "little") + data)
        return digest.hexdigest()

    def load(self, key: str) -> bytes | None:
        """The object under `key`, if it is there and whole."""
        if not self.usable:
            return None
        try:
            data = (self.folder / key).read_bytes()
        except OSError:
            return None
        digest, payload = data[:_DIGEST], data[_DIGEST:]
        return payload if payload and hashlib.sha256(payload).digest() == digest else None

    def save(self, key: str, payload: bytes) -> None:
        """Keep `payload`; a disk that is full or read-only costs speed, not correctness."""
        if not self.usable:
            return
        with contextlib.suppress(OSError):
            handle, temporary = tempfile.mkstemp(dir=self.folder)
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(payload).digest() + payload)
            os.replace(temporary, self.folder / key)


def _is_private(folder: Path) -> bool:
    """What is in the folder will be executed: only its owner may have put it there."""
    try:
        status = folder.stat()
    except OSError:
        return False
    owned = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return owned and not status.st_mode & 0o022 and os.access(folder, os.W_OK)


def _prune(folder: Path) -> None:
    with contextlib.suppress(OSError):
        entries = sorted(
            ((entry.stat().st_mtime_ns, entry.stat().st_size, entry.path) for entry in os.scandir(folder)),
            reverse=True,
        )
        kept = 0
        for _, size, path in entries:
            kept += size
            if kept > MOST_BYTES:
                os.unlink(path)


@cache
def _package_identity() -> bytes:
    """Hash of the code that decides what is compiled: isa, timing and cpu."""
    digest = hashlib.sha256(__version__.encode())
    package = Path(__file__).parents[2]
    for room in ("isa", "timing", "cpu"):
        for path in sorted((package / room).rglob("*.py")):
            digest.update(str(path.relative_to(package)).encode() + path.read_bytes())
    return digest.digest()
