"""Cortex-M33 issue rules.

Sources: jnk0le/random, "pipeline cycle test", cortex_m33.md (commit 3dfc2ab), measured on an RP2350 (r1p0);
[S] SLOTHY's cortex_m33.py (commit 902e68e), measured on the same chip. Arm publishes no
instruction timing of this core. Not compared with hardware here.

Not modelled: the store and load multiples that disturb a BX shortly after LR was loaded.
"""

from __future__ import annotations

from functools import lru_cache

from coincell.isa.encoding import DecodedInstruction
from coincell.timing.divide import division
from coincell.timing.footprint import Footprint, footprint
from coincell.timing.kinds import Kind, accumulated, fp_addend, kind_of, mnemonic, updated_base
from coincell.timing.pipeline import Issue
from coincell.timing.scoreboard import FLAGS, FPU, READY, History, Read, Result, register

NARROW, NARROW_FLAGS = 1, 2
"""Kinds of 16-bit instruction that a 16-bit NOP, IT or branch may join: without and with flags written."""
TWO_STAGES = 2
"""Latency of loads, operands shifted right or rotated, multiplications, DSP and extension with addition."""
TAKEN_ALONE, TAKEN_JOINED, TAKEN_AFTER_FLAGS = 1, 1, 2
"""What a taken branch adds: to its own cycle; to none, when it joined an instruction that set no flags, or
one that did."""
TARGET_EARLY = 1
"""BX and BLX read their register so much earlier than data processing: two cycles pass between POP {lr} and
BX lr."""
LOAD_PC = 3
"""POP {..., pc} of N registers takes about N + 3: "1 to 2 cycles" more than POP {lr} and BX with work between
(estimate from that)."""
TABLE_BRANCH = 4
"""TBB and TBH beyond their load: estimate, as Cortex-M4."""
FP_LATENCY, FP_MAC_LATENCY, FPU_BUSY = 2, 4, 2
"""VADD and VMUL; VFMA and VMLA (an addend is read a cycle later); cycles the FPU then takes nothing else."""
HURRIED = 1
"""A floating-point operation may be issued so much before its operand is there. It then holds the FPU and is
done so much later."""
FPU_DIVIDE = 14
"""VDIV.F32 and VSQRT.F32: estimate, as Cortex-M4."""
INTERPRETED = 2
"""CPS, MRS, MSR and barriers: estimate, as Cortex-M4."""


class CortexM33:
    """Implements `timing.pipeline.Pipeline`."""

    name = "cortex-m33"
    validated = False
    unaligned = (1, 2)
    """Estimate, as Cortex-M4, here and below: no figure of Arm's and no measurement was found."""
    unaligned_store = (1, 2)
    exception_entry = 12
    """The state of one world is stacked."""
    exception_return = 10
    tail_chain = 6
    entry_hides = 3
    return_hides = 6
    interpreted = INTERPRETED

    def issue(self, instruction: DecodedInstruction, address: int, pipe: int, in_it: bool) -> Issue:
        return _issue(instruction, pipe, in_it)


@lru_cache(maxsize=1 << 16)
def _issue(instruction: DecodedInstruction, pipe: int, in_it: bool) -> Issue:
    history, kind = History.unpack(pipe), kind_of(instruction)
    if kind is Kind.SYSTEM:
        after = history.followed(INTERPRETED, 0, ()).pack()
        return Issue(0, INTERPRETED, 0, 1, after)
    reads = _reads(instruction, kind)
    flags_wait = history.wait_for([Read(FLAGS)] if in_it else ())
    wait = max(history.wait_for(reads), flags_wait)
    results = _results(instruction, kind, _is_hurried(instruction, kind, history, reads, max(0, wait)))
    if history.open and instruction.size == 2 and kind in (Kind.NOP, Kind.IT, Kind.BRANCH) and wait < 0:
        taken = TAKEN_JOINED if history.open == NARROW else TAKEN_AFTER_FLAGS
        return Issue(0, 0, taken, 0, history.joined(results).pack())
    stall, cycles = max(0, wait), _cycles(instruction, kind)
    opens = 0
    if instruction.size == 2 and kind not in (Kind.NOP, Kind.IT, Kind.BRANCH):
        opens = NARROW_FLAGS if footprint(instruction).writes & {"n", "z", "c", "v"} else NARROW
    after = history.followed(stall + cycles, opens, results).pack()
    busy = FPU_DIVIDE if kind is Kind.FP_DIVIDE else 0
    return Issue(
        stall,
        0 if kind is Kind.DIVIDE else cycles,
        _taken(instruction, kind),
        1 + max(0, flags_wait),  # measured: a NOP
        after,
        operands=division(instruction) if kind is Kind.DIVIDE else None,
        fpu_wait=kind in (Kind.FP, Kind.FP_MAC, Kind.FP_DIVIDE, Kind.FP_MOVE, Kind.FP_LOAD, Kind.FP_STORE),
        fpu_busy=busy,
    )


