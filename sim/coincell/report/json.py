"""The result document in a file or on the standard output."""

from __future__ import annotations

import os
import sys
from json import dumps, loads
from pathlib import Path
from typing import IO, Any

from coincell.errors import FirmwareCrash, InputError
from coincell.scenario.document import to_json
from coincell.scenario.result import ScenarioResult

_ELSEWHERE = "choose another place, or change the permissions"


def check_writable(*targets: str | Path | None) -> None:
    """Raise InputError where a file could not be written: before a long run, not after it.

    None and "-" stand for no file. What is there is left alone, and nothing stays that was not.
    """
    for target in targets:
        if target is not None and str(target) != "-":
            _check_writable(str(target))


def _check_writable(target: str) -> None:
    folder = os.path.dirname(target) or "."
    if os.path.isdir(target):
        raise _refused(target, "this is a folder", "give the name of a file")
    if not os.path.isdir(folder):
        raise _refused(target, f"there is no folder {folder!r}", "make the folder first")
    if os.path.lexists(target) and not os.path.isfile(target):  # a device or a pipe: trying would be seen
        if not os.access(target, os.W_OK):
            raise _refused(target, "permission denied", _ELSEWHERE)
        return
    new = not os.path.exists(target)
    try:
        with open(target, "ab"):
            pass
        if new:
            os.unlink(target)
    except OSError as error:
        raise _refused(target, error.strerror or str(error), _ELSEWHERE) from error


def _refused(target: str, problem: str, mend: str) -> InputError:
    return InputError(f"cannot be written: {problem}", where=target, mend=mend)


def write(
    result: ScenarioResult | FirmwareCrash, target: str, second_opinion: dict[str, Any] | None = None
) -> None:
    """Write the document to a file, or to the standard output where `target` is "-".

    `second_opinion` is what `report.comparison` says of another engine's run. Raises InputError when the
    file cannot be written.
    """
    write_text(to_json(result, second_opinion), target)


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
        raise unwritable(target, error) from error


def opened(target: str | Path, mode: str = "w") -> IO[Any]:
    """The file, open for text (of lines that end in a newline alone) or for bytes ("wb").

    Raises InputError where it cannot be opened.
    """
    coding, newline = (None, None) if "b" in mode else ("utf-8", "\n")
    try:
        return open(target, mode, encoding=coding, newline=newline)
    except OSError as error:
        raise unwritable(target, error) from error


def unwritable(target: str | Path, error: OSError) -> InputError:
    """What to say of a file that cannot be written."""
    return InputError(f"cannot be written: {error.strerror}", where=str(target))


def _encodable(text: str) -> str:
    """The same document, with escapes where the standard output could not carry its characters."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return dumps(loads(text), indent=2) + "\n"
    return text
