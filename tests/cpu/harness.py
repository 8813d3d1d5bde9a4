"""Runs bare instruction sequences on the interpreter, for tests that compare with other emulators."""

from __future__ import annotations

from coincell.cpu.interpreter import CoreMemory, InterpreterOps
from coincell.cpu.state import ITSTATE, CoreState, R
from coincell.isa import instruction_set
from coincell.isa.encoding import Decoder, is_wide

CODE = 0x0000_1000
DATA = 0x2000_0000
SIZE = 0x1_0000
M0PLUS = frozenset({"v6m"})
M4F = frozenset({"v6m", "v7m", "dsp", "fpsp"})
M33 = M4F | {"fpv5", "v8m"}
M7 = M4F | {"fpv5", "fpdp"}


class FlatMemory(CoreMemory):
    """Code at CODE and data at DATA, SIZE bytes each; no timing, no faults worth the name."""

    def __init__(self) -> None:
        self.code = bytearray(SIZE)
        self.data = bytearray(SIZE)

    def _where(self, address: int) -> tuple[bytearray, int]:
        if CODE <= address < CODE + SIZE:
            return self.code, address - CODE
        if DATA <= address < DATA + SIZE:
            return self.data, address - DATA
        raise AssertionError(f"test program touched 0x{address:08x}")

    def load(self, address: int, size: int, aligned: bool) -> int:
        memory, at = self._where(address)
        return int.from_bytes(memory[at : at + size], "little")

    def store(self, address: int, value: int, size: int, aligned: bool) -> None:
        memory, at = self._where(address)
        memory[at : at + size] = value.to_bytes(size, "little")


class BareCore:
    """Steps instructions with no exceptions and no timing: `state`, `memory`, `step()`."""

    def __init__(self, features: frozenset[str] = M4F) -> None:
        self.state = CoreState()
        self.memory = FlatMemory()
        self.decoder: Decoder = instruction_set(features)
        self.ops = InterpreterOps(self.state, self.memory)

    def step(self) -> None:
        """Execute the instruction at r15."""
        words, o = self.state.words, self.ops
        pc = words[R + 15]
        opcode, size = self.memory.load(pc, 2, True), 2
        if is_wide(opcode):
            opcode, size = opcode << 16 | self.memory.load(pc + 2, 2, True), 4
        instruction = self.decoder.decode(opcode, size)
        itstate = words[ITSTATE]
        o.pc, o.next_pc, o.in_it, o.branched = pc + 4, pc + size, itstate & 15 != 0, False
        runs = not o.in_it or o.condition(itstate >> 4)
        words[ITSTATE] = (itstate & 0xE0 | itstate << 1 & 0x1F) if itstate & 7 else 0
        if runs:
            instruction.execute(o)
        if not o.branched:
            words[R + 15] = o.next_pc
