"""Instructions that need the machine: which operation they ask for. And what a fault leaves undone."""

from __future__ import annotations

from typing import Any

import pytest
from harness import CODE, DATA, M4F, M33, BareCore, FlatMemory
from unicorn_twin import declared, halfwords

CASES = [
    (0xBF30, 16, ("wait", "wfi")),
    (0xBF20, 16, ("wait", "wfe")),
    (0xBF40, 16, ("send_event",)),
    (0xF3AF8003, 32, ("wait", "wfi")),
    (0xF3AF8002, 32, ("wait", "wfe")),
    (0xF3AF8004, 32, ("send_event",)),
    (0xB672, 16, ("change_masks", True, True, False)),  # CPSID i
    (0xB661, 16, ("change_masks", False, False, True)),  # CPSIE f
    (0xF3EF8310, 32, ("read_special", 16)),  # MRS r3, PRIMASK
    (0xF3838811, 32, ("write_special", 17, 2, 103)),  # MSR BASEPRI, r3
    (0xF3BF8F4F, 32, ("barrier", "dsb")),
    (0xF3BF8F5F, 32, ("barrier", "dmb")),
    (0xF3BF8F6F, 32, ("barrier", "isb")),
    (0xE8513F02, 32, ("load_exclusive", 101 + 8, 4)),  # LDREX r3, [r1, #8]
    (0xE8423101, 32, ("store_exclusive", 102 + 4, 103, 4)),  # STREX r1, r3, [r2, #4]
    (0xE8D13F4F, 32, ("load_exclusive", 101, 1)),
    (0xE8D13F5F, 32, ("load_exclusive", 101, 2)),
    (0xE8C23F41, 32, ("store_exclusive", 102, 103, 1)),
    (0xE8C23F51, 32, ("store_exclusive", 102, 103, 2)),
    (0xF3BF8F2F, 32, ("clear_exclusive",)),
    (0xDF2A, 16, ("supervisor_call", 42)),
    (0xBEAB, 16, ("breakpoint", 0xAB)),
    (0xDE01, 16, ("undefined",)),
    (0xF7F0A001, 32, ("undefined",)),
    (0xEE070F90, 32, ("coprocessor", 15)),  # MCR p15
    (0xEC510E02, 32, ("coprocessor", 14)),  # MRRC p14
    (0xE8D13FEF, 32, ("load_exclusive", 101, 4)),  # LDAEX r3, [r1]
    (0xE8D13FCF, 32, ("load_exclusive", 101, 1)),
    (0xE8D13FDF, 32, ("load_exclusive", 101, 2)),
    (0xE8C23FE1, 32, ("store_exclusive", 102, 103, 4)),  # STLEX r1, r3, [r2]
    (0xE8C23FC1, 32, ("store_exclusive", 102, 103, 1)),
    (0xE8C23FD1, 32, ("store_exclusive", 102, 103, 2)),
    (0xE841F3C0, 32, ("test_target", 101, True, True)),  # TTAT r3, r1
    (0xE97FE97F, 32, ("secure_gateway",)),
    (0x470C, 16, ("branch_nonsecure", 101, False)),  # BXNS r1
    (0x478C, 16, ("branch_nonsecure", 101, True)),
    (0xEC210A00, 32, ("save_fp_context", 101)),  # VLSTM r1
    (0xEC310A00, 32, ("load_fp_context", 101)),
]
RESULTS = {"read_special": 3, "load_exclusive": 3, "store_exclusive": 1, "test_target": 3}
"""The register that each case's answer goes to."""


class Recorder:
    """Notes the operation an instruction asks for and answers 7."""

    def __init__(self, core: BareCore, names: set[str]) -> None:
        self.calls: list[tuple[Any, ...]] = []
        for name in names:
            setattr(core.ops, name, self._note(name))

    def _note(self, name: str) -> Any:
        def operation(*positional: Any, **named: Any) -> int:
            self.calls.append((name, *positional, *named.values()))
            return 7

        return operation


@pytest.mark.parametrize(("opcode", "width", "expected"), CASES, ids=lambda x: str(x))
def test_asks_for_its_operation(opcode: int, width: int, expected: tuple[Any, ...]) -> None:
    core = BareCore(M33)
    recorder = Recorder(core, {call[0] for _, _, call in CASES})
    core.memory.code[: width // 8] = halfwords(opcode, width)
    for n in range(15):
        core.state.words[n] = 100 + n
    core.state.words[15] = CODE
    core.step()
    assert recorder.calls == [expected]
    answered = RESULTS.get(expected[0])
    assert [n for n in range(13) if core.state.words[n] != 100 + n] == (
        [] if answered is None else [answered]
    )
    assert core.state.words[15] == CODE + width // 8


def test_every_interpreted_encoding_has_a_case() -> None:
    core = BareCore(M33)
    seen = {core.decoder.decode(opcode, width // 8).encoding.pattern for opcode, width, _ in CASES}
    assert {e.pattern for e in declared(M33, interpreted=True)} == seen


class MemoryFaultError(Exception):
    pass


class Edge(FlatMemory):
    """Faults from DATA + 0x100 on."""

    def load(self, address: int, size: int, aligned: bool) -> int:
        if address >= DATA + 0x100:
            raise MemoryFaultError
        return super().load(address, size, aligned)

    def store(self, address: int, value: int, size: int, aligned: bool) -> None:
        if address >= DATA + 0x100:
            raise MemoryFaultError
        super().store(address, value, size, aligned)


@pytest.mark.parametrize(
    ("opcode", "width", "what"),
    [
        (0xC906, 16, "LDM r1!, {r1, r2}"),
        (0xC91C, 16, "LDM r1!, {r2-r4}"),
        (0xC11C, 16, "STM r1!, {r2-r4}"),
        (0xBD1C, 16, "POP {r2-r4, pc}"),
        (0xE8B1001C, 32, "LDM.W r1!, {r2-r4}"),
        (0xE8F12301, 32, "LDRD r2, r3, [r1], #4"),
        (0xE8E12301, 32, "STRD r2, r3, [r1], #4"),
        (0xF8512F04, 32, "LDR r2, [r1, #4]!"),
        (0xF8412F04, 32, "STR r2, [r1, #4]!"),
    ],
)
def test_a_fault_leaves_every_register_as_it_was(opcode: int, width: int, what: str) -> None:
    core = BareCore(M4F)
    core.memory = core.ops.memory = Edge()
    core.memory.code[: width // 8] = halfwords(opcode, width)
    for n in range(15):
        core.state.words[n] = 100 + n
    core.state.words[1] = core.state.words[13] = DATA + 0xFC
    core.state.words[15] = CODE
    before = list(core.state.words[:16])
    with pytest.raises(MemoryFaultError):
        core.step()
    assert list(core.state.words[:16]) == before, what


def test_it_block_of_four() -> None:
    """ITTET EQ: MOV r0,#1; MOV r1,#1; MOV r2,#1; MOV r3,#1 with Z set, then a MOVS outside."""
    core = BareCore(M4F)
    for i, opcode in enumerate((0xBF05, 0x2001, 0x2101, 0x2201, 0x2301, 0x2400)):
        core.memory.code[2 * i : 2 * i + 2] = halfwords(opcode, 16)
    core.state.words[15] = CODE
    core.state.xpsr_flags = 0x4000_0000
    for _ in range(5):
        core.step()
    assert list(core.state.words[:4]) == [1, 1, 0, 1]
    assert core.state.xpsr_flags == 0x4000_0000
    core.state.xpsr_flags = 0
    core.step()
    assert core.state.xpsr_flags == 0x4000_0000
