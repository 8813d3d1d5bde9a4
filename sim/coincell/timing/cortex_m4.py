"""Cortex-M4 issue rules.

Sources: Arm DDI 0439 (Cortex-M4 TRM) tables 3-1 and 7-1 and its load/store pairing notes (3.3.2); [J] what
jnk0le measured on an STM32F407 (jnk0le/random, "pipeline cycle test", cortex_m3m4.md, commit 3dfc2ab); [C]
alignment and branch rules that the Cortex-M4 compendium measured (compendium.i-0.nl). Not compared with
hardware here.

Not modelled: 32-bit loads at odd halfwords, which "may fail to pipeline" [J]; the fetch contention of
PC-relative loads ("might add a cycle", DDI 0439); loads from two memories, which do not pair [J].
"""

from __future__ import annotations

from functools import lru_cache

from coincell.isa.encoding import DecodedInstruction
from coincell.timing.divide import division
from coincell.timing.footprint import footprint
from coincell.timing.kinds import Kind, fp_addend, kind_of, mnemonic, updated_base
from coincell.timing.pipeline import REFILL, Issue
from coincell.timing.scoreboard import History, Read, Result, register

LOAD, STORE, SLOW_STORE, OTHER = 1, 2, 3, 0
"""What the last instruction was, in the two low bits of `History.open`."""
NARROW, STRAIGHT = 1 << 2, 1 << 3
"""Also in `History.open`: it was 16 bits wide (an IT after it folds); it did not refill the pipeline."""
_RUN = 30
"""Where `pipe` counts 32-bit instructions in a row that are not word aligned, to 3."""

FPU_DIVIDE = 14
"""VDIV.F32 and VSQRT.F32 (DDI 0439 table 7-1)."""
FP_MULTIPLY_ADD = 3
"""VMLA, VFMA and their kin (table 7-1)."""
FP_LATENCY = 2
"""An arithmetic result used by the next instruction costs one, unless as an addend (DDI 0439 7.2.3)."""
BRANCH = 1
"""P, which DDI 0439 gives as 1 to 3: "branches that are taken take two cycles" [C]. SUBS and BHI taken are 3
cycles on nRF52 (measured: Nordic's nrfx delay loop)."""
REFETCH = 1
"""More for a target that is 32 bits wide and not word aligned (DDI 0439 3.3.1, note on P; 3 in all [C])."""
LOAD_PC = 3
"""LDR to PC: two for the load, three for the refill: at least 5 (DDI 0439 3.3.2)."""
POP_PC = 2
"""POP and LDM with PC: 1 + N + P (table 3-1); estimate within P's range."""
TABLE_BRANCH = 4
"""TBB and TBH: two for the load, one for the add, three for the refill: at least 6 (DDI 0439 3.3.2)."""
STARVED = 3
"""The third of 32-bit instructions in a row that are not word aligned waits for a cycle, later ones do not:
"groups of three or more unaligned wide instructions will take one extra cycle", of stores the fourth [C]."""
SINGLE = {"SEV", "CLREX"}
"""System instructions of one cycle (DDI 0439 table 3-1); CPS, MRS and MSR take 1 or 2."""


class CortexM4:
    """Implements `timing.pipeline.Pipeline`."""

    name = "cortex-m4"
    validated = False
    unaligned = (1, 2)
    """Measured by others [J]: one more access, or two for a word at an odd address."""
    unaligned_store = (1, 2)
    exception_entry = 12
    """DDI 0439 3.9.1, without wait states, here and below."""
    exception_return = 10
    """Arm's article KA 16366, which corrects the 12 of DDI 0439 3.9.1 and DDI 0337I."""
    tail_chain = 6
    """DDI 0439 3.9.1."""
    entry_hides = 3
    """KA 16366: a push of nine cycles beside a vector read and a fetch of six, on buses of their own."""
    return_hides = 6
    """What is returned to is fetched beside the pop (DDI 0439 3.9.1) of nine cycles; that this takes three is
    an estimate."""
    interpreted = 2
    """DDI 0439 table 3-1 gives 1 to 2 for CPS, MRS and MSR: the upper, an estimate for the rest."""
    indexed_pair = True
    """A load or store that updates its base pairs with a load before it [J]."""

    def issue(self, instruction: DecodedInstruction, address: int, pipe: int, in_it: bool) -> Issue:
        return _issue(instruction, address & 2, pipe, self.indexed_pair)


@lru_cache(maxsize=1 << 16)
def _issue(instruction: DecodedInstruction, half: int, pipe: int, indexed_pair: bool) -> Issue:
    history, kind = History.unpack(pipe & (1 << _RUN) - 1), kind_of(instruction)
    fetch, run = _fetch(instruction, kind, half, pipe)
    results = _results(instruction, kind)
    before, cycles = _cost(instruction, kind, history, indexed_pair)
    before += fetch
    after = history.followed(before + cycles, _open(instruction, kind), results).pack() | run << _RUN
    floating = kind in (Kind.FP, Kind.FP_MAC, Kind.FP_DIVIDE, Kind.FP_MOVE)
    return Issue(
        before,
        0 if kind is Kind.DIVIDE else cycles,
        _taken(instruction, kind),
        1 + fetch,
        after,
        operands=division(instruction) if kind is Kind.DIVIDE else None,
        fpu_wait=floating,
        fpu_busy=FPU_DIVIDE if kind is Kind.FP_DIVIDE else 0,
    )


