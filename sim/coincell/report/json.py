"""The result document in a file or on the standard output."""

from __future__ import annotations

import os
import sys
from json import dumps, loads
from pathlib import Path
from typing import IO, Any

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
        path, folder = str(target), os.path.dirname(target) or "."
        if os.path.isdir(path):
            problem, mend = "this is a folder", "give the name of a file"
        elif not os.path.isdir(folder):
            problem, mend = f"there is no folder {folder!r}", "make the folder first"
        elif not os.access(path if os.path.exists(path) else folder, os.W_OK):
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
        with opened(target) as file:
            file.write(text)
    except OSError as error:
        raise _unwritable(target, error) from error


def opened(target: str | Path, mode: str = "w") -> IO[Any]:
    """The file, open for text (of lines that end in a newline alone) or for bytes ("wb").

    Raises InputError where it cannot be opened.
    """
    coding, newline = (None, None) if "b" in mode else ("utf-8", "\n")
    try:
        return open(target, mode, encoding=coding, newline=newline)
    except OSError as error:
        raise _unwritable(target, error) from error


def _unwritable(target: str | Path, error: OSError) -> InputError:
    return InputError(f"cannot be written: {error.strerror}", where=str(target))


def _encodable(text: str) -> str:
    """The same document, with escapes where the standard output could not carry its characters."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return dumps(loads(text), indent=2) + "\n"
    return text
