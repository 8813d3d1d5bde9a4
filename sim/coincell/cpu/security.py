"""Armv8-M's Security Extension with the state fixed: what its instructions and Non-secure registers are then.

A core is in one world for good (`CoreOptions.security`):

* "none": it has no Security Extension. There is nothing Secure or Non-secure about it.
* "secure": as after reset, and the attribution unit stays off, so that all memory is Secure.
* "nonsecure": as firmware that Secure firmware started sees it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.exc_return import ARMV7M, NO_SECURITY, SECURE
from coincell.cpu.faults import invalid_entry_point, stack_overflow, unaligned
from coincell.cpu.state import EXIT, ITSTATE, R

if TYPE_CHECKING:
    from coincell.cpu.core import Core

WORLDS = ("none", "secure", "nonsecure")
_NS = 0x80
"""SYSm of a Non-secure register is that of the register with this bit set."""
_MSP, _PSP, _MSPLIM, _PSPLIM, _PRIMASK, _BASEPRI, _FAULTMASK, _CONTROL = 8, 9, 10, 11, 16, 17, 19, 20
_SP_NS = 0x98
PRIS, SYSRESETREQS = 1 << 14, 1 << 3
"""Bits of AIRCR: Non-secure priorities are the lower half; only Secure code may ask for a reset."""
_EXEMPT = (
    *((0xE0000000, 0xE0002FFF), (0xE000E000, 0xE000EFFF), (0xE002E000, 0xE002EFFF)),
    *((0xE0040000, 0xE0041FFF), (0xE00FF000, 0xE00FFFFF)),
)
"""ITM, DWT and FPB; the SCS and its alias; TPIU and ETM; the ROM table."""


def _is_exempt(address: int) -> bool:
    """What belongs to the state that accesses it, whatever the attribution unit says (DDI 0553, B8.3.2)."""
    return any(first <= address <= last for first, last in _EXEMPT)


class Security:
    """The fixed world of one core: TT, SG, BXNS, and the registers of the world that it is not in."""

    def __init__(self, core: Core, world: str) -> None:
        if world not in WORLDS:
            raise ValueError(f"security is one of {', '.join(WORLDS)}, not {world!r}")
        self.core, self.world = core, world
        self.secure = world == "secure"
        self.return_base = (SECURE if self.secure else NO_SECURITY) if core.is_v8m else ARMV7M
        """What EXC_RETURN always has."""
        self.reset()

    def reset(self) -> None:
        self._banked = dict.fromkeys(
            (_MSP, _PSP, _MSPLIM, _PSPLIM, _PRIMASK, _BASEPRI, _FAULTMASK, _CONTROL), 0
        )
        """Non-secure registers by SYSm, as Secure code sees them."""
        self.choices = 0
        """AIRCR.PRIS and SYSRESETREQS."""
        self.power = self.nonsecure_access = 0
        """CPPWR and NSACR."""

    # ---- instructions -----------------------------------------------------------------------------------
    def gateway(self) -> None:
        """SG in the state that the memory calls for: a NOP, which in Secure state ends an IT block."""
        if self.secure:
            self.core.state.words[ITSTATE] = 0

    def test_target(self, address: int, nonsecure: bool, unprivileged: bool) -> int:
        """The response of TT, TTT, TTA, TTAT (DDI 0553, TT_RESP)."""
        core = self.core
        if nonsecure and not self.secure:
            core.ops.undefined()
        privileged = core.special.privileged
        if nonsecure:
            # The Non-secure MPU, which is never enabled: the default memory map.
            region, readable, writable = None, True, True
        elif not privileged:
            # Unprivileged code learns nothing of the MPU.
            region, readable, writable = None, False, False
        else:
            region, readable, writable = core.mpu.target(address, not unprivileged)
        response = (region or 0) | (region is not None) << 16 | readable << 18 | writable << 19
        if not self.secure:
            return response
        # No attribution region is named: the unit has none. NSR and NSRW, or S.
        return response | (3 << 20 if nonsecure and _is_exempt(address) else 1 << 22)

    def branch_nonsecure(self, target: int, link: bool) -> None:
        """BXNS and BLXNS. A branch to the Non-secure state meets memory that is all Secure."""
        core = self.core
        if not self.secure:
            core.ops.undefined()
        words, o = core.state.words, core.ops
        returns = target >= core.lowest_return and core.special.ipsr and not link
        if not target & 1 and not returns:
            raise invalid_entry_point(target)
        if link:
            words[R + 14] = o.next_pc | 1
        o.branch_exchange(target)

    def save_fp_context(self, address: int) -> None:
        """VLSTM: floating-point registers of Secure code, stored or left for later."""
        core = self.core
        if not self._holds_fp_context():
            return
        if address & 7:
            raise unaligned(address)
        if core.fp.lazy:
            core.fp.reserve(address)
        else:
            for n, slot in enumerate(core.fp.slots):
                core.access.store(address + 4 * n & 0xFFFFFFFF, core.state.words[slot], 4, aligned=True)
            core.fp.stored()
        core.special.control &= ~4
        core.fp.update_ready()

    def load_fp_context(self, address: int) -> None:
        """VLLDM: what VLSTM saved; nothing to load when it was never stored."""
        core = self.core
        if not self._holds_fp_context():
            return
        if core.fp.pending:
            core.fp.pending = False
        else:
            if address & 7:
                raise unaligned(address)
            places = [address + 4 * n & 0xFFFFFFFF for n in range(len(core.fp.slots))]
            core.fp.restore([core.access.load(at, 4, aligned=True) for at in places])
        core.special.control |= 4
        core.fp.update_ready()

    def _holds_fp_context(self) -> bool:
        """Whether the floating-point registers are Secure code's, so that VLSTM and VLLDM do anything.

        Raises CoreFault outside the Secure state, and where the FPU may not be used.
        """
        core = self.core
        if not self.secure:
            core.ops.undefined()
        if not core.has_fpu or not core.special.control & 8:
            return False
        core.fp.check_access()
        return True

    # ---- Non-secure registers by MRS and MSR --------------------------------------------------------------
    def read_special(self, sysm: int) -> int:
        """MRS of a register of the Non-secure state: zero outside the Secure state."""
        if not self.secure or not self.core.special.privileged:
            return 0
        if sysm == _SP_NS:
            return self._banked[self._stack_in_use()]
        return self._banked.get(sysm & ~_NS, 0)

    def write_special(self, sysm: int, value: int) -> None:
        """MSR of a register of the Non-secure state: ignored outside the Secure state. Raises CoreFault."""
        if not self.secure or not self.core.special.privileged:
            return
        n = self._stack_in_use() if sysm == _SP_NS else sysm & ~_NS
        if n not in self._banked:
            return
        keep = {_PRIMASK: 1, _FAULTMASK: 1, _CONTROL: 7 if self.core.has_fpu else 3}
        keep |= {_MSP: ~3, _PSP: ~3, _MSPLIM: ~7, _PSPLIM: ~7, _BASEPRI: self.core.exceptions.priority_mask}
        value &= keep[n]
        if sysm == _SP_NS and value < self._banked[_PSPLIM if n == _PSP else _MSPLIM]:
            raise stack_overflow(value)
        self._banked[n] = value
        self._update_masks()

    def _stack_in_use(self) -> int:
        """The SYSm of the stack that the Non-secure state would use in the present mode."""
        return _PSP if self._banked[_CONTROL] & 2 and not self.core.special.ipsr else _MSP

    def choose(self, value: int) -> None:
        """AIRCR was written."""
        self.choices = value & (PRIS | SYSRESETREQS)
        self._update_masks()

    def _update_masks(self) -> None:
        """Non-secure masks hold back Secure exceptions too (DDI 0553, ExecutionPriority)."""
        exceptions = self.core.exceptions
        levels = [exceptions.group(self._banked[_BASEPRI])] if self._banked[_BASEPRI] else []
        if self._banked[_PRIMASK] or self._banked[_FAULTMASK]:
            levels.append(0)
        if self.choices & PRIS:
            levels = [0x80 | level >> 1 for level in levels]
        exceptions.masked_to = min(levels, default=None)
        self.core.state.words[EXIT] |= 1
