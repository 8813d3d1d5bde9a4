"""The MPU: one program here and on QEMU, and the rules of ARMv7-M ARM B3.5 read a second time."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from bare import compile_bare
from emulate import run_here, run_on_qemu
from rig import HERE, M4F, MAIN, NOP, RAM, STACK, Rig

from coincell.cpu.mpu import EXECUTE, READ, WRITE

EIGHT = replace(M4F, mpu_regions=8)
M0PLUS = replace(M4F, features=frozenset({"v6m"}), pipeline="cortex-m0plus", cpuid=0x410CC601, mpu_regions=8)
TYPE, CTRL, RNR, RBAR, RASR, SHCSR, CFSR, HFSR, MMFAR = (
    *(0xD90, 0xD94, 0xD98, 0xD9C, 0xDA0),
    *(0xD24, 0xD28, 0xD2C, 0xD34),
)
BOTH = pytest.mark.parametrize("policy", ["step", "compile"])
NO_ACCESS, PRIVILEGED, FULL, READ_ONLY = 0, 1, 3, 6


def region(rig: Rig, number: int, base: int, ap: int, log2_size: int, xn: int = 0, srd: int = 0) -> None:
    rig.write(RBAR, base | 1 << 4 | number)
    rig.write(RASR, xn << 28 | ap << 24 | srd << 8 | log2_size - 1 << 1 | 1)


def guarded(main: list[int], policy: str = "step", **handlers: list[int]) -> Rig:
    """Flash can be read and executed, RAM used, by everybody; MemManage is enabled."""
    rig = Rig(main, {int(k[1:]): v for k, v in handlers.items()}, policy, EIGHT)
    region(rig, 0, 0, READ_ONLY, 20)
    region(rig, 1, RAM, FULL, 15)
    rig.write(SHCSR, 1 << 16)
    rig.write(CTRL, 1)
    return rig


# ---- one program, here and there -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def here() -> dict[str, str]:
    return {policy: run_here(compile_bare("mpu"), policy) for policy in ("step", "compile", "random:1")}


def test_the_same_on_qemu(here: dict[str, str], tmp_path: Path) -> None:
    assert run_on_qemu(compile_bare("mpu"), tmp_path) == here["step"]


@pytest.mark.parametrize("core", ["m3", "m7"])
def test_other_cores_on_qemu(core: str, tmp_path: Path) -> None:
    image = compile_bare("mpu", core=core)
    assert run_on_qemu(image, tmp_path, core) == run_here(image, "step", core)


def test_the_same_in_every_tier(here: dict[str, str]) -> None:
    assert here["step"] == here["compile"] == here["random:1"]
    assert here["step"].count("exception=00000004") > 50


def test_what_the_program_saw(here: dict[str, str]) -> None:
    """Lines that the manual decides: B3.5.3 (subregions), B1.5.14 (MSTKERR, MUNSTKERR; no address)."""
    text = here["step"]
    seen = text.partition("subregions\n")[2].partition("priority\n")[0].splitlines()[::2]
    assert ["=00000004 cfsr" in line for line in seen] == [not 0xA5 >> n & 1 for n in range(8)]
    clean = "exception=00000000 cfsr=00000000 hfsr=00000000"
    assert f"FAULTMASK\n  r {clean}" in text
    assert "\nstacking\n  stack exception=00000004 cfsr=00000010 hfsr=00000000 at=00000000" in text
    assert "\nunstacking\n  stack exception=00000004 cfsr=00000008 hfsr=00000000 at=00000000" in text


# ---- the rules, read again -------------------------------------------------------------------------------


def allowed(regions: list[dict[str, int]], address: int, privileged: bool, background: bool) -> str:
    """B3.5.3 ValidateAddress and CheckPermission as sets of words: what may be done, of "rwx"."""
    if 0xE0000000 <= address < 0xE0100000:
        return "rw"
    devices = 0x40000000 <= address < 0x60000000 or address >= 0xA0000000
    rule = ("rw" if devices else "rwx") if background and privileged else ""
    for r in regions:  # a later one overrides
        start = r["base"] - r["base"] % r["size"]
        if not start <= address < start + r["size"]:
            continue
        if r["size"] >= 256 and r["srd"] >> (address - start) * 8 // r["size"] & 1:
            continue
        users = {0: "", 1: "", 2: "r", 3: "rw", 5: "", 6: "r", 7: "r"}
        masters = {0: "", 1: "rw", 2: "rw", 3: "rw", 5: "r", 6: "r", 7: "r"}
        rule = (masters if privileged else users)[r["ap"]]
        if "r" in rule and not r["xn"] and address < 0xE0000000:
            rule += "x"
    return rule


def test_random_regions() -> None:
    rng = random.Random(7)
    rig = Rig([HERE], options=EIGHT)
    granted = set()
    for _ in range(150):
        control = 1 | rng.choice((0, 4))
        rig.write(CTRL, 0)
        regions = []
        for number in range(8):
            size = rng.choice((5, 5, 6, 7, 8, 10, 13, 20, 29, 31, 32))
            base = rng.choice((0x1FFFFF00, 0x20000400, 0x3FFFFFE0, 0x60000000, 0xE0000000))
            srd = rng.choice((0, rng.randrange(256))) if size >= 8 else 0
            ap, xn = rng.choice((0, 1, 2, 3, 5, 6, 7)), rng.randrange(2)
            about = {"base": base, "size": 1 << size, "ap": ap, "xn": xn, "srd": srd}
            on = rng.random() < 0.7
            rig.write(RBAR, base | 1 << 4 | number)
            rig.write(RASR, xn << 28 | ap << 24 | srd << 8 | size - 1 << 1 | on)
            regions += [about] if on else []
        rig.write(CTRL, control)
        for _ in range(60):
            near = rng.choice(regions)["base"] if regions else 0
            address = (near + rng.randrange(-256, 2048)) & 0xFFFFFFFF
            privileged = rng.random() < 0.5
            want = allowed(regions, address, privileged, bool(control & 4))
            got = rig.core.mpu.permissions(address, privileged)
            found = "".join(c for c, bit in (("r", READ), ("w", WRITE), ("x", EXECUTE)) if got & bit)
            assert found == want, (hex(address), regions, privileged)
            granted.add(want)
    assert granted == {"", "r", "rw", "rx", "rwx"}


# ---- registers -------------------------------------------------------------------------------------------


def test_a_chip_without_one() -> None:
    """B3.5.4: MPU_TYPE reads 0; the other registers read zero and ignore writes."""
    rig = Rig([HERE])
    for offset in range(CTRL, 0xDBC, 4):
        rig.write(offset, 0xFFFFFFFF)
    assert [rig.read(offset) for offset in range(TYPE, 0xDBC, 4)] == [0] * 11
    assert not rig.core.access.guarded


def test_registers_of_armv6m() -> None:
    """ARMv6-M ARM B3.5: regions from 256 bytes, no aliases; a violation is a HardFault."""
    rig = Rig([0x6801, HERE], options=M0PLUS)
    rig.write(RBAR, 0xFFFFFFF3)
    assert (rig.read(TYPE), rig.read(RBAR), rig.read(0xDA4)) == (0x800, 0xFFFFFF03, 0)
    rig.core.state.words[0] = RAM + 0x1000
    region(rig, 0, RAM + 0x1000, NO_ACCESS, 8)
    rig.write(CTRL, 5)
    rig.run(30)
    assert [number for number, _ in rig.taken] == [3]


def test_reset_disables_it() -> None:
    rig = guarded([HERE])
    rig.core.reset()
    assert (rig.read(CTRL), rig.core.access.guarded) == (0, False)
    rig.write(RNR, 1)
    assert (rig.read(RBAR), rig.read(RASR)) == (1, 0)


# ---- accesses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("offset", "at"), [(-3, 0), (-1, 0), (30, None), (31, None), (1, 1)])
def test_an_unaligned_access_is_checked_byte_by_byte(offset: int, at: int | None) -> None:
    """B2.1.2 MemU[]: MMFAR names the first forbidden byte. Region 2 forbids 32 bytes."""
    rig = guarded([0x6801, HERE])  # ldr r1, [r0]
    region(rig, 2, RAM + 0x400, NO_ACCESS, 5)
    rig.core.state.words[0] = RAM + 0x400 + offset
    rig.run(20)
    assert rig.read(CFSR) == 0x82
    assert rig.read(MMFAR) == RAM + 0x400 + (offset if at is None else at)


def test_a_wide_instruction_may_not_end_in_forbidden_memory() -> None:
    """Both halfwords are fetched: B3.5.3, IACCVIOL with the instruction's address as return address."""
    rig = guarded([NOP] * 15 + [0xF04F, 0x0105, HERE])  # mov.w r1, #5 across MAIN + 0x20
    region(rig, 2, MAIN + 0x20, READ_ONLY, 5, xn=1)
    rig.run(40)
    assert (rig.reg(1), rig.read(CFSR)) == (0, 1)
    frame = rig.bus.read_block(STACK - 0x20, 32)
    assert int.from_bytes(frame[24:28], "little") == MAIN + 0x1E


