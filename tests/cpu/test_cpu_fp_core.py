"""Floating point as part of a core: what it says it has, what it refuses, when its context begins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bare import compile_bare
from emulate import run_here, run_on_qemu
from rig import HERE, M4F, NOP, Rig

from coincell.cpu.core import CoreOptions
from coincell.cpu.state import S

M33 = replace(M4F, name="cortex-m33", features=M4F.features | {"fpv5"})
M7 = replace(M4F, name="cortex-m7", features=M33.features | {"fpdp"})
BOTH = pytest.mark.parametrize("policy", ["step", "compile"])
CPACR, CFSR, SHCSR = 0xD88, 0xD28, 0xD24
UNDEFINED, NO_COPROCESSOR = 1 << 16, 1 << 19
ITT_NE, ITT_EQ = 0xBF1C, 0xBF04
"""Z is clear at first: NE passes, EQ fails."""
# d0 := d1 op d2 and s0 := s1 op s2.
UNCONDITIONAL = {
    "VSEL.F32": (0xFE20, 0x0A81),
    "VSEL.F64": (0xFE21, 0x0B02),
    "VMAXNM.F32": (0xFE80, 0x0A81),
    "VMINNM.F64": (0xFE81, 0x0B42),
    "VRINTN.F32": (0xFEB9, 0x0A60),
    "VRINTA.F64": (0xFEB8, 0x0B41),
    "VCVTN.S32.F32": (0xFEBD, 0x0AE0),
    "VCVTP.U32.F64": (0xFEBE, 0x0B41),
}
CONDITIONAL = {
    "VADD.F64": (0xEE31, 0x0B02),
    "VRINTX.F32": (0xEEB7, 0x0A60),
    "VRINTZ.F64": (0xEEB6, 0x0BC1),
    "VCVT.F64.F32": (0xEEB7, 0x0AC1),
    "VCVTB.F64.F16": (0xEEB2, 0x0B41),
}


def usage_fault(options: CoreOptions, *code: int, policy: str = "step", access: bool = True) -> int:
    """CFSR after the code and NOPs; 0 when nothing happened."""
    rig = Rig([*code, *[NOP] * 4, HERE], {6: [HERE]}, policy, options)
    rig.write(SHCSR, 1 << 18)
    rig.write(CPACR, 0xF00000 if access else 0)
    rig.run(400)
    assert [number for number, _ in rig.taken] == ([6] if rig.read(CFSR) else [])
    return rig.read(CFSR)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (replace(M4F, features=frozenset({"v6m", "v7m"})), (0, 0)),
        (M4F, (0x10110021, 0x11000011)),
        (M33, (0x10110021, 0x11000011, 0x40)),
        (M7, (0x10110221, 0x12000011, 0x40)),
    ],
    ids=["no FPU", "M4", "M33", "M7"],
)
def test_media_and_vfp_feature_registers(options: CoreOptions, expected: tuple[int, ...]) -> None:
    rig = Rig([HERE], options=options)
    assert tuple(rig.read(0xF40 + 4 * n) for n in range(len(expected))) == expected


@BOTH
@pytest.mark.parametrize("name", UNCONDITIONAL | CONDITIONAL)
def test_only_what_a_core_has_is_defined(name: str, policy: str) -> None:
    code = (UNCONDITIONAL | CONDITIONAL)[name]
    assert usage_fault(M7, *code, policy=policy) == 0
    single = "F64" not in name
    assert usage_fault(M33, *code, policy=policy) == (0 if single else UNDEFINED)
    assert usage_fault(M4F, *code, policy=policy) == UNDEFINED
    for options in (M4F, M7):  # refused before anyone asks what it is (DDI 0403E, B1.5.7 and A5.3.18)
        assert usage_fault(options, *code, policy=policy, access=False) == NO_COPROCESSOR


@BOTH
@pytest.mark.parametrize("name", UNCONDITIONAL)
def test_what_has_no_condition_may_not_stand_in_an_it_block(name: str, policy: str) -> None:
    """UNPREDICTABLE (A7.7: "if InITBlock() then UNPREDICTABLE"), undefined here."""
    code = UNCONDITIONAL[name]
    assert usage_fault(M7, ITT_NE, *code, NOP, policy=policy) == UNDEFINED
    assert usage_fault(M7, ITT_EQ, *code, NOP, policy=policy) == 0


@BOTH
@pytest.mark.parametrize("name", CONDITIONAL)
def test_what_has_a_condition_obeys_it(name: str, policy: str) -> None:
    for it in (ITT_NE, ITT_EQ):
        rig = Rig([it, *CONDITIONAL[name], NOP, HERE], policy=policy, options=M7)
        rig.write(CPACR, 0xF00000)
        rig.core.state.words[S : S + 6] = memoryview(bytes([0, 0x50, 0xD0, 0x3F] * 6)).cast("I")
        before = list(rig.core.state.words[S : S + 2])
        rig.run(60)
        assert (list(rig.core.state.words[S : S + 2]) != before) == (it == ITT_NE)
        assert rig.core.special.fp_active == (it == ITT_NE)


def test_a_program_full_of_doubles_is_qemu_s(tmp_path: Path) -> None:
    image = compile_bare("doubles", core="m7")
    here = run_here(image, "compile", "m7")
    assert here.count("=") == 26 * 5
    assert here == run_on_qemu(image, tmp_path, "m7")