def _fetch(instruction: DecodedInstruction, kind: Kind, half: int, pipe: int) -> tuple[int, int]:
    """(cycles that the instruction waits for its second half, the new count of such instructions)."""
    if instruction.size == 2 or not half:
        return 0, 0
    if pipe == REFILL:
        return REFETCH, STARVED  # fetching goes on without a gap from there
    run = pipe >> _RUN
    if run == 0 and kind in (Kind.STORE, Kind.FP_STORE) and pipe & 3 != STORE:
        return 0, 0
    return int(run == STARVED - 1), min(run + 1, STARVED)


def _cost(
    instruction: DecodedInstruction, kind: Kind, history: History, indexed_pair: bool
) -> tuple[int, int]:
    """(stall, cycles)."""
    last = history.open & 3
    if kind is Kind.SYSTEM:
        return 0, 1 if mnemonic(instruction) in SINGLE else CortexM4.interpreted
    if kind is Kind.IT:
        return 0, 0 if history.open & NARROW else 1
    if kind is Kind.NOP:
        return 0, 0 if last in (LOAD, SLOW_STORE) else 1  # a load, or a slow store, hides it [J]
    wait = history.wait_for(_reads(instruction, kind))
    stall = max(0, wait)
    if kind not in (Kind.LOAD, Kind.STORE, Kind.FP_LOAD, Kind.FP_STORE, Kind.MULTIPLE):
        return stall, _cycles(instruction, kind)
    use = footprint(instruction)
    if use.loads and last == STORE:
        stall = max(stall, 1)  # the store takes a cycle more when a load comes next [J]
    if kind is Kind.MULTIPLE:
        return stall, 1 + use.loads + use.stores
    pairs = last == LOAD and wait < 0 and not use.branch
    pairs = pairs and (indexed_pair or not updated_base(instruction))
    if use.loads:
        return stall, 1 if pairs else 2  # n loads in a row take n + 1 (DDI 0439 3.3.2)
    # A store at once after a load fills the cycle that the load would wait for [J].
    return stall, (2 if _is_slow(instruction, kind) else 1) - pairs


def _is_slow(instruction: DecodedInstruction, kind: Kind) -> bool:
    """The write buffer hides the second cycle of a store with an immediate offset (DDI 0439 3.3.2), not that
    of one with a register offset, nor of VSTR (table 7-1)."""
    return kind is Kind.FP_STORE or (kind is Kind.STORE and footprint(instruction).register_offset)


def _cycles(instruction: DecodedInstruction, kind: Kind) -> int:
    if kind is Kind.DIVIDE:
        return 2  # the least; `operands` has them all
    if kind is Kind.FP_MAC:
        return FP_MULTIPLY_ADD
    use = footprint(instruction)
    moved = {r for r in use.reads | use.writes if r[0] == "r"}
    return 2 if kind is Kind.FP_MOVE and len(moved) == 2 else 1


def _taken(instruction: DecodedInstruction, kind: Kind) -> int:
    use = footprint(instruction) if kind is not Kind.SYSTEM else None
    if use is None or not use.branch:
        return 0
    if kind is Kind.MULTIPLE:
        return POP_PC
    if kind is Kind.LOAD:
        return TABLE_BRANCH if mnemonic(instruction).startswith("TB") else LOAD_PC
    return BRANCH


def _open(instruction: DecodedInstruction, kind: Kind) -> int:
    shape = STRAIGHT | (NARROW if instruction.size == 2 else 0)
    if kind in (Kind.LOAD, Kind.FP_LOAD):
        return shape | LOAD
    if kind in (Kind.STORE, Kind.FP_STORE):
        return shape | (SLOW_STORE if _is_slow(instruction, kind) else STORE)
    return shape | OTHER


@lru_cache(maxsize=1 << 14)
def _reads(instruction: DecodedInstruction, kind: Kind) -> tuple[Read, ...]:
    """Addresses are read a cycle early: nothing is forwarded to them (DDI 0439 3.3.2, [J])."""
    if kind is Kind.SYSTEM:
        return ()
    use = footprint(instruction)
    addend = fp_addend(instruction) if kind is Kind.FP_MAC else frozenset()
    late = dict.fromkeys(use.address_sources, -1) | dict.fromkeys(addend, 1)
    data = {r for r in use.reads if r[0] == "s"} | use.address_sources
    return tuple(Read(register(name), late.get(name, 0)) for name in sorted(data))


@lru_cache(maxsize=1 << 14)
def _results(instruction: DecodedInstruction, kind: Kind) -> tuple[Result, ...]:
    """Only arithmetic and conversions of the FPU are late (DDI 0439 7.2.3): VMOV, VABS and VNEG are not."""
    if kind is Kind.SYSTEM:
        return ()
    use = footprint(instruction)
    updated = updated_base(instruction)
    core = [Result(register(r)) for r in sorted(use.writes - updated) if r[0] == "r"]
    # The address unit updates the base in the first cycle, and a load takes two.
    core += [Result(register(r), 0 if use.loads else 1) for r in sorted(updated)]
    single = [r for r in sorted(use.writes) if r[0] == "s" and use.fp_operations]
    return tuple(core) + tuple(Result(register(r), FP_LATENCY) for r in single)
