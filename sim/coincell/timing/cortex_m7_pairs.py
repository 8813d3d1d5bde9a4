"""Which two instructions Cortex-M7 issues in one cycle. Source: jnk0le/random, cortex_m7.md (commit 3dfc2ab),
measured on an STM32H743. The older of the two comes first in the program."""

from __future__ import annotations

from coincell.isa.encoding import DecodedInstruction
from coincell.timing.footprint import footprint
from coincell.timing.kinds import Kind, is_double, kind_of, mnemonic

(SIMPLE, SHIFT, SHIFTED, EXTRACT, DSP, MULTIPLY, LOAD_EVEN, LOAD_ODD, STORE) = range(1, 10)
(FP, FP_MAC, FP_LOAD_EVEN, FP_LOAD_ODD, FP_STORE, FP_MOVE) = range(10, 16)
"""Kinds of older instruction, for `History.open`. 0: none that may be joined."""

_OLDER = {
    Kind.SHIFT: SHIFT,
    Kind.SHIFTED: SHIFTED,
    Kind.ROTATED: SHIFTED,
    Kind.EXTRACT: EXTRACT,
    Kind.EXTRACT_ADD: EXTRACT,
    Kind.DSP: DSP,
    Kind.MULTIPLY: MULTIPLY,
    Kind.LOAD: LOAD_EVEN,
    Kind.STORE: STORE,
    Kind.FP: FP,
    Kind.FP_DIVIDE: FP,
    Kind.FP_MAC: FP_MAC,
    Kind.FP_LOAD: FP_LOAD_EVEN,
    Kind.FP_STORE: FP_STORE,
    Kind.FP_MOVE: FP_MOVE,
}
_EVEN, _ODD = {LOAD_EVEN, FP_LOAD_EVEN}, {LOAD_ODD, FP_LOAD_ODD}
_FP_PORTS = {FP_LOAD_EVEN, FP_LOAD_ODD, FP_STORE, FP_MOVE}
_REFUSES: dict[Kind, set[int]] = {
    # The table of second operands; "slippery" pairs count as refused.
    Kind.SHIFTED: {SHIFT, SHIFTED, EXTRACT},
    Kind.ROTATED: {SHIFT, SHIFTED, EXTRACT},
    # One multiplier, and it shares something with stores.
    Kind.MULTIPLY: {MULTIPLY, STORE},
    Kind.STORE: {MULTIPLY, STORE, FP_STORE},
    Kind.FP_STORE: {STORE, FP_STORE, FP_MAC},
    Kind.FP_LOAD: {FP_MAC},
    Kind.FP: {FP, FP_MAC},
    Kind.FP_MAC: {FP, FP_MAC} | _FP_PORTS,
    Kind.FP_MOVE: {FP_MAC},
}
"""Kind of the younger -> kinds of older that it cannot join."""
_NEVER_YOUNGER = {Kind.EXTRACT, Kind.EXTRACT_ADD, Kind.DSP, Kind.FP_DIVIDE}
"""Bit field and DSP instructions are the older of two. (Division of floats: an integer one joins it.)"""
_ALONE = {Kind.SYSTEM, Kind.MULTIPLE, Kind.DIVIDE}


def opens(instruction: DecodedInstruction, kind: Kind) -> int:
    """What `History.open` becomes when this one is the older."""
    if _is_alone(instruction, kind):
        return 0
    if kind in (Kind.LOAD, Kind.FP_LOAD):
        return _OLDER[kind] + _is_odd(instruction)
    return _OLDER.get(kind, SIMPLE)


def joins(instruction: DecodedInstruction, kind: Kind, older: int) -> bool:
    """Whether this one may be the younger, its operands apart."""
    if not older or _is_alone(instruction, kind) or kind in _NEVER_YOUNGER:
        return False
    if kind in (Kind.LOAD, Kind.FP_LOAD) and older in (_ODD if _is_odd(instruction) else _EVEN):
        return False
    double = is_double(instruction) and kind in (Kind.FP, Kind.FP_MAC)
    return not double and older not in _REFUSES.get(kind, ())


def _is_alone(instruction: DecodedInstruction, kind: Kind) -> bool:
    if kind in _ALONE or mnemonic(instruction) in ("VMRS", "VMSR", "TBB", "TBH"):
        return True
    use = footprint(instruction)
    both = {r for r in use.reads | use.writes if r[0] == "r"}
    return kind is Kind.FP_MOVE and len(both) == 2


def _is_odd(instruction: DecodedInstruction) -> bool:
    """Bit 2 of the offset: which of two banks a load finds its word in, for an aligned base."""
    fields = instruction.fields
    if "Rm" in fields or not fields.get("P", 1):
        return False
    offset = next((fields[name] for name in ("imm5", "imm8", "imm12") if name in fields), 0)
    scaled = kind_of(instruction) is Kind.FP_LOAD or (
        instruction.size == 2 and mnemonic(instruction) == "LDR"
    )
    if scaled:
        return bool(offset & 1)
    if instruction.size == 2 and mnemonic(instruction) in ("LDRH", "LDRSH"):
        return bool(offset >> 1 & 1)
    return bool(offset >> 2 & 1)
