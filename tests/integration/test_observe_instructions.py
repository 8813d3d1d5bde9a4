"""The trace of instructions, beside objdump's disassembly and the machine's own end."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache

import pytest
from seen import Seen, compiled, look

from coincell.cpu.state import INSTRUCTIONS, R, S
from coincell.machine.memories import UNTOUCHED
from coincell.observe.instructions import HEADER

pytest.importorskip("capstone", reason="the trace extra is not installed")

SYNONYMS = {"bcs": "bhs", "bcc": "blo", "negs": "rsbs", "stmdb": "push", "stmia": "stm", "vstmia": "vstm"}
SYNONYMS |= {"ldmia": "ldm", "pop": "ldm", "vldmia": "vldm"}
"""Several names of one instruction, as objdump and capstone choose them."""
_LINE = re.compile(r"\s*(\d+)  ([0-9a-f]{8})  ([0-9a-f]{4}(?: [0-9a-f]{4})?) *  (\S+) *(.*)")


@cache
def whole() -> Seen:
    return look(compiled("seen", "-O2"), window=(0, 10**12))


def instructions(text: str) -> list[tuple[int, int, str, str, str]]:
    """(cycle, address, bytes, mnemonic, rest) of each instruction."""
    found = [_LINE.fullmatch(line) for line in text.splitlines()[1:]]
    return [(int(m[1]), int(m[2], 16), m[3], m[4], m[5]) for m in found if m]


def test_every_instruction_is_there_with_its_cycle():
    run = whole()
    rows = instructions(run.trace)
    assert run.trace.startswith(HEADER)
    assert len(rows) == run.assembly.processor.core.state.wides[INSTRUCTIONS]
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert rows[0][:2] == (0, compiled("seen", "-O2").symbols["reset"].address)


def test_it_is_what_objdump_says():
    if shutil.which("arm-none-eabi-objdump") is None:
        pytest.skip("arm-none-eabi-objdump is not installed")
    image = compiled("seen", "-O2")
    command = ["arm-none-eabi-objdump", "-d", "--no-show-raw-insn", str(image.path)]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    theirs = {}
    for line in listing.splitlines():
        if found := re.match(r"\s*([0-9a-f]+):\s+(\S+)", line):
            theirs[int(found[1], 16)] = plainly(found[2])
    ours = {address: plainly(mnemonic) for _, address, _, mnemonic, _ in instructions(whole().trace)}
    assert len(ours) > 150
    differing = {at: (text, theirs[at]) for at, text in ours.items() if text != theirs[at]}
    assert differing == {}


def plainly(mnemonic: str) -> str:
    """Without the width, and by one of several names."""
    name = mnemonic.removesuffix(".w").removesuffix(".n")
    return SYNONYMS.get(name, name)


def test_what_changed_leads_from_the_start_to_the_end():
    """Registers as the trace tells them, played from reset, are the core's at the end; so is memory."""
    run, image = whole(), compiled("seen", "-O2")
    core = run.assembly.processor.core
    registers: dict[str, int] = {}
    memory: dict[int, int] = {}
    for line in run.trace.splitlines():
        for name, value in re.findall(r"\b((?:r|s)\d+|sp|lr)=([0-9a-f]{8})", line):
            registers[name] = int(value, 16)
        for address, value in re.findall(r"\[([0-9a-f]{8})\]<-([0-9a-f]+)", line):
            for at, byte in enumerate(bytes.fromhex(value)[::-1]):
                memory[int(address, 16) + at] = byte
    # exceptions restore registers without an instruction
    for n in range(4, 12):
        assert registers.get(f"r{n}", 0) == core.state.words[R + n]
    for n in range(16, 32):
        assert registers.get(f"s{n}", 0) == core.state.words[S + n]
    ram = core.bus.memory_at(0x2000_0000)
    changed = {ram.base + at for at, byte in enumerate(ram.data) if byte != UNTOUCHED}
    assert {at for at in memory if at >= 0x2000_FF00}, "PUSH is a store"
    # exceptions write to stacks without an instruction
    stacks = [(s.address, s.size) for name, s in image.symbols.items() if name in ("stacks", "scratch")]
    elsewhere = {at for at in changed if at < 0x2000_FF00 and not any(a <= at < a + n for a, n in stacks)}
    assert len(elsewhere) > 100
    assert {at for at in elsewhere if memory.get(at) != core.bus.read(at, 1)} == set()


def test_exceptions_and_functions_are_told():
    text = whole().trace
    assert text.count("==== SysTick is taken") == 6
    assert text.count("==== PendSV is taken") == 10
    assert re.search(r"---- tick_work \(.*seen\.c:\d+\)", text)
    assert re.search(r"(vsub|vadd|mov|add|mul)\S* .*  skipped", text), "its condition did not hold"


def test_a_window_holds_what_begins_in_it():
    all_rows = instructions(whole().trace)
    start, length = 1000, 300  # cycles; at 1 MHz a cycle is a microsecond
    run = look(compiled("seen", "-O2"), window=(start * 10**6, length * 10**6))
    rows = instructions(run.trace)
    assert rows == [row for row in all_rows if start <= row[0] < start + length]
    assert run.profile == whole().profile
