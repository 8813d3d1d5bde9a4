"""Crashes end the run with what a developer needs; what hardware survives does not end it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile

import probe
import pytest
from gdb_session import CHIP, firmware

from coincell.engines import branches
from coincell.engines.execute import exec_image
from coincell.errors import FirmwareCrash
from coincell.image import FirmwareImage

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


def section(text: str, title: str) -> list[str]:
    """The indented lines below `title`."""
    _, _, rest = text.partition(f"\n  {title}\n")
    return [line.strip() for line in takewhile(lambda line: line.startswith("    "), rest.splitlines())]


def test_unmapped_access_is_reported_with_function_line_registers_callers_and_console() -> None:
    text = crash(1)
    assert text.startswith("the firmware crashed: read of unmapped address 0x30000000")
    assert re.search(rf"at +0x[0-9a-f]+ inner\+0x[0-9a-f]+ \(app/main\.c:{LINE}\)", text)
    assert "r0 30000000" in text  # the argument, still there
    assert "\n  fault   BusFault, taken as HardFault\n" in text  # as BusFault is not enabled
    assert re.search(r"\n  xpsr [0-9a-f]{8} cfsr 00008200 PRECISERR BFARVALID\n", text)
    callers = [line.split()[1].split("+")[0] for line in section(text, "called from")]
    assert callers == ["outer", "main"]  # which never returns, and keeps no way back
    assert text.endswith("    last words")


def test_a_stack_overflow_is_called_one() -> None:
    text = crash(2)
    assert "write to unmapped address 0x1ffffff" in text.splitlines()[0]
    assert "locked up in HardFault: stacking failed" in text
    assert re.search(r"overflowed, or nearly: \d+ of 2,048 bytes left", text)
    deep, once = section(text, "called from")
    assert re.fullmatch(r"0x[0-9a-f]+ recurse\+0x[0-9a-f]+ \(app/main\.c:\d+\)  \d+ times", deep)
    assert " main+0x" in once
    frames = int(deep.split()[-2].replace(",", "")) + 1
    assert section(text, "last branches taken, the newest last")[-1].endswith(f"  {frames - 1} times")


def test_branch_without_the_thumb_bit() -> None:
    text = crash(12)
    assert "branch to ARM state at 0x00000400 (INVSTATE)" in text
    (caller,) = section(text, "called from")
    assert re.search(r" main\+0x[0-9a-f]+ \(app/main\.c:\d+\)  \(a guess, by LR\)$", caller)


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


def test_the_last_branches_lead_to_the_fault() -> None:
    """From the last byte on the wire, which an interrupt told, to the read: as the sources say."""
    taken = [line.split(" -> ") for line in section(crash(1), "last branches taken, the newest last")]
    assert len(taken) == 16
    names = [re.split(r"[+ ]", target)[0] for _, target in taken]
    assert names[-3:] == ["main", "outer", "inner"]
    (told,) = [target for _, target in taken if target.startswith("UARTE0_IRQHandler")]
    assert told.endswith("  interrupt 2")
    assert names[-4:-3] == ["console_puts"]


def test_a_run_that_goes_well_records_nothing(monkeypatch) -> None:
    monkeypatch.setattr(branches, "last_branches", lambda *_: pytest.fail("nothing had crashed"))
    assert probe.run(0).exit_code == 7


def test_a_run_that_does_not_repeat_says_so(monkeypatch) -> None:
    monkeypatch.setattr(branches, "last_branches", lambda *_: None)
    assert "  last branches: not known, because the run did not repeat itself" in crash(1)


def test_an_image_without_symbols_has_addresses_and_guesses() -> None:
    image = probe.probe(1)
    bare = FirmwareImage(image.path, "bin", image.segments)
    with pytest.raises(FirmwareCrash) as caught:
        exec_image(bare, probe.board(), tier="interpret")
    text = str(caught.value)
    assert re.search(r"\n  at +0x[0-9a-f]{8}\n", text)
    guesses = section(text, "probably called from (return addresses found on the stack, a guess)")
    outer, main = (image.symbols[name] for name in ("outer", "main"))
    for guess, function in zip(guesses, (outer, main), strict=False):
        assert function.address < int(guess, 16) < function.address + function.size
    taken = section(text, "last branches taken, the newest last")
    assert int(taken[-1].split(" -> ")[1], 16) == image.symbols["inner"].address


def test_a_crash_in_a_handler_leads_back_to_what_it_interrupted() -> None:
    """SysTick_Handler begins with an undefined instruction."""
    image = probe.probe(9)
    handler = image.symbols["SysTick_Handler"].address
    broken = tuple(
        replace(s, data=s.data[: handler - s.address] + b"\x00\xde" + s.data[handler - s.address + 2 :])
        if s.address <= handler < s.address + len(s.data)
        else s
        for s in image.segments
    )
    with pytest.raises(FirmwareCrash) as caught:
        exec_image(replace(image, segments=broken), probe.board(), 5 * probe.MS)
    text = str(caught.value)
    assert "undefined instruction 0xde00" in text.splitlines()[0]
    assert "in the handler of SysTick" in text
    interrupted, caller, *_ = section(text, "called from")
    assert interrupted == "── interrupted by SysTick ──"
    assert re.search(r" main\+0x[0-9a-f]+ \(app/main\.c:\d+\)$", caller)
    last = section(text, "last branches taken, the newest last")[-1]
    assert re.search(r" -> SysTick_Handler \(main\.c:\d+\)  SysTick$", last)


def test_a_crash_in_an_inlined_function_names_it() -> None:
    image = firmware("gcc", "-O2")
    trouble = image.symbols["trouble"].address
    made = tuple(
        replace(s, data=s.data[: trouble - s.address] + b"\2" + s.data[trouble - s.address + 1 :])
        if s.address <= trouble < s.address + len(s.data)
        else s
        for s in image.segments
    )
    with pytest.raises(FirmwareCrash) as caught:
        exec_image(replace(image, segments=made), CHIP)
    text = str(caught.value)
    assert re.search(r"\n  at      0x[0-9a-f]{8} read_at \(.*debug\.c:\d+\) inlined\n", text)
    (caller,) = section(text, "called from")[:1]
    assert re.search(r" main\+0x[0-9a-f]+ \(.*debug\.c:\d+\)$", caller)