def _taken(instruction: DecodedInstruction, kind: Kind) -> int:
    branch = footprint(instruction).branch
    if not branch:
        return 0
    if kind is Kind.BRANCH:
        return TAKEN_ALONE
    return TABLE_BRANCH if mnemonic(instruction).startswith("TB") else LOAD_PC


def _cycles(instruction: DecodedInstruction, kind: Kind) -> int:
    """Issue cycles without stalls."""
    use = footprint(instruction)
    if kind is Kind.MULTIPLE:
        return use.loads + use.stores
    if kind is Kind.FP_MOVE:
        return 2 if len(_core(use.writes)) == 2 else 1
    if kind is Kind.MULTIPLY and instruction.size == 2:
        return 2  # MULS: two stages and flags (measured, and Arm's KA001260)
    if kind is Kind.ROTATED and use.writes & {"n", "z", "c", "v"} and mnemonic(instruction) != "MOV":
        return 2
    return 1


def _core(registers: set[str]) -> set[str]:
    return {r for r in registers if r[0] == "r"}


def _reads(instruction: DecodedInstruction, kind: Kind) -> list[Read]:
    use = footprint(instruction)
    reads = [_read(instruction, kind, name) for name in sorted(use.reads) if register(name)]
    if mnemonic(instruction).startswith("V"):
        reads.append(Read(FPU))
    return list(dict.fromkeys(reads))


def _read(instruction: DecodedInstruction, kind: Kind, name: str) -> Read:
    number, use = register(name), footprint(instruction)
    if name in accumulated(instruction):
        # Only a multiply-accumulate takes the result of a load as its addend in the next cycle.
        return Read(number, 1, 0 if kind is Kind.MULTIPLY else 1)
    if kind is Kind.STORE and name not in use.address_sources:
        return Read(number, 1)
    if kind in (Kind.FP, Kind.FP_MAC) and name[0] == "s":
        return Read(number, HURRIED)  # an addend is that late by itself
    return Read(number, -TARGET_EARLY if use.branch == "indirect" else 0)


def _is_hurried(
    instruction: DecodedInstruction, kind: Kind, history: History, reads: list[Read], stall: int
) -> bool:
    """Whether it is issued before an operand is there that is no addend."""
    if kind not in (Kind.FP, Kind.FP_MAC):
        return False
    addend = {register(name) for name in fp_addend(instruction)} if kind is Kind.FP_MAC else set()
    operands = [Read(r.register) for r in reads if r.late == HURRIED and r.register not in addend]
    return history.wait_for(operands) > stall


def _results(instruction: DecodedInstruction, kind: Kind, hurried: bool) -> list[Result]:
    use = footprint(instruction)
    latency = _latency(instruction, kind, use) + (HURRIED if hurried else 0)
    names = use.writes - updated_base(instruction)
    written = sorted({n for n in map(register, names) if n and n != FLAGS})
    if kind is Kind.MULTIPLE:
        written = written[-1:] if use.loads else []  # only the last one arrives last
    loaded = kind in (Kind.LOAD, Kind.MULTIPLE)
    results = [Result(n, latency if latency > 1 else READY, loaded) for n in written]
    if kind is Kind.SHIFTED and latency > 1 and use.writes & {"n", "z", "c", "v"}:
        results.append(Result(FLAGS, TWO_STAGES))
    busy = (FPU_BUSY if kind is Kind.FP_MAC else 0) + (HURRIED if hurried else 0)
    if busy:
        results.append(Result(FPU, 1 + busy))
    return results


def _latency(instruction: DecodedInstruction, kind: Kind, use: Footprint) -> int:
    if kind is Kind.FP_MAC:
        return FP_MAC_LATENCY
    if kind is Kind.FP:
        return FP_LATENCY
    if kind is Kind.FP_MOVE:
        core_in, core_out = len(_core(use.reads)), len(_core(use.writes))
        # Two core registers to the FPU, or one from it, are late; the other ways are not.
        return TWO_STAGES if core_in == 2 or core_out == 1 else 1
    if kind is Kind.MULTIPLE:
        return 1 if mnemonic(instruction).startswith("V") else TWO_STAGES
    if kind is Kind.SHIFTED and not instruction.fields["type"]:
        return 1  # LSL, unlike LSR, ASR and ROR [S]
    if mnemonic(instruction) in ("BFI", "BFC"):
        return 1
    late = (Kind.LOAD, Kind.SHIFTED, Kind.ROTATED, Kind.EXTRACT_ADD, Kind.DSP, Kind.MULTIPLY)
    return TWO_STAGES if kind in late and _cycles(instruction, kind) == 1 else 1
