"""A whole program on Unicorn: an independent witness of what instructions do to registers and memory."""

from __future__ import annotations

import unicorn.arm_const as arm
from program_parts import FLASH_SIZE, RAM, RAM_SIZE, halfwords
from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, UcError

from coincell.cpu import state as st
from coincell.cpu.core import Core

MODELS = {
    "cortex-m0": arm.UC_CPU_ARM_CORTEX_M0,
    "cortex-m0plus": arm.UC_CPU_ARM_CORTEX_M0,
    "cortex-m3": arm.UC_CPU_ARM_CORTEX_M3,
    "cortex-m4f": arm.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7": arm.UC_CPU_ARM_CORTEX_M7,
    "cortex-m33": arm.UC_CPU_ARM_CORTEX_M33,
}
"""Any other core is judged by Armv8-A: Unicorn 2.1's Cortex-M7 refuses doubles."""
REGISTERS = [arm.UC_ARM_REG_R0 + n for n in range(13)]
REGISTERS += [arm.UC_ARM_REG_SP, arm.UC_ARM_REG_LR, arm.UC_ARM_REG_PC]
SINGLE = [arm.UC_ARM_REG_S0 + n for n in range(32)]
NAMES = [f"r{n}" for n in range(16)] + ["apsr", "fpscr"] + [f"s{n}" for n in range(32)]
SCRATCH = 0x6000_0000
FIRST = 0xEEB0_0A40
"""vmov.f32 s0, s0: the first one makes a context, whose FPSCR comes from FPDSCR (ExecuteFPCheck)."""


class UnicornCore:
    """Starts from the state of a core that has not run yet."""

    def __init__(self, core: Core) -> None:
        model = MODELS.get(core.options.name)
        self.uc = uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS if model else UC_MODE_THUMB)
        uc.ctl_set_cpu_model(model or arm.UC_CPU_ARM_MAX)
        self._status = arm.UC_ARM_REG_XPSR if model else arm.UC_ARM_REG_CPSR
        for base, size in ((0, FLASH_SIZE), (RAM, RAM_SIZE), (SCRATCH, 0x1000)):
            uc.mem_map(base, size)
        for memory in core.bus.memories:
            uc.mem_write(memory.base, bytes(memory.data))
        dsp = "dsp" in core.options.features
        self.apsr = 0xF80F_0000 if dsp else 0xF800_0000 if core.is_v7m else 0xF000_0000
        self._registers = [*REGISTERS, *([arm.UC_ARM_REG_FPSCR, *SINGLE] if core.has_fpu else [])]
        if core.has_fpu:
            if not model:
                uc.reg_write(arm.UC_ARM_REG_C1_C0_2, 0xF << 20)  # CPACR: access to CP10 and CP11
                uc.reg_write(arm.UC_ARM_REG_FPEXC, 1 << 30)
            uc.mem_write(SCRATCH, halfwords(FIRST, 4))
            uc.emu_start(SCRATCH | 1, SCRATCH + 4, count=1)
        uc.reg_write(arm.UC_ARM_REG_APSR_NZCVQG, core.state.xpsr_flags & self.apsr)
        for register, value in zip(self._registers, core_registers(core), strict=True):
            uc.reg_write(register, value)

    def run(self, count: int) -> str:
        """Execute so many instructions, those whose condition fails not counted; what went wrong, or ""."""
        if not count:
            return ""
        try:
            self.uc.emu_start(self.uc.reg_read(arm.UC_ARM_REG_PC) | 1, 0xFFFF_FFFE, count=count)
        except UcError as error:
            return f"Unicorn: {error} at {self.uc.reg_read(arm.UC_ARM_REG_PC):#x}"
        return ""

    def differences(self, core: Core) -> str:
        """Registers, flags and memory that are not `core`'s. SP has no low bits (DDI 0403E, B1.4.1)."""
        uc = self.uc
        values = [uc.reg_read(r) & 0xFFFF_FFFF for r in self._registers]
        values[13] &= ~3
        values[15] &= ~1
        ours, flags = core_registers(core), uc.reg_read(self._status) & self.apsr
        ours.insert(16, core.state.xpsr_flags & self.apsr)
        values.insert(16, flags)
        found = [
            f"{name}: {a:#x}, Unicorn {b:#x}"
            for name, a, b in zip(NAMES, ours, values, strict=False)
            if a != b
        ]
        memory = next(m for m in core.bus.memories if m.writable).data
        witness = uc.mem_read(RAM, RAM_SIZE)
        if memory != witness:
            at = next(n for n in range(0, RAM_SIZE, 4) if memory[n : n + 4] != witness[n : n + 4])
            found.append(f"{RAM + at:#x}: {memory[at : at + 4].hex()}, Unicorn {witness[at : at + 4].hex()}")
        return "; ".join(found)


def core_registers(core: Core) -> list[int]:
    """r0-r15, then FPSCR and s0-s31 where there is an FPU."""
    words = core.state.words
    found: list[int] = words[st.R : st.R + 16].tolist()
    return [*found, words[st.FPSCR], *words[st.S : st.S + 32].tolist()] if core.has_fpu else found
