"""What Renode prints, in the words of its sources, and what is made of it."""

from __future__ import annotations

import pytest
from renode_like import SESSION

from coincell.engines.renode.log import Access, LogLine, examine, lines, read

MESSAGE = "sysbus: [cpu: 0x8000198] ReadDoubleWord from non existing peripheral at 0x40023C00."


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("12:34:56.7890 ", "12:34:56.7890"),  # 1.14 to 1.16.1
        ("[12:34:56.7890] ", "12:34:56.7890"),  # later, on the console
        ("[12:34:56.7890]  ", "12:34:56.7890"),  # later, in a file
        ("[00:00:00.012345678] ", "00:00:00.012345678"),
        (
            "[host: 12:34:56.7890 | virt: 00:00:00.012345678] ",
            "host: 12:34:56.7890 | virt: 00:00:00.012345678",
        ),
    ],
)
def test_each_kind_of_stamp(stamp, time):
    (line,) = lines([f"{stamp}[WARNING] {MESSAGE}\r\n"])
    assert line == LogLine("WARNING", "sysbus", MESSAGE.removeprefix("sysbus: "), time)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[INFO] System bus created.", ("INFO", "", "System bus created.")),
        ("[INFO] (12) cpu: Halted", ("INFO", "cpu", "Halted")),
        ("[ERROR] board/uart0: no: such: thing", ("ERROR", "board/uart0", "no: such: thing")),
        (
            "[INFO] Loaded monitor commands from: /a/b.py",
            ("INFO", "", "Loaded monitor commands from: /a/b.py"),
        ),
        ("\x1b[33m[WARNING] cpu: hot\x1b[0m", ("WARNING", "cpu", "hot")),
        (
            "[INFO] uart0: 10:00:00.0000 [ERROR] said the firmware",
            ("INFO", "uart0", "10:00:00.0000 [ERROR] said the firmware"),
        ),
    ],
)
def test_who_says_what(text, expected):
    (line,) = lines([f"10:00:00.0000 {text}\n"])
    assert (line.level, line.object, line.text) == expected


def test_a_session_in_a_file(tmp_path):
    (tmp_path / "renode.log").write_text(SESSION, "utf-8", newline="")
    found = list(read(tmp_path / "renode.log"))
    assert [line.level for line in found] == ["INFO", "", "", "", "INFO", "INFO", "INFO", "WARNING", "", ""]
    assert found[3].text == "(monitor) i @/tmp/run/run.resc"
    assert examine(found).errors == ()


def test_an_entry_within_a_line_of_the_monitor_and_one_of_several_lines():
    text = (
        "(monitor) i @/tmp/ru[10:00:00.1000] [ERROR] cpu: runtime error: one\n    two\n      three\nn.resc\n"
    )
    found = list(lines(text.splitlines(keepends=True)))
    assert [(line.level, line.text) for line in found] == [
        ("", "(monitor) i @/tmp/ru"),
        ("ERROR", "runtime error: one\ntwo\n  three"),
        ("", "n.resc"),
    ]


def found_in(text: str):
    return examine(lines(text.splitlines(keepends=True)))


def warnings(*messages: str):
    return found_in("".join(f"10:00:00.0000 [WARNING] {message}\n" for message in messages)).accesses


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (MESSAGE, Access("sysbus", False, 0x40023C00, "", 1, 0x8000198)),
        (
            "sysbus: [cpu: 0x800019A] WriteDoubleWord to non existing peripheral at 0x40023C00, value 0x703.",
            Access("sysbus", True, 0x40023C00, "", 1, 0x800019A),
        ),
        (
            "sysbus: [cpu: 0x198] (tag: 'CR') ReadByte from non existing peripheral at 0x4, returning 0x8.",
            Access("sysbus", False, 4, "CR", 1, 0x198),
        ),
        (
            "sysbus: (tag: 'X') WriteWord to non existing peripheral at 0x4, value 0x1.",
            Access("sysbus", True, 4, "X", 1, None),
        ),
        (
            "sysbus: [cpu: 0x198] (tag: 'X') ReadWord from overriding tag at 0x4, returning 0x1.",
            Access("sysbus", False, 4, "X", 1, 0x198),
        ),
        ("rcc: Unhandled read from offset 0x14.", Access("rcc", False, 0x14, "", 1, None)),
        ("rcc: Unhandled read from offset 0x14 (Status).", Access("rcc", False, 0x14, "Status", 1, None)),
        (
            "rcc: Unhandled write to offset 0x14 (Control), value 0x1.",
            Access("rcc", True, 0x14, "Control", 1, None),
        ),
        (
            "rcc: Unhandled write to offset 0x0. Unhandled bits: [1] when writing value 0x2. Tags: ON (0x1).",
            Access("rcc", True, 0, "ON", 1, None),
        ),
    ],
)
def test_accesses_without_a_model(message, expected):
    assert warnings(message) == (expected,)


def test_accesses_are_counted_by_place_and_kind():
    write = "sysbus: [cpu: 0x2] WriteDoubleWord to non existing peripheral at 0x40023C00, value 0x703."
    again = MESSAGE.replace("8000198", "9")
    assert warnings(MESSAGE, again, write, MESSAGE) == (
        Access("sysbus", False, 0x40023C00, "", 3, 0x8000198),
        Access("sysbus", True, 0x40023C00, "", 1, 2),
    )
    assert warnings("cpu: Trying to stop CPU execution, but it is taking longer than expected...") == ()


FAILED_SCRIPT = """\
(monitor) i @/tmp/run/run.resc\n\r\
There was an error executing command 'machine LoadPlatformDescription @/tmp/run/board.repl': \r
[10:00:00.3000] [INFO] System bus created.
Error E04: Could not resolve type: 'UART.Foo'.\r
At /tmp/run/board.repl:3:8:\r
uart0: UART.Foo @ sysbus 0x40002000\r
       ^^^^^^^^\r
(board) quit\n\r\
Renode is quitting\r
"""


def test_a_script_that_fails_is_told_with_its_reason():
    (error,) = found_in(FAILED_SCRIPT).errors
    assert error.splitlines() == [
        "There was an error executing command 'machine LoadPlatformDescription @/tmp/run/board.repl':",
        "Error E04: Could not resolve type: 'UART.Foo'.",
        "At /tmp/run/board.repl:3:8:",
        "uart0: UART.Foo @ sysbus 0x40002000",
        "       ^^^^^^^^",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Fatal error:\nObject reference not set\n   at Antmicro.Renode.X()\n",
        "Unexpected options detected: --disable-xwtt\n\nusage: Renode\n",
        "No such command or device: pdm\r\n",
        "coincell-sound-error: 'NoneType' object has no attribute 'GetValue'\r\n",
        "Could not tokenize here:\r\npdm §\r\n    ^\r\n",
        "(monitor) x\n\rNo such variable: $ORIGINN\r\n",
    ],
)
def test_other_complaints(text):
    (error,) = found_in(text).errors
    first = next(line for line in text.splitlines() if not line.startswith("(monitor)") and line)
    assert error.startswith(first)


def test_errors_of_the_log_stand_once_each():
    abort = "cpu: CPU abort [PC=0x20000000]: Trying to execute code outside RAM or ROM at 0x20000000."
    assert found_in(f"10:00:00.0000 [ERROR] {abort}\n" * 1000).errors == (abort,)
    many = "".join(f"10:00:00.0000 [ERROR] cpu: {n}\n" for n in range(1000))
    assert len(found_in(many).errors) == 20