@BOTH
def test_compiled_code_stops_when_it_enables_the_mpu(policy: str) -> None:
    """A loop stores, and enables the MPU that forbids it: the very next store faults."""
    # loop: str r3, [r4]; adds r3, #1; cmp r3, #200; it eq; streq r1, [r0]; b loop
    loop = [0x6023, 0x3301, 0x2BC8, 0xBF08, 0x6001, 0xE7F9]
    rig = Rig(loop, policy=policy, options=EIGHT)
    region(rig, 0, RAM + 0x400, NO_ACCESS, 5)
    words = rig.core.state.words
    words[0], words[1], words[4] = 0xE000ED94, 5, RAM + 0x400
    rig.write(SHCSR, 1 << 16)
    rig.run(3000)
    assert rig.bus.read(RAM + 0x400, 4) == 199
    assert (rig.read(CFSR), rig.read(MMFAR), rig.reg(3)) == (0x82, RAM + 0x400, 200)
    assert (rig.compiled > 0) == (policy == "compile")


@BOTH
def test_the_same_cycles_with_everything_allowed(policy: str) -> None:
    """An MPU that allows everything changes no cycle."""
    loop = [0x6023, 0x6825, 0x3301, 0xE7FB]  # str r3, [r4]; ldr r5, [r4]; adds r3, #1; b .
    counts = []
    for control in (0, 5):
        rig = Rig(loop, policy=policy, options=EIGHT)
        rig.core.state.words[4] = RAM
        rig.write(CTRL, control)
        rig.run(1000)
        counts.append((rig.reg(3), rig.cycle))
    assert counts[0] == counts[1]


def test_lazy_stacking_asks_for_the_context_it_saves() -> None:
    """B1.5.7, MLSPERR: the handler's first floating-point instruction stores where the MPU now forbids it."""
    vmov = [0xEE00, 0x0A10]
    # main: vmov s0, r0; svc 1; b .      SVCall: str r5, [r6] (enables the MPU); vmov s0, r0; bx lr
    rig = Rig([*vmov, 0xDF01, HERE], {11: [0x6035, *vmov, 0x4770]}, options=EIGHT)
    rig.write(0xD88, 0xF << 20)
    rig.write(SHCSR, 1 << 16)
    rig.write(0xD1C, 0x80 << 24)  # SVCall is lower than MemManage
    region(rig, 0, STACK - 0x40, NO_ACCESS, 5)  # within s0 to s15
    words = rig.core.state.words
    words[5], words[6] = 5, 0xE000ED94
    rig.run(60)
    assert rig.read(CFSR) & 0xFF == 0x20
