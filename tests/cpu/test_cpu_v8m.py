"""Armv8-M: one program here and on QEMU's Cortex-M33, and what QEMU cannot tell (DDI 0553)."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from bare_v8m import M33, compile_v8m, run_here, run_on_qemu
from rig import HERE, RAM, Rig

from coincell.cpu.core import CoreOptions
from coincell.cpu.mpu import EXECUTE, READ, WRITE
from coincell.cpu.private.scs_alias import NonSecureAlias

BOTH = pytest.mark.parametrize("policy", ["step", "compile"])
NONE = replace(M33, security="none")
CCR, SHCSR, CFSR, HFSR, SFSR, AIRCR, ICSR = 0xD14, 0xD24, 0xD28, 0xD2C, 0xDE4, 0xD0C, 0xD04
ALL_FAULTS = 0xF << 16
MRS_R0, MSR_R0 = 0xF3EF, 0xF380
MSPLIM, PSPLIM, MSP_NS, PRIMASK_NS = 10, 11, 0x88, 0x90


# ---- one program, here and there ------------------------------------------------------------------------


WORLDS = ("secure", "nonsecure")


@pytest.fixture(scope="module")
def here() -> dict[str, str]:
    return {w: run_here(compile_v8m("v8m", w), "step", replace(M33, security=w)) for w in WORLDS}


@pytest.mark.parametrize("world", WORLDS)
def test_the_same_on_qemu(here: dict[str, str], world: str, tmp_path: Path) -> None:
    """In Non-secure state too, where QEMU starts in Secure state and branches."""
    assert run_on_qemu(compile_v8m("v8m", world), tmp_path) == here[world]


@pytest.mark.parametrize("program", ["exceptions", "system"])
def test_what_every_core_is_asked(program: str, tmp_path: Path) -> None:
    """The programs about exceptions and system registers, as on the other cores."""
    image = compile_v8m(program)
    text = run_here(image, "step")
    assert run_on_qemu(image, tmp_path) == text
    assert text.count("exception number") > 50


def test_a_storm_of_exceptions(tmp_path: Path) -> None:
    """Random priorities, masks and pending exceptions, as on the other cores."""
    image = compile_v8m("storm")
    text = run_here(image, "step")
    assert run_on_qemu(image, tmp_path) == text
    assert len(text) > 3000


def test_a_preemptive_kernel(tmp_path: Path) -> None:
    """Tasks that check themselves switch for 60 ticks; QEMU's clock is 20 MHz, ours 64."""
    ticks = "-DRUN_TICKS=60"
    text = run_here(compile_v8m("rtos", "secure", ticks), "auto", seconds=Fraction(1))
    assert run_on_qemu(compile_v8m("rtos", "secure", ticks, "-DTICK_CYCLES=200000u"), tmp_path) == text
    assert "errors=00000000" in text


def test_it_tried_what_there_is(here: dict[str, str]) -> None:
    for text in here.values():
        assert text.count("cfsr=00100000") > 15  # stack overflows
        assert text.count("exception=00000004") >= 50
    assert here["nonsecure"].count("cfsr=00010000") > 6  # undefined there
    assert "lr=fffffff9" in here["secure"]
    assert "lr=ffffffb8" in here["nonsecure"]


@pytest.mark.parametrize(
    ("world", "policy"),
    [("secure", "compile"), pytest.param("nonsecure", "random:1", marks=pytest.mark.long)],
)
def test_the_same_in_every_tier(here: dict[str, str], world: str, policy: str) -> None:
    options = replace(M33, security=world)
    assert run_here(compile_v8m("v8m", world), policy, options) == here[world]


# ---- without the Security Extension ---------------------------------------------------------------------


def run(*main: int, options: CoreOptions = M33, policy: str = "step", cycles: int = 200) -> Rig:
    """With every fault enabled, to the end; r0 is 0x20001000 at first."""
    rig = Rig([*main, HERE], {n: [HERE] for n in (2, 3, 4, 5, 6, 7)}, policy, options)
    rig.write(SHCSR, ALL_FAULTS)
    rig.core.state.words[0] = RAM + 0x1000
    rig.run(cycles)
    return rig


def taken(rig: Rig) -> list[int]:
    return [number for number, _ in rig.taken]


@pytest.mark.parametrize(
    ("options", "link"),
    [(M33, 0xFFFFFFF9), (NONE, 0xFFFFFFB8), (replace(M33, security="nonsecure"), 0xFFFFFFB8)],
)
def test_exc_return_tells_the_world(options: CoreOptions, link: int) -> None:
    """DDI 0553 EXC_RETURN: S, DCRS and ES; and a handler returns by it."""
    rig = Rig(
        [0xDF00, 0x2407, HERE], {11: [0x4673, 0x4770]}, options=options
    )  # svc; movs r4, #7; mov r3, lr; bx lr
    rig.core.state.words[3] = 0
    rig.run(100)
    assert rig.reg(4) == 7
    if options is M33:
        assert rig.core.faults.status == 0
    rig = Rig([0xDF00, HERE], {11: [0x46F0, HERE]}, options=options)  # mov r8, lr
    rig.run(100)
    assert rig.reg(8) == link


