"""Cycles of short programs: text assembled by the bundled clang, run by the stepper on a bare core."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from elftools.elf.elffile import ELFFile

from coincell.cpu.bus import Bus, DirectMemory
from coincell.cpu.core import Core, CoreOptions
from coincell.cpu.private.scs import SystemControlSpace
from coincell.cpu.state import CYCLES, FP_READY, R, S
from coincell.simtime import Simulation
from coincell.timing import MemoryTiming

M4F = CoreOptions("cortex-m4f", frozenset({"v6m", "v7m", "dsp", "fpsp"}), "cortex-m4", 48, 3, 0x410FC241)
M0PLUS = CoreOptions("m0+", frozenset({"v6m"}), "cortex-m0plus", 32, 2, 0x410CC601, unaligned_access=False)
M0 = replace(M0PLUS, name="m0", pipeline="cortex-m0", cpuid=0x410CC200)
M3 = replace(M4F, name="cortex-m3", features=frozenset({"v6m", "v7m"}), pipeline="cortex-m3")
FPV5 = replace(M4F, features=M4F.features | {"fpv5", "fpdp"})
M7 = replace(FPV5, name="cortex-m7", pipeline="cortex-m7")
M33 = replace(
    M4F, name="cortex-m33", features=M4F.features | {"v8m", "fpv5"}, pipeline="cortex-m33", security="secure"
)
TARGETS = {
    "cortex-m0": "cortex_m0",
    "cortex-m0plus": "cortex_m0plus",
    "cortex-m3": "cortex_m3",
    "cortex-m4": "cortex_m4+vfp4d16sp",
    "cortex-m7": "cortex_m7+fp_armv8d16",
    "cortex-m33": "cortex_m33+dsp+fp_armv8d16sp",
}
FREE = MemoryTiming()
CODE, DATA, LIMIT = 0x1000, 0x2000_1000, 1000


class Lines:
    """Collects programs; all are assembled in one run of the assembler."""

    def __init__(self, options: CoreOptions) -> None:
        self.options = options
        self._texts: dict[str, int] = {}
        self._code: list[bytes] | None = None

    def add(self, texts: Iterable[str]) -> None:
        """Programs that will be asked for. Instructions are separated by ";"."""
        for text in texts:
            self._texts.setdefault(text, len(self._texts))

    def code(self, text: str) -> bytes:
        """The bytes of a program."""
        if self._code is None or text not in self._texts:
            self.add([text])
            self._code = _assemble(TARGETS[self.options.pipeline], tuple(self._texts))
        return self._code[self._texts[text]]


@cache
def _assemble(cpu: str, texts: tuple[str, ...]) -> list[bytes]:
    sections = [
        f'.section .p{n},"ax"\n.balign 16\n' + text.replace(";", "\n") + "\n" for n, text in enumerate(texts)
    ]
    source = ".syntax unified\n.thumb\n" + "".join(sections)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines.s"
        path.write_text(source)
        command = [sys.executable, "-m", "ziglang", "cc", "-target", "thumb-freestanding-eabi"]
        command += [f"-mcpu={cpu}", "-c", str(path), "-o", str(path.with_suffix(".o"))]
        subprocess.run(command, check=True, capture_output=True, text=True)
        elf = ELFFile(BytesIO(path.with_suffix(".o").read_bytes()))
        return [elf.get_section_by_name(f".p{n}").data() for n in range(len(texts))]


def bare(options: CoreOptions = M4F, timing: MemoryTiming = FREE) -> Core:
    """A core with flash at 0, RAM, registers that are all addresses in RAM, and its FPU on."""
    flash = DirectMemory("flash", 0, 0x4000, False)
    core = Core(
        options,
        Bus([flash, DirectMemory("ram", 0x2000_0000, 0x4000, True)]),
        Simulation(),
        64_000_000,
        timing,
    )
    core.bus.attach(SystemControlSpace(core, lambda: None))
    core.state.words[FP_READY] = int(core.has_fpu)
    for n in range(15):
        core.state.words[R + n] = DATA + 64 * n
    for n in range(32):
        core.state.words[S + n] = 0x3F80_0000 + n
    return core


def cycles(core: Core, code: bytes, at: int = CODE) -> int:
    """Cycles of `code` at an address, from its first instruction until control leaves it at its end.

    The end is the address after it: a branch to there ends it too.
    """
    core.bus.program(at, code)
    core.stepper.forget()
    words, wides = core.state.words, core.state.wides
    words[R + 15] = at
    before = wides[CYCLES]
    for _ in range(LIMIT):
        core.stepper.step()
        assert core.stopped is None, core.stopped
        if words[R + 15] == at + len(code):
            return wides[CYCLES] - before
    raise AssertionError("the program did not reach its end")


def assert_cycles_between(core: Core, code: bytes, low: int, high: int, at: int = CODE) -> None:
    """The code costs at least `low` and at most `high` cycles."""
    spent = cycles(core, code, at)
    assert low <= spent <= high, f"{spent} cycles, not {low} to {high}"
