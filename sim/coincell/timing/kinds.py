"""What kind of work an instruction is, for the cores whose timing depends on it (M7, M33)."""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache

from coincell.isa.encoding import DecodedInstruction
from coincell.timing.footprint import footprint


class Kind(Enum):
    """The distinctions that pipelines make."""

    SYSTEM = auto()
    IT = auto()
    NOP = auto()
    BRANCH = auto()
    LOAD = auto()
    """One integer register, or PC."""
    STORE = auto()
    MULTIPLE = auto()
    """LDM, STM, PUSH, POP, LDRD, STRD and their FPU kin, VLDR.64 and VSTR.64 too."""
    FP_LOAD = auto()
    FP_STORE = auto()
    SUM = auto()
    """ADD, SUB, MOV without a shift."""
    ALU = auto()
    SHIFT = auto()
    """A shift or rotation alone."""
    SHIFTED = auto()
    """An operation whose second operand is a shifted register."""
    ROTATED = auto()
    """An operation whose second operand is a constant that is a byte, shifted."""
    EXTRACT = auto()
    """Bit fields, byte reversal, extension."""
    EXTRACT_ADD = auto()
    """BFI, BFC, PKH and extension with addition: one operand goes through a shifter first."""
    DSP = auto()
    """Saturating and parallel arithmetic, CLZ, SEL."""
    MULTIPLY = auto()
    DIVIDE = auto()
    FP_MOVE = auto()
    """Between registers, and constants."""
    FP = auto()
    FP_MAC = auto()
    FP_DIVIDE = auto()


_SUMS = {"ADD", "SUB", "MOV", "MOVT", "ADR"}
_SHIFTS = {"LSL", "LSR", "ASR", "ROR"}
_EXTRACTS = {"SBFX", "UBFX", "REV", "REV16", "REVSH", "RBIT", "SXTB", "SXTH", "UXTB", "UXTH"}
_EXTRACTS |= {"SXTB16", "UXTB16"}
_EXTRACT_ADDS = {"BFI", "BFC", "PKHBT", "PKHTB", "SXTAB", "SXTAH", "UXTAB", "UXTAH", "SXTAB16", "UXTAB16"}
_MULTIPLIES = re.compile(r"MUL|ML[AS]|[SU]MULL|[SU]MLAL|UMAAL|SM(UL|LA|UA|US|LS|MUL|ML).*|USADA?8")
_DSP_MODULES = ("parallel", "dsp")


def mnemonic(instruction: DecodedInstruction) -> str:
    """The name without encoding, operands and type: "ADD", "VLDR", "IT"."""
    return re.split(r"[ .]", instruction.name, maxsplit=1)[0]


def is_double(instruction: DecodedInstruction) -> bool:
    """Whether it calculates with doubles or moves them."""
    return bool(re.search(r"[.]F?64", instruction.name)) or instruction.encoding.feature == "fpdp"


@lru_cache(maxsize=1 << 14)
def kind_of(instruction: DecodedInstruction) -> Kind:
    """Every declared instruction has a kind."""
    if instruction.encoding.interpreted:
        return Kind.SYSTEM
    use, name = footprint(instruction), mnemonic(instruction)
    if name.startswith("IT"):
        return Kind.IT
    if use.memory:
        return _memory_kind(instruction)
    if use.branch:
        return Kind.BRANCH
    if name in ("SDIV", "UDIV"):
        return Kind.DIVIDE
    if name.startswith("V"):
        return _floating_kind(use.fp_operations, name)
    if not use.reads and not use.writes:
        return Kind.NOP
    return _integer_kind(instruction, name)


def _memory_kind(instruction: DecodedInstruction) -> Kind:
    use = footprint(instruction)
    n = use.loads + use.stores
    if n > 1 or re.search(r"LDM|STM|PUSH|POP", instruction.name):
        return Kind.MULTIPLE
    if instruction.name.startswith("V"):
        return Kind.FP_LOAD if use.loads else Kind.FP_STORE
    return Kind.LOAD if use.loads else Kind.STORE


