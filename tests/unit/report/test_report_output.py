"""What reaches a pipe, and what `--json` takes for its file."""

from __future__ import annotations

import io
import sys

import pytest
from rich.table import Table

from coincell.arguments import with_files
from coincell.report.output import emit, prepare_streams, trimmed


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a  \n\n b \n   \n\n", "a\n\n b\n"), ("a", "a\n"), ("  \n", ""), ("", "")],
)
def test_blanks_at_the_ends_are_gone(text, expected):
    assert trimmed(text) == expected


def test_an_ascii_stream_gets_plain_glyphs(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    prepare_streams()
    grid = Table("µA…", "█▌")
    grid.add_row("é", "\udc80")  # a lone surrogate, as a file's odd name may bring it
    emit(grid)
    sys.stdout.flush()
    text = raw.getvalue().decode("ascii")
    assert "uA..." in text
    assert "#-" in text
    assert text.count("?") == 2


def test_a_closed_stream_leads_nowhere(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    prepare_streams()
    with sys.stdout:
        emit("unheard")


@pytest.mark.parametrize(
    ("line", "filled"),
    [
        ("run s.toml --json", "run s.toml --json -"),
        ("run --json s.toml", "run --json - s.toml"),
        ("run --json - s.toml", "run --json - s.toml"),
        ("run --json o.json s.toml", "run --json o.json s.toml"),
        ("run --json out s.toml", "run --json out s.toml"),
        ("run s.toml --json out", "run s.toml --json out"),
        ("run s.toml --json --strict", "run s.toml --json - --strict"),
        ("run --tier auto --json s.toml", "run --tier auto --json - s.toml"),
        ("run --tier=auto --strict --json s.toml", "run --tier=auto --strict --json - s.toml"),
        ("run s.toml --json=out", "run s.toml --json=out"),
        ("bench --json network branchy", "bench --json - network branchy"),
        ("doctor --json", "doctor --json -"),
        ("doctor --json out", "doctor --json out"),
        ("bench network --json out.txt", "bench network --json out.txt"),
    ],
)
def test_the_file_of_json(line, filled):
    assert with_files(line.split()) == filled.split()
