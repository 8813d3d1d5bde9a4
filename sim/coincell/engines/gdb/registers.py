"""The registers that GDB sees of a core, and how it is told (GDB manual, appendix G.5.3, "ARM Features")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from coincell.cpu.core import Core
from coincell.cpu.special import SP
from coincell.cpu.state import FPSCR, ITSTATE, PIPE, R, S
from coincell.timing.pipeline import REFILL

_M_PROFILE, _VFP = "org.gnu.gdb.arm.m-profile", "org.gnu.gdb.arm.vfp"
_M_SYSTEM = "org.gnu.gdb.arm.m-system"
_MSPLIM, _PSPLIM, _PRIMASK, _BASEPRI, _FAULTMASK, _CONTROL = 10, 11, 16, 17, 19, 20
"""Numbers of special registers (Armv7-M ARM, B5.2.1; Armv8-M ARM, MRS)."""


@dataclass(frozen=True)
class Register:
    """One register of one core. Values are unsigned."""

    name: str
    bits: int
    feature: str
    kind: str
    read: Callable[[], int]
    write: Callable[[int], None]


def registers_of(core: Core) -> tuple[Register, ...]:
    """In the order of their numbers."""
    names = [f"r{n}" for n in range(13)] + ["sp", "lr", "pc"]
    kinds = ["int"] * 13 + ["data_ptr", "int", "code_ptr"]
    found = [
        _core_register(core, n, name, kind) for n, (name, kind) in enumerate(zip(names, kinds, strict=True))
    ]
    found.append(
        Register("xpsr", 32, _M_PROFILE, "int", lambda: _read_xpsr(core), lambda v: _write_xpsr(core, v))
    )
    if core.has_fpu:
        found += [_double(core, n) for n in range(16)]
        found.append(_word(core, FPSCR, "fpscr", _VFP))
    found += [_stack(core, "msp", process=False), _stack(core, "psp", process=True)]
    found.append(_special(core, "primask", _PRIMASK))
    if "v7m" in core.options.features:
        found += [_special(core, "basepri", _BASEPRI), _special(core, "faultmask", _FAULTMASK)]
    if core.is_v8m:
        found += [_special(core, "msplim", _MSPLIM), _special(core, "psplim", _PSPLIM)]
    found.append(_special(core, "control", _CONTROL))
    return tuple(found)


def target_description(registers: tuple[Register, ...]) -> str:
    """The XML that GDB reads as target.xml. Numbers count from 0 in the order given."""
    lines = ['<?xml version="1.0"?>', '<!DOCTYPE target SYSTEM "gdb-target.dtd">', '<target version="1.0">']
    lines.append("<architecture>arm</architecture>")
    numbered = list(enumerate(registers))
    for feature, group in groupby(numbered, key=lambda item: item[1].feature):
        lines.append(f'<feature name="{feature}">')
        lines += [
            f'<reg name="{r.name}" bitsize="{r.bits}" regnum="{number}" type="{r.kind}"/>'
            for number, r in group
        ]
        lines.append("</feature>")
    return "\n".join([*lines, "</target>"])


def _word(core: Core, slot: int, name: str, feature: str, kind: str = "int") -> Register:
    words = core.state.words

    def write(value: int) -> None:
        words[slot] = value

    return Register(name, 32, feature, kind, lambda: words[slot], write)


def _core_register(core: Core, n: int, name: str, kind: str) -> Register:
    plain = _word(core, R + n, name, _M_PROFILE, kind)
    if n < 13 or n == 14:
        return plain
    write = (lambda value: plain.write(value & ~3)) if n == 13 else (lambda value: _jump(core, value & ~1))
    return Register(name, 32, _M_PROFILE, kind, plain.read, write)


def _jump(core: Core, address: int) -> None:
    """The pipeline starts anew there, outside any IT block."""
    words = core.state.words
    if words[R + 15] != address:
        words[R + 15], words[ITSTATE], words[PIPE] = address, 0, REFILL


def _read_xpsr(core: Core) -> int:
    it = core.state.words[ITSTATE]
    return (
        core.state.xpsr_flags | core.special.ipsr | int(core.thumb) << 24 | (it & 3) << 25 | (it >> 2) << 10
    )


def _write_xpsr(core: Core, value: int) -> None:
    """IPSR stays: the exception that runs is not a matter of a register."""
    core.state.xpsr_flags = value
    core.thumb = bool(value >> 24 & 1)
    core.state.words[ITSTATE] = (value >> 25 & 3) | (value >> 10 & 0x3F) << 2


def _double(core: Core, n: int) -> Register:
    """d0-d15; GDB shows the single-precision registers as their halves."""
    words = core.state.words
    low = S + 2 * n

    def write(value: int) -> None:
        words[low], words[low + 1] = value & 0xFFFFFFFF, value >> 32

    return Register(f"d{n}", 64, _VFP, "ieee_double", lambda: words[low] | words[low + 1] << 32, write)


def _stack(core: Core, name: str, *, process: bool) -> Register:
    """MSP or PSP: one of them is r13."""
    words, special = core.state.words, core.special

    def read() -> int:
        return words[SP] if special.uses_process_stack == process else special.other_sp

    def write(value: int) -> None:
        if special.uses_process_stack == process:
            words[SP] = value & ~3
        else:
            special.other_sp = value & ~3

    return Register(name, 32, _M_SYSTEM, "data_ptr", read, write)


def _special(core: Core, name: str, number: int) -> Register:
    """Read and written as privileged code would (MRS, MSR)."""
    special = core.special

    def as_privileged(action: Callable[[], int | None]) -> int | None:
        held = special.control & 1
        special.control &= ~1
        try:
            return action()
        finally:
            special.control |= held

    def read() -> int:
        if number == _CONTROL:
            return special.control
        return as_privileged(lambda: special.read(number)) or 0

    def write(value: int) -> None:
        if number == _CONTROL:
            special.control &= ~1
            special.write(number, 0, value)
            core.fp.update_ready()
        else:
            as_privileged(lambda: special.write(number, 0, value))

    return Register(name, 32, _M_SYSTEM, "int", read, write)
