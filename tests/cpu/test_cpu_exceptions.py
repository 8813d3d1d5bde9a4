"""Every kind of exception, told by one program over semihosting: as the manual says, and as QEMU says.

tests/firmware/exceptions.c runs stepped, compiled and on QEMU; the three texts must be equal. What is
written out here comes from the ARMv7-M Architecture Reference Manual (DDI 0403E), paragraph by paragraph.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bare import compile_bare
from emulate import run_here, run_on_qemu


@pytest.fixture(scope="module")
def text() -> str:
    return run_here(compile_bare("exceptions"), "step")


def section(text: str, title: str, nth: int = 0) -> list[dict[str, int]]:
    """The exceptions told between the nth line that begins with `title` and the next title."""
    lines = text.splitlines()
    first = [n for n, line in enumerate(lines) if line.startswith(title)][nth]
    found: list[dict[str, int]] = []
    for line in lines[first + 1 :]:
        if not line.startswith(" "):
            break
        if "exception" in line:
            fields = [word.split("=") for word in line.split("exception ")[-1].split() if "=" in word]
            unnamed = iter(("r0", "r1", "r2", "r3", "r12", "link", "pc", "xpsr"))
            found.append({name or next(unnamed): int(value, 16) for name, value in fields})
    return found


@pytest.mark.parametrize("core", ["m3", "m4f", "m7"])
def test_the_same_on_qemu(text: str, core: str, tmp_path: Path) -> None:
    image = compile_bare("exceptions", core=core)
    assert run_on_qemu(image, tmp_path, core) == (text if core == "m4f" else run_here(image, "step", core))


@pytest.mark.parametrize("policy", ["compile", "auto", "random:1"])
def test_the_same_compiled(text: str, policy: str) -> None:
    assert run_here(compile_bare("exceptions"), policy) == text


def test_frames(text: str) -> None:
    """B1.5.6: eight words, 8-byte aligned; xPSR bit 9 tells of padding, bits 26:25 and 15:10 hold ITSTATE."""
    frames = section(text, "frames")
    assert len(frames) == 9
    for frame in frames:
        assert (frame["number"], frame["aligned"], frame["control"]) == (11, 0, 0)
        assert (frame["r1"], frame["r12"]) == (0x2222, 0x5555)
        assert frame["xpsr"] >> 24 & 1
        assert not frame["xpsr"] & 0x1FF
    padded = [frame["xpsr"] >> 9 & 1 for frame in frames[:4]]
    assert padded[0] != padded[1]  # the stack moved by one word
    assert padded[2:] == [0, 1]
    assert [frame["lr"] for frame in frames] == [0xFFFFFFF9] * 8 + [0xFFFFFFFD]


def test_if_then_state_in_the_frame(text: str) -> None:
    """A7.3.3: after the second of ITTET EQ, two are left (else, then): cond 0000, mask shifted twice."""
    inside, after, skipped_to, later = section(text, "frames")[4:8]
    it = [(x["xpsr"] >> 25 & 3) | (x["xpsr"] >> 10 & 0x3F) << 2 for x in (inside, after, skipped_to, later)]
    # ITTET EQ: 0000 0101. Two instructions done: 0001 0100. ITT MI: 0100 0100, one done: 0100 1000.
    assert it == [0b0001_0100, 0, 0b0100_1000, 0]
    assert (inside["r0"], after["r1"], after["r2"]) == (7, 0x2222, 9)
    assert (skipped_to["r3"], later["r3"]) == (0x4444, 1)


FAULTS = [
    # B3.2.15: MMFSR bits 7:0, BFSR 15:8, UFSR 31:16
    ("read, write, unmapped", [(5, 0x8200), (5, 0x8200)]),  # PRECISERR, BFARVALID
    ("not executable", [(4, 0x01), (5, 0x100), (6, 1 << 17)]),  # IACCVIOL, IBUSERR, INVSTATE
    (
        "undefined, coprocessor, fpu",
        [(6, 1 << 16), (6, 1 << 16), (6, 1 << 19), (6, 1 << 19), (6, 1 << 19), (6, 1 << 16)],
    ),
    ("division, alignment", [(6, 1 << 25)] * 2 + [(6, 1 << 24)] * 4),
]


@pytest.mark.parametrize(("title", "expected"), FAULTS, ids=lambda x: x if isinstance(x, str) else "")
def test_faults(text: str, title: str, expected: list[tuple[int, int]]) -> None:
    """Without handlers HardFault with FORCED (B1.5.14), with them their own exception."""
    escalated, handled = section(text, title), section(text, title, 1)
    assert [(x["number"], x["cfsr"], x["hfsr"]) for x in escalated] == [(3, c, 1 << 30) for _, c in expected]
    assert [(x["number"], x["cfsr"], x["hfsr"]) for x in handled] == [(n, c, 0) for n, c in expected]
    assert [x["pc"] for x in escalated] == [x["pc"] for x in handled]
    if "bfar" in handled[0]:
        assert [x["bfar"] for x in handled] == [0x80000000, 0x80000105]


def test_refused_returns(text: str) -> None:
    """B1.5.8: INVPC, tail-chained with the refused value in LR; the returning exception is over."""
    call, usage = section(text, "invalid return")
    assert (call["lr"], usage["number"], usage["lr"], usage["cfsr"]) == (0xFFFFFFF9, 6, 0xFFFFFFF3, 1 << 18)
    assert usage["shcsr"] == 7 << 16 | 1 << 3  # SVCall is no longer active
    nested = section(text, "return to thread from a nested")
    assert [x["number"] for x in nested] == [16, 17, 6]
    assert "active=00000001 cfsr=00040000" in text


@pytest.mark.parametrize(
    ("nth", "expected"),
    [
        (0, [14, 19, 18, 17, 16]),  # lowest value first
        (1, [14, 16, 17, 18, 19]),  # equal: lowest number first
        (2, [14, 19, 17, 18, 16]),  # 0x20, 0x40, 0x60 and 0x80, in groups of 0x40
        (3, [14, 19, 17, 18, 16]),  # no preemption, subpriorities order
    ],
)
def test_order_of_pending_exceptions(text: str, nth: int, expected: list[int]) -> None:
    """B1.5.4. PendSV has priority 0 here."""
    told = section(text, "order", nth)
    assert [x["number"] for x in told[:5]] == expected
    assert {x["lr"] for x in told[:5]} == {0xFFFFFFF9}
    nested = {x["number"] for x in told[5:] if x["lr"] == 0xFFFFFFF1}
    assert nested == [{17, 18, 19}, set(), {17, 18, 19}, set()][nth]


def test_masks(text: str) -> None:
    """B1.4.3: BASEPRI holds back its value and above; BASEPRI_MAX only tightens; FAULTMASK holds back all."""
    assert [x["number"] for x in section(text, "masks")] == [16, 17, 18]
    assert "pending=0000000c basepri=00000060 basepri=00000040 basepri=00000040" in text
    assert "faultmask=00000001 pending=00000008 faultmask=00000000" in text
    assert section(text, "svc behind primask")[0]["hfsr"] == 1 << 30
    behind, outranked, taken = section(text, "a fault behind primask")
    assert [x["number"] for x in (behind, outranked, taken)] == [3, 3, 6]


def test_floating_point_context(text: str) -> None:
    """B1.5.7: room at entry, registers at the first use in the handler, or at once without LSPEN."""
    (lazy,), (eager,) = (section(text, "floating point", n) for n in (0, 1))
    assert lazy["lr"] == eager["lr"] == 0xFFFFFFE9
    assert (lazy["room"], lazy["s0"], lazy["s15"], lazy["fpscr"]) == (0x20, 0x3F800000, 0x10000000, 1 << 28)
    assert eager["s0"] == 0x12345678  # what the handler put into the frame stays there
    assert lazy["now"] == 1 << 25  # FPDSCR's DN
    assert "lazy=c0000001" in text
    assert "lazy=80000000" in text
    assert section(text, "floating point fpccr=00000000") == []


def test_unprivileged_code(text: str) -> None:
    """B5.2.2, B5.2.3 and B3.1.1: masks read zero and keep, private peripherals fault."""
    bus, call = section(text, "unprivileged")
    assert (bus["number"], bus["cfsr"], bus["bfar"], call["number"]) == (5, 0x8200, 0xE000ED00, 11)
    seen = "unprivileged=00000001" + " unprivileged=00000000" * 3
    assert f" {seen} control=00000000 psp=20001000 primask=00000000" in text


def test_stacking_fails(text: str) -> None:
    """B1.5.11: the fault is taken in place of the interrupt, which then tail-chains."""
    for nth, number in ((0, 3), (1, 5)):
        fault, interrupt = section(text, "stacking fails", nth)
        assert (fault["number"], fault["lr"], fault["cfsr"]) == (number, 0xFFFFFFFD, 1 << 12)
        assert (fault["psp"], fault["pending"], interrupt["number"]) == (0x80000000, 1, 16)
