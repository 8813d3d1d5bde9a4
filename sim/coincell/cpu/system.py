"""The operations of `isa.ops` that need the whole core: special registers, sleep, exclusives, exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.exceptions import HARD_FAULT, SVCALL
from coincell.cpu.faults import FORCED, CoreFault, no_coprocessor, undefined_instruction
from coincell.cpu.interpreter import InterpreterOps
from coincell.cpu.stack_limits import check_stack
from coincell.cpu.state import EXIT, STACK_LIMIT, R

if TYPE_CHECKING:
    from coincell.cpu.core import Core

LEAVE = 1
"""Bit of words[EXIT]: leave compiled code after this instruction."""


class CoreOps(InterpreterOps):
    """`isa.ops.Ops` over Python integers for a whole core."""

    def __init__(self, core: Core) -> None:
        super().__init__(core.state, core.access)
        self.core = core

    def udiv(self, a: int, b: int) -> int:
        if not b:
            self.core.division_by_zero()
        return super().udiv(a, b)

    def sdiv(self, a: int, b: int) -> int:
        if not b:
            self.core.division_by_zero()
        return super().sdiv(a, b)

    def branch_exchange(self, address: int) -> None:
        self.words[R + 15] = address
        self.branched = True
        self.core.exchange = True

    def check_stack(self, address: int) -> None:
        if address < self.words[STACK_LIMIT]:
            check_stack(self.core, address)

    def read_special(self, sysm: int) -> int:
        if sysm & 0x80 and self.core.is_v8m:
            return self.core.security.read_special(sysm)
        return self.core.special.read(sysm)

    def write_special(self, sysm: int, mask: int, value: int) -> None:
        if sysm & 0x80 and self.core.is_v8m:
            self.core.security.write_special(sysm, value)
        else:
            self.core.special.write(sysm, mask, value)
        self.core.fp.update_ready()
        self.words[EXIT] |= LEAVE

    def change_masks(self, disable: bool, primask: bool, faultmask: bool) -> None:
        special, exceptions = self.core.special, self.core.exceptions
        if special.privileged:
            if primask:
                exceptions.primask = int(disable)
            if faultmask and special.is_v7m and (not disable or exceptions.execution_priority() > -1):
                exceptions.faultmask = int(disable)
        self.words[EXIT] |= LEAVE

    def wait(self, kind: str) -> None:
        exceptions = self.core.exceptions
        if kind == "wfe" and exceptions.event:
            exceptions.event = False
            return
        self.core.sleep(kind)

    def send_event(self) -> None:
        self.core.send_event()

    def barrier(self, kind: str) -> None:
        self.words[EXIT] |= LEAVE

    def supervisor_call(self, number: int) -> None:
        exceptions = self.core.exceptions
        exceptions.pend(SVCALL)
        if exceptions.group(exceptions.priority[SVCALL]) >= exceptions.execution_priority():
            exceptions.unpend(SVCALL)
            what = f"SVC {number} where SVCall cannot preempt (escalated)"
            raise CoreFault(HARD_FAULT, 0, what, hard_bit=FORCED)

    def breakpoint(self, number: int) -> None:
        self.core.breakpoint(number)

    def load_exclusive(self, address: int, size: int) -> int:
        value = self.load(address, size, aligned=True)
        self.core.exclusive = True
        return value

    def store_exclusive(self, address: int, value: int, size: int) -> int:
        held, self.core.exclusive = self.core.exclusive, False
        if held:
            self.store(address, value, size, aligned=True)
        return int(not held)

    def clear_exclusive(self) -> None:
        self.core.exclusive = False

    def test_target(self, address: int, nonsecure: bool, unprivileged: bool) -> int:
        return self.core.security.test_target(address, nonsecure, unprivileged)

    def secure_gateway(self) -> None:
        self.core.security.gateway()

    def branch_nonsecure(self, target: int, link: bool) -> None:
        self.core.security.branch_nonsecure(target, link)

    def save_fp_context(self, address: int) -> None:
        self.core.security.save_fp_context(address)

    def load_fp_context(self, address: int) -> None:
        self.core.security.load_fp_context(address)

    def coprocessor(self, number: int) -> None:
        """An encoding that nothing declares: NOCP, unless it is the FPU's and the FPU is there (A5.3.18)."""
        if number in (10, 11) and self.core.has_fpu and self.core.fp.allowed():
            raise undefined_instruction(self._opcode())
        raise no_coprocessor(number)

    def undefined(self) -> None:
        raise undefined_instruction(self._opcode())

    def _opcode(self) -> int:
        """The instruction being executed."""
        fetch, address = self.core.access.fetch, self.pc - 4
        opcode = fetch(address, 2)
        return opcode << 16 | fetch(address + 2, 2) if self.next_pc - address == 4 else opcode
