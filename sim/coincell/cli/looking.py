"""A command that looks at the machine: doctor."""

from __future__ import annotations

from coincell.cli.options import Json
from coincell.cli.root import app


@app.command("doctor")
def doctor_command(json: Json = None) -> None:
    """Say what is on this machine, what each is for, and how to get what is missing.

    Exit code 0, whatever is missing.
    """
    from coincell.doctor import document, folders, show, tools
    from coincell.report.json import check_writable, write_text
    from coincell.report.output import emit

    check_writable(json)
    found = tools(), folders()
    if json != "-":
        emit(show(*found))
    if json is not None:
        write_text(document(*found), json)
