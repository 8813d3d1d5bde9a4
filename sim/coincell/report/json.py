"""The result document in a file or on the standard output."""

from __future__ import annotations

import os
import sys
from json import dumps, loads
from pathlib import Path

from coincell.errors import InputError
from coincell.scenario.document import to_json
from coincell.scenario.result import ScenarioResult


def check_writable(*targets: str | Path | None) -> None:
    """Raise InputError where a file could not be written: before a long run, not after it.

    None and "-" stand for no file. Nothing is created.
    """
    for target in targets:
        if target is None or target == "-":
            continue
        path = Path(target)
        folder = path.parent
        if path.is_dir():
            problem, mend = "this is a folder", "give the name of a file"
        elif not folder.is_dir():
            problem, mend = f"there is no folder {str(folder)!r}", "make the folder first"
        elif not os.access(path if path.exists() else folder, os.W_OK):
            problem, mend = "permission denied", "choose another place, or change the permissions"
        else:
            continue
        raise InputError(f"cannot be written: {problem}", where=str(target), mend=mend)


def write(result: ScenarioResult, target: str) -> None:
    """Write the document to a file, or to the standard output where `target` is "-".

    Raises InputError when the file cannot be written.
    """
    write_text(to_json(result), target)


def write_text(text: str, target: str) -> None:
    """Write a document's text to a file, or to the standard output where `target` is "-".

    Raises InputError when the file cannot be written.
    """
    if target == "-":
        sys.stdout.write(_encodable(text))
        return
    try:
        Path(target).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=target) from error


def _encodable(text: str) -> str:
    """The same document, with escapes where the standard output could not carry its characters."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return dumps(loads(text), indent=2) + "\n"
    return text