@pytest.mark.parametrize("link", [0xFFFFFFF9, 0xFFFFFFBA, 0xFFFFFF98, 0xFFFFFFB9, 0xFF000038])
def test_what_is_no_exc_return_there(link: int) -> None:
    """S, ES, DCRS clear, reserved bits: INVPC (docs/decisions/unpredictable.md)."""
    rig = Rig([0xDF00, HERE], {11: [0x4720], 6: [HERE]}, options=NONE)  # bx r4
    rig.write(SHCSR, ALL_FAULTS)
    rig.core.state.words[4] = link
    rig.run(100)
    assert taken(rig) == [11, 6]
    assert rig.read(CFSR) == 1 << 18


@pytest.mark.parametrize("security", ["none", "nonsecure"])
@pytest.mark.parametrize(
    "code",
    [(0x4704,), (0x4784,), (0xE840, 0xF180), (0xE840, 0xF1C0), (0xEC20, 0x0A00), (0xEC30, 0x0A00)],
    ids=["bxns", "blxns", "tta", "ttat", "vlstm", "vlldm"],
)
def test_secure_instructions_are_undefined_outside_secure_state(code: tuple[int, ...], security: str) -> None:
    rig = run(*code, options=replace(M33, security=security))
    assert taken(rig) == [6]
    assert rig.read(CFSR) == 1 << 16


@pytest.mark.parametrize("security", ["none", "nonsecure"])
def test_registers_of_the_other_world(security: str) -> None:
    # msr MSP_NS, r0; msr PRIMASK_NS, r0; mrs r1, MSP_NS; mrs r2, PRIMASK_NS; sg; tt r3, r0
    code = (MSR_R0, 0x8888, MSR_R0, 0x8890, 0xF3EF, 0x8188, 0xF3EF, 0x8290, 0xE97F, 0xE97F, 0xE840, 0xF300)
    rig = run(*code, options=replace(M33, security=security))
    assert taken(rig) == []
    assert (rig.reg(1), rig.reg(2), rig.reg(3)) == (0, 0, 0x000C0000)
    rig.write(AIRCR, 0x05FA6000)
    assert rig.read(AIRCR) == 0xFA052000  # BFHFNMINS reads as one, PRIS as zero
    rig.write(SHCSR, 0xF0000)
    assert rig.read(SHCSR) == 0x70000
    rig.write(0xD8C, 0)
    assert rig.read(0xD8C) == 0xCFF
    rig.write(0xD18, 0xFFFFFFFF)
    assert rig.read(0xD18) == 0x00E0E0E0


def test_what_identification_says_of_it() -> None:
    assert Rig([HERE], options=M33).read(0xD44) == 0x210
    assert Rig([HERE], options=NONE).read(0xD44) == 0x200


# ---- in Secure state, where a transition would follow ---------------------------------------------------


@pytest.mark.parametrize("code", [0x4704, 0x4784], ids=["bxns", "blxns"])
def test_a_branch_to_nonsecure_state_meets_secure_memory(code: int) -> None:
    """SecureFault INVEP; HardFault where SecureFault is not enabled."""
    rig = run(code)
    assert taken(rig) == [7]
    assert (rig.read(SFSR), rig.read(CFSR), rig.read(SHCSR) >> 4 & 1) == (1, 0, 1)
    rig.write(SFSR, 1)
    assert rig.read(SFSR) == 0
    rig = Rig([code, HERE], {3: [HERE]}, options=M33)
    rig.core.state.words[0] = RAM
    rig.run(100)
    assert taken(rig) == [3]
    assert (rig.read(SFSR), rig.read(HFSR)) == (1, 1 << 30)


def test_no_attribution_unit_and_no_interrupts_elsewhere() -> None:
    rig = Rig([HERE], options=M33)
    for offset in (0xDD0, 0xDD4, 0xDD8, 0xDDC, 0xDE0, 0x380, 0xDE8):
        rig.write(offset, 0xFFFFFFFF)
        assert rig.read(offset) == 0


def test_aircr_has_no_vectreset_and_holds_what_secure_code_chose() -> None:
    rig = Rig([HERE], options=M33)
    rig.write(AIRCR, 0x05FA4309)
    assert rig.read(AIRCR) == 0xFA054308
    rig.run(20)
    assert rig.read(AIRCR) == 0xFA054308
    rig.write(ICSR, 1 << 31)
    rig.write(ICSR, 1 << 30)
    assert rig.read(ICSR) >> 31 == 0


