"""The same as a table and as a document."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coincell.doctor.caches import Folder
from coincell.doctor.programs import Tool
from coincell.report.style import BAD, DIM, WARN, add, heading, table
from coincell.report.units import size

SCHEMA = "coincell.doctor/1"


def show(tools: Sequence[Tool], folders: Sequence[Folder]) -> RenderableType:
    """Two tables: what there is and what is missing, and the caches."""
    programs = table("", "version", "what for")
    programs.columns[0].no_wrap = programs.columns[1].no_wrap = True
    for tool in tools:
        programs.add_row(Text(tool.name), _version(tool), _about(tool))
    caches = table("size", "files", "what and where", right=(0, 1))
    for folder in folders:
        lines = [*filter(None, [folder.purpose]), str(folder.path)]
        text = Text("\n".join(lines))
        text.stylize(DIM, len(folder.purpose))
        if not folder.writable:
            text.append("\ncannot be written: nothing is kept here", BAD)
        add(caches, size(folder.n_bytes), f"{folder.n_files:,}", text)
    return Group(heading("Programs and packages"), programs, Text(), heading("Caches"), caches)


def _version(tool: Tool) -> Text:
    if tool.state == "present":
        return Text(tool.version)
    return Text(tool.state, style=BAD if tool.state == "broken" else WARN)


def _about(tool: Tool) -> RenderableType:
    rows: list[RenderableType] = [Text(tool.purpose)]
    if tool.detail:
        rows.append(Text(tool.detail, DIM))
    for line in tool.problem.splitlines():
        words = line.lstrip()
        rows.append(Padding(Text(words, BAD), (0, 0, 0, len(line) - len(words))))
    if tool.state != "present":
        ways = Table.grid()  # the lines of a way begin where its first one does
        ways.add_column()
        ways.add_column(overflow="fold")
        ways.add_row(Text("to mend: " if tool.problem else "to get it: "), Text(tool.to_get))
        rows.append(ways)
    return Group(*rows)


def document(tools: Sequence[Tool], folders: Sequence[Folder]) -> str:
    """JSON, for programs."""
    return (
        dumps(
            {
                "schema": SCHEMA,
                "tools": [
                    {
                        "name": tool.name,
                        "state": tool.state,
                        "version": tool.version or None,
                        "purpose": tool.purpose,
                        "detail": tool.detail,
                        "problem": tool.problem or None,
                        "to_get": " ".join(tool.to_get.split()) or None,
                    }
                    for tool in tools
                ],
                "folders": [
                    {
                        "path": str(folder.path),
                        "purpose": folder.purpose,
                        "bytes": folder.n_bytes,
                        "files": folder.n_files,
                        "writable": folder.writable,
                    }
                    for folder in folders
                ],
            },
            indent=2,
        )
        + "\n"
    )