def _floating_kind(operations: tuple[str, ...], name: str) -> Kind:
    if "div" in operations or "sqrt" in operations or name in ("VDIV", "VSQRT"):
        return Kind.FP_DIVIDE
    if name in ("VMLA", "VMLS", "VNMLA", "VNMLS", "VFMA", "VFMS", "VFNMA", "VFNMS"):
        return Kind.FP_MAC
    return Kind.FP_MOVE if name in ("VMOV", "VMRS", "VMSR") else Kind.FP


def _integer_kind(instruction: DecodedInstruction, name: str) -> Kind:
    module = instruction.encoding.semantics.__module__.rpartition(".")[2]
    if _MULTIPLIES.fullmatch(name):
        return Kind.MULTIPLY
    if name in _EXTRACTS:
        return Kind.EXTRACT
    if name in _EXTRACT_ADDS:
        return Kind.EXTRACT_ADD
    if module in _DSP_MODULES or name == "CLZ":
        return Kind.DSP
    if name in _SHIFTS:
        return Kind.SHIFT
    fields = instruction.fields
    if instruction.size == 4 and "imm2" in fields and "Rm" in fields:
        shifted = fields["imm3"] or fields["imm2"] or fields["type"]
        if shifted:
            return Kind.SHIFT if name == "MOV" else Kind.SHIFTED
    if instruction.size == 4 and "(immediate)" in instruction.name and is_rotated_constant(instruction):
        return Kind.ROTATED
    return Kind.SUM if name in _SUMS else Kind.ALU


def is_rotated_constant(instruction: DecodedInstruction) -> bool:
    """Whether a modified constant is a byte, shifted (ARMv7-M ARM A5.3.2): not plain, not a pattern."""
    fields = instruction.fields
    return instruction.name.endswith("(immediate)") and bool(fields["i"] or fields["imm3"] & 4)


def accumulated(instruction: DecodedInstruction) -> frozenset[str]:
    """Registers that a multiplication or an extension adds to, unless they are factors; else none."""
    kind, fields = kind_of(instruction), instruction.fields
    added: tuple[str, ...]
    factors: tuple[str, ...]
    if kind is Kind.MULTIPLY:
        added, factors = ("RdLo", "RdHi", "Ra"), ("Rn", "Rm")
    elif kind is Kind.EXTRACT_ADD:
        added, factors = ("Rn",), ("Rm",)
    else:
        return frozenset()
    names = {f"r{fields[name]}" for name in added if name in fields}
    names -= {f"r{fields[name]}" for name in factors if name in fields}
    return frozenset(names & footprint(instruction).reads)


def fp_addend(instruction: DecodedInstruction) -> frozenset[str]:
    """The S registers that a floating-point multiply-accumulate adds to, unless they are factors."""
    use = footprint(instruction)
    fields = instruction.fields
    if is_double(instruction):
        d = [fields["N"] << 4 | fields["Vn"], fields["M"] << 4 | fields["Vm"]]
        factors = {f"s{2 * n + half}" for n in d for half in (0, 1)}
    else:
        factors = {f"s{fields['Vn'] << 1 | fields['N']}", f"s{fields['Vm'] << 1 | fields['M']}"}
    return frozenset(r for r in use.writes & use.reads if r[0] == "s" and r not in factors)


def updated_base(instruction: DecodedInstruction) -> frozenset[str]:
    """The base register that a load or store writes back; none where it loads that register instead."""
    use, fields = footprint(instruction), instruction.fields
    loaded = {f"r{fields[name]}" for name in ("Rt", "Rt2") if name in fields} if use.loads else set()
    if use.loads and "registers" in fields:
        loaded |= {f"r{n}" for n in range(16) if fields["registers"] >> n & 1}
    return frozenset(use.address_sources & use.writes - loaded)