@pytest.mark.parametrize("instruction", [0xEC20, 0xEC30], ids=["vlstm", "vlldm"])
def test_saving_the_fp_context_can_fault(instruction: int) -> None:
    """At nothing, and where the MPU forbids: nothing changes but the fault registers."""
    # vmov s0, r0; msr CONTROL, r1 (SFPA and FPCA); vlstm or vlldm [r0]
    code = (0xEE00, 0x0A10, 0xF381, 0x8814, instruction, 0x0A00)
    for address, status in ((0x90000000, 0x8200), (RAM + 0x1000, 0x82)):
        rig = Rig([*code, HERE], {4: [HERE], 5: [HERE]}, options=M33)
        rig.write(0xD88, 0xF00000)
        rig.write(0xF34, 0x80000004)
        rig.write(SHCSR, ALL_FAULTS)
        spans = ((0, 0xFFFF), (RAM + 0x1020, RAM + 0x7FFF), (0x90000000, 0x9FFFFFFF))
        for number, (base, limit) in enumerate(spans):
            rig.write(0xD98, number)
            rig.write(0xD9C, base | 1 << 1)
            rig.write(0xDA0, limit & ~31 | 1)
        rig.write(0xD94, 1)
        rig.core.state.words[0], rig.core.state.words[1] = address, 12
        rig.run(200)
        assert taken(rig) == [4 if status == 0x82 else 5]
        assert rig.read(CFSR) == status


def test_bxns_returns_from_an_exception() -> None:
    """An EXC_RETURN value is one, whatever its bit 0 says of states."""
    rig = Rig([0xDF00, 0x2407, HERE], {11: [0x4774]}, options=M33)  # bxns lr
    rig.run(100)
    assert (rig.reg(4), rig.core.special.ipsr) == (7, 0)


# ---- stack limits ---------------------------------------------------------------------------------------


@BOTH
def test_a_loop_that_pushes_stops_at_the_limit(policy: str) -> None:
    """In compiled code too: every push above the limit is done, none below, and SP stays."""
    limit = RAM + 0x3F00
    # msr MSPLIM, r0; 1: push {r1}; b 1b
    rig = Rig([MSR_R0, 0x880A, 0xB402, 0xE7FD], {6: [HERE]}, policy, M33)
    rig.write(SHCSR, ALL_FAULTS)
    rig.core.state.words[0], rig.core.state.words[1] = limit, 0x11111111
    rig.run(2000)
    assert taken(rig) == [6]
    assert rig.read(CFSR) == 1 << 20
    words = [rig.bus.read(limit + at, 4) for at in (-8, -4, 0x24, 0x28)]
    assert words == [0, 0, 0x11111111, 0x11111111]


@BOTH
def test_limits_can_be_ignored_at_negative_priority(policy: str) -> None:
    """CCR.STKOFHFNMIGN; otherwise the overflow locks up."""
    # cpsid f; msr MSPLIM, r0; push {r1}; movs r4, #7
    code = [0xB671, MSR_R0, 0x880A, 0xB402, 0x2407, HERE]
    for ignored in (False, True):
        rig = Rig(code, policy=policy, options=M33)
        rig.write(CCR, 1 << 10 if ignored else 0)
        assert rig.read(CCR) == (0x601 if ignored else 0x201)
        rig.core.state.words[0] = RAM + 0x7000
        locked: list[object] = []
        rig.core.on_lockup = locked.append
        rig.run(60)
        assert bool(locked) != ignored
        assert rig.reg(4) == (7 if ignored else 0)


def test_no_limits_before_armv8m() -> None:
    m4 = replace(M33, features=M33.features - {"v8m", "fpv5"}, pipeline="cortex-m4", cpuid=0x410FC241)
    rig = run(MSR_R0, 0x880A, MRS_R0, 0x810A, 0xB402, options=m4)
    assert (taken(rig), rig.reg(1)) == ([], 0)


def test_lock_up_and_an_nmi_out_of_it() -> None:
    """A fault in HardFault locks up at 0xEFFFFFFE; NMI finds that address in its frame, and goes back."""
    rig = Rig([0xDE00, HERE], {3: [0xDE00, HERE]}, options=M33)
    rig.core.on_lockup = lambda fault: None
    rig.run(100)
    assert (rig.core.locked_up, rig.reg(15)) == (True, 0xEFFFFFFE)
    rig.write(ICSR, 1 << 31)
    rig.run(200)
    assert [number for number, _ in rig.taken] == [3, 2]
    assert (rig.core.locked_up, rig.reg(15)) == (True, 0xEFFFFFFE)


