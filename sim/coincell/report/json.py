"""The result document in a file or on the standard output."""

from __future__ import annotations

import sys
from pathlib import Path

from coincell.errors import InputError
from coincell.scenario.document import to_json
from coincell.scenario.result import ScenarioResult


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
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=target) from error
