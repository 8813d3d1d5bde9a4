"""The special registers and what MRS, MSR and CPS do with them (ARMv7-M ARM B5.2, B1.4)."""

from __future__ import annotations

from coincell.cpu.exceptions import Exceptions
from coincell.cpu.state import STACK_LIMIT, CoreState, R

SP = R + 13
_V7M_ONLY = frozenset({17, 18, 19})
"""BASEPRI, BASEPRI_MAX and FAULTMASK."""
_V8M_ONLY = frozenset({10, 11})
"""MSPLIM and PSPLIM."""


class SpecialRegisters:
    """CONTROL, IPSR, and the banked stack pointer."""

    def __init__(
        self,
        state: CoreState,
        exceptions: Exceptions,
        features: frozenset[str],
        *,
        secure: bool = False,
        unprivileged: bool = True,
    ) -> None:
        self.is_v7m = "v7m" in features
        self._missing = (frozenset() if self.is_v7m else _V7M_ONLY) | (
            frozenset() if "v8m" in features else _V8M_ONLY
        )
        self._control_bits = (15 if secure else 7) if "fpsp" in features else 3
        if not unprivileged:
            self._control_bits &= ~1
        self.flags = 0xF8000000 if self.is_v7m else 0xF0000000
        """The bits of APSR that there are: Q is Armv7-M's, GE the DSP extension's."""
        if "dsp" in features:
            self.flags |= 0x000F0000
        self._words = state.words
        self._state = state
        self._exceptions = exceptions
        self.reset()

    def reset(self) -> None:
        self.ipsr = 0
        self.control = 0
        """nPRIV (bit 0), SPSEL (bit 1), FPCA (bit 2); SFPA (bit 3) in Armv8-M's Secure state."""
        self.other_sp = 0
        """The stack pointer that r13 is not: PSP while the main stack is in use, else MSP."""
        self.other_limit = 0
        """The limit of that stack (Armv8-M)."""
        self.sleep_on_exit = False

    @property
    def fp_active(self) -> bool:
        return bool(self.control & 4)

    @property
    def uses_process_stack(self) -> bool:
        return not self.ipsr and bool(self.control & 2)

    @property
    def privileged(self) -> bool:
        return self.ipsr != 0 or not self.control & 1

    def enter_handler(self, number: int) -> None:
        """Handlers run on the main stack."""
        if self.uses_process_stack:
            self._swap_stacks()
        self.ipsr = number
        self.control &= ~14

    def leave_handler(self, *, to_handler: bool, process_stack: bool) -> None:
        """Select the stack that EXC_RETURN names; IPSR follows from the frame."""
        if not to_handler:
            self.ipsr = 0
            if process_stack:
                self._swap_stacks()
            self.control = self.control & ~2 | int(process_stack) << 1

    def _swap_stacks(self) -> None:
        words = self._words
        words[SP], self.other_sp = self.other_sp, words[SP]
        words[STACK_LIMIT], self.other_limit = self.other_limit, words[STACK_LIMIT]

    def read(self, sysm: int) -> int:
        """MRS (B5.2.2). Unknown numbers read 0, as do masks and stack pointers to unprivileged code."""
        e = self._exceptions
        if sysm < 8:
            value = self._state.xpsr_flags if not sysm & 4 else 0
            return value | (self.ipsr if sysm & 1 else 0)
        if (sysm != 20 and not self.privileged) or sysm in self._missing:
            return 0
        process = self.uses_process_stack
        values = {
            8: self.other_sp if process else self._words[SP],
            9: self._words[SP] if process else self.other_sp,
            10: self.other_limit if process else self._words[STACK_LIMIT],
            11: self._words[STACK_LIMIT] if process else self.other_limit,
            16: e.primask,
            17: e.basepri,
            18: e.basepri,
            19: e.faultmask,
            20: self.control,
        }
        return values.get(sysm, 0)

    def write(self, sysm: int, mask: int, value: int) -> None:
        """MSR (B5.2.3). Unprivileged code may only write the flags."""
        e = self._exceptions
        if sysm < 4:
            keep = self._state.xpsr_flags
            changed = self.flags & ((0xF8000000 if mask & 2 else 0) | (0x000F0000 if mask & 1 else 0))
            self._state.xpsr_flags = keep & ~changed | value & changed
        elif not self.privileged or sysm in self._missing:
            return
        elif sysm == 8 or sysm == 9:
            if (sysm == 9) == self.uses_process_stack:
                self._words[SP] = value & ~3
            else:
                self.other_sp = value & ~3
        elif sysm == 10 or sysm == 11:
            if (sysm == 11) == self.uses_process_stack:
                self._words[STACK_LIMIT] = value & ~7
            else:
                self.other_limit = value & ~7
        elif sysm == 16:
            e.primask = value & 1
        elif sysm == 17:
            e.basepri = value & e.priority_mask
        elif sysm == 18:
            level = value & e.priority_mask
            if level and (not e.basepri or level < e.basepri):
                e.basepri = level
        elif sysm == 19:
            # Setting needs a priority above -1; clearing is what __set_FAULTMASK(0) relies on.
            if not value & 1 or e.execution_priority() > -1:
                e.faultmask = value & 1
        elif sysm == 20:
            self._write_control(value)

    def _write_control(self, value: int) -> None:
        before = self.uses_process_stack
        keep_spsel = self.control & 2 if self.ipsr else value & 2
        self.control = value & self._control_bits & ~2 | keep_spsel
        if self.uses_process_stack != before:
            self._swap_stacks()
