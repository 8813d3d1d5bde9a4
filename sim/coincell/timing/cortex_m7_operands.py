"""When Cortex-M7 instructions read their operands, and when their results are there.

The usual time is the late ALU's. Sources as in `cortex_m7`: [J] and [L].
"""

from __future__ import annotations

import re
from functools import lru_cache

from coincell.isa.encoding import DecodedInstruction
from coincell.timing.footprint import footprint
from coincell.timing.kinds import Kind, accumulated, fp_addend, mnemonic, updated_base
from coincell.timing.scoreboard import FLAGS, FPU, Read, Result, register

EARLY = -1
"""Addresses, shifted operands and the sources of bit field instructions go in a cycle before the late ALU."""
STORED = 2
"""What is stored may come from anything of the same cycle [J]."""
ADDEND = 1
"""Of an integer multiply-accumulate: a stage after the late ALU [J]."""
AFTER_LOAD = 1
"""Multiplications, and operations with an early operand, miss the fast way from a word load [J]."""
WORD_LOAD, NARROW_LOAD, MULTIPLIED, SATURATED = 1, 2, 2, 2
"""Latencies: LDR; LDRB, LDRH and kin; multiplications [J]; QADD and kin, SSAT and USAT [L]."""
FP_LATENCY, FUSED, CHAINED, FP_LOADED = 3, 5, 6, 1
"""VADD, VMUL, VMOV; VFMA; VMLA; VLDR [J]."""
FUSED_ADDEND, CHAINED_ADDEND, ADDEND_OF_OTHER = 2, 3, 2
"""VFMA takes the sum of a VFMA two stages late and VMLA three: 3 cycles. Not the result of anything else: 3
and 2 cycles after VADD and VMUL [J]."""
FPU_BLOCKED = 3
"""After a multiply-accumulate VADD, VLDM, VSTM and VMOV of a constant wait [J]."""


@lru_cache(maxsize=1 << 14)
def reads_of(instruction: DecodedInstruction, kind: Kind) -> tuple[Read, ...]:
    """Its operands. Branches are predicted: they wait for no flag."""
    use = footprint(instruction)
    reads = [_read(instruction, kind, name) for name in sorted(use.reads) if register(name)]
    if use.branch:
        reads = [r for r in reads if r.register != FLAGS]
    if _waits_for_fpu(instruction, kind):
        reads.append(Read(FPU))
    return tuple(dict.fromkeys(reads))


def _read(instruction: DecodedInstruction, kind: Kind, name: str) -> Read:
    number, use, fields = register(name), footprint(instruction), instruction.fields
    if number == FLAGS:
        return Read(FLAGS)
    if name in use.address_sources:
        return Read(number, EARLY)
    if kind in (Kind.STORE, Kind.FP_STORE, Kind.MULTIPLE):
        return Read(number, STORED)
    if kind is Kind.MULTIPLY:
        return Read(number, ADDEND) if name in accumulated(instruction) else Read(number, 0, AFTER_LOAD)
    if kind is Kind.FP_MAC and name in fp_addend(instruction):
        return Read(number, FUSED_ADDEND if _is_fused(instruction) else CHAINED_ADDEND, ADDEND_OF_OTHER)
    if name in {f"r{fields[f]}" for f in _early_fields(instruction, kind) if f in fields}:
        return Read(number, EARLY)
    return Read(number, 0, AFTER_LOAD if kind in (Kind.SHIFTED, Kind.EXTRACT_ADD) else 0)


def _early_fields(instruction: DecodedInstruction, kind: Kind) -> tuple[str, ...]:
    """Fields whose registers go through the shifter of the early ALU. SXTB and its kin read as usual [L]."""
    name = mnemonic(instruction)
    if name in ("BFI", "SSAT", "USAT", "SSAT16", "USAT16"):
        return ("Rn",)
    if name == "PKHTB" or (kind is Kind.EXTRACT and not re.match("[SU]XT", name)):
        return ("Rn", "Rm")
    return ("Rm",) if kind in (Kind.SHIFTED, Kind.EXTRACT_ADD) else ()


def _is_fused(instruction: DecodedInstruction) -> bool:
    return mnemonic(instruction) in ("VFMA", "VFMS", "VFNMA", "VFNMS")


def _waits_for_fpu(instruction: DecodedInstruction, kind: Kind) -> bool:
    name = mnemonic(instruction)
    constant = instruction.name.startswith("VMOV (immediate)")
    return name in ("VADD", "VSUB", "VLDM", "VSTM") or constant or (name[0] == "V" and kind is Kind.MULTIPLE)


@lru_cache(maxsize=1 << 14)
def results_of(instruction: DecodedInstruction, kind: Kind, early: bool) -> tuple[Result, ...]:
    """Its results. `early`: it is the older of its cycle and its operands are there for the early ALU."""
    use = footprint(instruction)
    latency = _latency(instruction, kind, early)
    updated = updated_base(instruction)
    written = [n for n in sorted(map(register, use.writes - updated)) if n and n != FLAGS]
    if kind is Kind.MULTIPLE:
        written = written[-1:] if use.loads else []
    other = kind in (Kind.FP, Kind.FP_MOVE, Kind.FP_LOAD)
    results = [Result(n, latency, (kind is Kind.LOAD and latency == WORD_LOAD) or other) for n in written]
    results += [Result(register(name), 0) for name in updated]  # written back by the address unit [L]
    if use.writes & {"n", "z", "c", "v"}:
        results.append(Result(FLAGS, 1))
    if kind is Kind.FP_MAC:
        results.append(Result(FPU, 1 + FPU_BLOCKED))
    return tuple(results)


def _latency(instruction: DecodedInstruction, kind: Kind, early: bool) -> int:
    if kind in (Kind.SUM, Kind.SHIFT):
        return 0 if early else 1  # through the early ALU [J]
    if kind is Kind.LOAD:
        return WORD_LOAD if mnemonic(instruction) in ("LDR", "LDRT") else NARROW_LOAD
    if mnemonic(instruction) in ("REV", "REV16", "REVSH", "RBIT"):
        return 0  # [L]
    if kind is Kind.DSP and re.match(r"U?Q|[SU]SAT", mnemonic(instruction)):
        return SATURATED
    if kind is Kind.FP_MAC:
        return FUSED if _is_fused(instruction) else CHAINED
    if kind is Kind.FP_MOVE:
        return 1 if any(r[0] == "r" for r in footprint(instruction).writes) else FP_LATENCY
    return {Kind.MULTIPLY: MULTIPLIED, Kind.FP: FP_LATENCY, Kind.FP_LOAD: FP_LOADED}.get(kind, 1)
