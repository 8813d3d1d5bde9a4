"""Crashes end the run with what a developer needs; what hardware survives does not end it."""

from __future__ import annotations

import re

import probe
import pytest

from coincell.errors import FirmwareCrash

LINE = next(
    number
    for number, text in enumerate((probe.SOURCE / "main.c").read_text().splitlines(), 1)
    if "LINE OF THE CRASH" in text
)


def crash(mode: int) -> str:
    with pytest.raises(FirmwareCrash) as caught:
        probe.run(mode)
    assert caught.value.exit_code == 3
    return str(caught.value)


def test_unmapped_access_is_reported_with_function_line_registers_callers_and_console() -> None:
    text = crash(1)
    assert text.startswith("the firmware crashed: read of unmapped address 0x30000000")
    assert re.search(rf"at +0x[0-9a-f]+ inner\+0x[0-9a-f]+ \(app/main\.c:{LINE}\)", text)
    assert "r0 30000000" in text  # the argument, still there
    callers = [line.split()[1].split("+")[0] for line in text.split("a guess):")[1].splitlines()[1:4]]
    assert callers == ["outer", "main", "Reset_Handler"]
    assert text.endswith("    last words")


def test_a_stack_overflow_is_called_one() -> None:
    text = crash(2)
    assert "write to unmapped address 0x1ffffff" in text.splitlines()[0]
    assert "locked up in HardFault: stacking failed" in text
    assert re.search(r"overflowed, or nearly: \d+ of 2,048 bytes left", text)


def test_branch_without_the_thumb_bit() -> None:
    assert "branch to ARM state at 0x00000400 (INVSTATE)" in crash(12)


def test_flash_is_not_called_unmapped() -> None:
    text = crash(13)
    assert "write to read-only address 0x00080000" in text.splitlines()[0]
    assert "locked up in HardFault" in text  # where the handler gave up


def test_a_handler_of_its_own_runs_as_on_hardware() -> None:
    result = probe.run(15)
    assert result.exit_code == 1  # inner() was entered once, and came back
    assert [line.text for line in result.console] == ["read 00000001"]


@pytest.mark.parametrize("mode", [1, 2, 12, 13])
def test_the_report_does_not_depend_on_the_tier(mode: int) -> None:
    with pytest.raises(FirmwareCrash) as caught:
        probe.run(mode, tier="random:3")
    assert str(caught.value) == crash(mode)