def test_a_hard_fault_ends_only_by_returning() -> None:
    """SHCSR shows HardFault and NMI active, and does not change that."""
    # str r1, [r0]; ldr r2, [r0]
    rig = Rig([0xDE00, HERE], {3: [0x6001, 0x6802, HERE]}, options=M33)
    rig.core.state.words[0], rig.core.state.words[1] = 0xE000ED24, 0x70000
    rig.run(100)
    assert rig.reg(2) == 0x70004
    assert rig.core.exceptions.execution_priority() == -1


# ---- regions ---------------------------------------------------------------------------------------------


def allowed(
    regions: list[tuple[int, int, int, int]], address: int, privileged: bool, background: bool
) -> str:
    """DDI 0553, MPUCheck: what may be done, of "rwx", by (base, limit, AP, XN) of each region."""
    devices = 0x40000000 <= address < 0x60000000 or address >= 0xA0000000
    everything = "rw" if devices else "rwx"
    if 0xE0000000 <= address < 0xE0100000:
        return everything
    hits = [r for r in regions if r[0] <= address <= r[1]]
    if len(hits) != 1:
        return everything if not hits and privileged and background else ""
    _, _, ap, xn = hits[0]
    if not privileged and ap in (0, 2):
        return ""
    return ("rw" if ap < 2 else "r") + ("" if xn or address >= 0xE0000000 else "x")


def test_random_regions() -> None:
    rng, granted = random.Random(11), set()
    rig = Rig([HERE], options=M33)
    for _ in range(120):
        control = 1 | rng.choice((0, 4))
        regions = []
        for number in range(16):
            base = rng.choice((0x1FFFFF00, 0x20000400, 0x3FFFFFE0, 0xDFFFFF00, 0xE000E000))
            base = (base + 32 * rng.randrange(16)) & 0xFFFFFFE0
            limit = min(base + rng.choice((0, 32, 96, 1024, 1 << 20)), 0xFFFFFFE0) | 31
            ap, xn, on = rng.randrange(4), rng.randrange(2), rng.random() < 0.3
            rig.write(0xD98, number & ~3)
            rig.write(0xD9C + 8 * (number & 3), base | ap << 1 | xn)  # by the aliases
            rig.write(0xDA0 + 8 * (number & 3), limit & ~31 | on)
            if number % 4 == 0:
                assert rig.read(0xD9C) == base | ap << 1 | xn
            regions += [(base, limit, ap, xn)] if on else []
        rig.write(0xD94, control)
        for _ in range(60):
            near = rng.choice(rng.choice(regions)[:2]) if regions else 0
            address = (near + rng.randrange(-64, 64)) & 0xFFFFFFFF
            privileged = rng.random() < 0.5
            want = allowed(regions, address, privileged, bool(control & 4))
            got = rig.core.mpu.permissions(address, privileged)
            found = "".join(c for c, bit in (("r", READ), ("w", WRITE), ("x", EXECUTE)) if got & bit)
            assert found == want, f"{address:#x} {privileged} {regions}"
            granted.add(want)
        rig.write(0xD94, 0)
    assert granted == {"", "r", "rx", "rw", "rwx"}


def test_every_byte_of_an_unaligned_access_is_checked() -> None:
    # ldr r1, [r0]; movs r4, #7
    for offset, faults in ((60, []), (61, [4])):
        rig = Rig([0x6801, 0x2407, HERE], {4: [HERE]}, options=M33)
        spans = ((0, 0xFFFF), (RAM + 0x1000, RAM + 0x103F), (RAM + 0x2000, RAM + 0x7FFF))
        for number, (base, limit) in enumerate(spans):
            rig.write(0xD98, number)
            rig.write(0xD9C, base | 1 << 1)
            rig.write(0xDA0, limit & ~31 | 1)
        rig.write(SHCSR, ALL_FAULTS)
        rig.write(0xD94, 1)
        rig.core.state.words[0] = RAM + 0x1000 + offset
        rig.run(100)
        assert taken(rig) == faults
        assert rig.read(0xD34) == (RAM + 0x1040 if faults else 0)


# ---- the alias -------------------------------------------------------------------------------------------


def test_the_alias_merges_narrow_writes_and_counts_what_it_has_not() -> None:
    noted: list[str] = []
    alias = NonSecureAlias(Rig([HERE], options=M33).core, lambda block, name: noted.append(f"{block} {name}"))
    alias.write(0xD08, 4, 0x12345680)
    alias.write(0xD0A, 1, 0x77)
    assert alias.read(0xD08, 4) == 0x12775680
    assert alias.read(0xD0A, 2) == 0x1277
    alias.reset()
    assert alias.read(0xD08, 4) == 0
    assert alias.read(0xDF0, 4) == 0
    assert noted == ["scs_ns DHCSR_NS"]
