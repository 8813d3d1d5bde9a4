"""The report of a crash on a terminal and in a pipe."""

from __future__ import annotations

import pytest

from coincell.cli import main
from coincell.errors import FirmwareCrash
from coincell.report.crash import styled, tell

REPORT = """the firmware crashed: read of unmapped address 0x30000000 (PRECISERR)
  at      0x000003f6 inner+0xe (app/main.c:37)
  called from
    0x00000402 outer+0x6 (app/main.c:42)
  last lines of the console
    [bold]not markup[/bold]"""


def test_words_stay_as_they_are_and_what_to_read_first_stands_out():
    text = styled(REPORT)
    assert text.plain == REPORT
    heavy = [text.plain[span.start : span.end].strip() for span in text.spans if "bold" in str(span.style)]
    assert heavy == [
        REPORT.splitlines()[0],
        "0x000003f6 inner+0xe (app/main.c:37)",
        "called from",
        "last lines of the console",
    ]


def test_a_pipe_gets_plain_lines_however_long(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    tell(FirmwareCrash(REPORT))
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"coincell: {REPORT}\n"


def test_the_command_line_tells_it(capsys, monkeypatch):
    def crash(*_args: object, **_options: object) -> None:
        raise FirmwareCrash(REPORT)

    monkeypatch.setattr("coincell.facade.execute", crash)
    monkeypatch.setattr("coincell.image.load_image", lambda *_: None)
    with pytest.raises(SystemExit) as done:
        main(["exec", "a.elf", "--board", "nano33ble_sense"])
    assert done.value.code == FirmwareCrash.exit_code == 3
    assert capsys.readouterr().err.endswith(f"coincell: {REPORT}\n")
