"""The hello app, run by an independent emulator that answers semihosting."""

from __future__ import annotations

import struct

import pytest
from elftools.elf.elffile import ELFFile

from coincell.build.app import build_app
from coincell.build.target import Memory, Target

unicorn = pytest.importorskip("unicorn")
BKPT = 7  # unicorn's number for the exception


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4f"])
def test_hello_speaks_and_exits(core):
    arm = unicorn.arm_const
    memories = (Memory("flash", 0, 1 << 16, "flash"), Memory("ram", 0x2000_0000, 1 << 16, "ram"))
    elf = build_app("hello", Target("bare", core, "none", memories)).elf
    uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
    uc.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M4 if core == "cortex-m4f" else arm.UC_CPU_ARM_CORTEX_M0)
    for base in (0, 0x2000_0000, 0xE000_E000):
        uc.mem_map(base, 1 << 16 if base < 0xE000_0000 else 1 << 12)
    uc.mem_write(0x2000_0000, b"\xaa" * (1 << 16))  # RAM is not zero after reset
    with elf.open("rb") as stream:
        for segment in ELFFile(stream).iter_segments("PT_LOAD"):
            if segment["p_filesz"]:
                uc.mem_write(segment["p_paddr"], segment.data())
    console, clock, exit_codes = bytearray(), [0], []

    def semihosting(uc, number, _):
        assert number == BKPT
        operation, block = uc.reg_read(arm.UC_ARM_REG_R0), uc.reg_read(arm.UC_ARM_REG_R1)
        words = struct.unpack("<3I", uc.mem_read(block, 12)) if block else (0, 0, 0)
        result = 0
        if operation == 0x01:
            assert bytes(uc.mem_read(words[0], words[2] + 1)) == b":tt\0"[: words[2] + 1]
            result = 1
        elif operation == 0x05:
            assert words[0] == 1
            console.extend(uc.mem_read(words[1], words[2]))
        elif operation == 0x10:
            clock[0] += 1
            result = clock[0]
        else:
            assert operation == 0x20
            exit_codes.append(words[1])
            uc.emu_stop()
        uc.reg_write(arm.UC_ARM_REG_R0, result)
        uc.reg_write(arm.UC_ARM_REG_PC, (uc.reg_read(arm.UC_ARM_REG_PC) + 2) | 1)

    uc.hook_add(unicorn.UC_HOOK_INTR, semihosting)
    stack, reset = struct.unpack("<2I", uc.mem_read(0, 8))
    uc.reg_write(arm.UC_ARM_REG_SP, stack)
    uc.emu_start(reset, 0xFFFF_FFFE, count=2_000_000)
    assert console.decode() == "hello from coincell\nblink 1\nblink 2\nblink 3\n"
    assert exit_codes == [0]
