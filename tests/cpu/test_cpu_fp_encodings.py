"""What each floating-point pattern is, according to capstone."""

from __future__ import annotations

import random
import struct

import pytest
from capstone import CS_ARCH_ARM, CS_MODE_MCLASS, CS_MODE_THUMB, Cs
from fp_unicorn import encodings, random_opcode

from coincell.isa.encoding import Encoding
from coincell.isa.floating_point_moves import expand_immediate


def mnemonic(name: str, f: dict[str, int]) -> str:
    """The mnemonic, with its types, of an instruction of this name and these fields."""
    plain = {
        **{n: f"{n.lower()}.f32" for n in ("VADD", "VSUB", "VMUL", "VNMUL", "VDIV", "VSQRT", "VABS", "VNEG")},
        **{n: f"{n.lower()}.f32" for n in ("VMLA", "VMLS", "VNMLA", "VNMLS")},
        **{n: f"{n.lower()}.f32" for n in ("VFMA", "VFMS", "VFNMA", "VFNMS")},
        "VMOV (immediate)": "vmov.f32",
        "VMOV (register)": "vmov.f32",
        "VMOV (core and single)": "vmov",
        "VMOV (core and scalar)": "vmov.32",
        "VMOV (two core and two single)": "vmov",
        "VMOV (two core and double)": "vmov",
        "VMRS": "vmrs",
        "VMSR": "vmsr",
        **{f"VLDR.{n}": "vldr" for n in (32, 64)},
        **{f"VSTR.{n}": "vstr" for n in (32, 64)},
    }
    if name in plain:
        return plain[name]
    if name.startswith(("VLDM", "VSTM")):
        stack = f["Rn"] == 13 and f.get("W", 1)
        before = "W" not in f
        if stack and before == (name[:4] == "VSTM"):
            return "vpush" if before else "vpop"
        return name[:4].lower() + ("db" if before else "ia")
    if name.startswith("VCMP"):
        return "vcmpe.f32" if f["E"] else "vcmp.f32"
    if name == "VCVT (integer to float)":
        return "vcvt.f32.s32" if f["op"] else "vcvt.f32.u32"
    if name == "VCVT (float to integer)":
        return ("vcvt." if f["op"] else "vcvtr.") + ("s32.f32" if f["s"] else "u32.f32")
    if "half" in name:
        return ("vcvtt" if f["T"] else "vcvtb") + (".f32.f16" if name.endswith("single)") else ".f16.f32")
    kind = ("u" if f["U"] else "s") + ("32" if f["sx"] else "16")
    return f"vcvt.f32.{kind}" if name == "VCVT (fixed to float)" else f"vcvt.{kind}.f32"


@pytest.mark.parametrize("encoding", encodings(), ids=lambda e: f"{e.name} {e.match:08x}")
def test_capstone_agrees(encoding: Encoding) -> None:
    disassembler, rng = Cs(CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_MCLASS), random.Random(encoding.match)
    for _ in range(60):
        opcode = random_opcode(rng, encoding)
        code = (opcode >> 16).to_bytes(2, "little") + (opcode & 0xFFFF).to_bytes(2, "little")
        found = [i.mnemonic for i in disassembler.disasm(code, 0)]
        assert found == [mnemonic(encoding.name, encoding.extract(opcode))], hex(opcode)


def test_immediates_are_the_manual_s() -> None:
    """Plus or minus n/16 * 2**r with 16 <= n <= 31, -3 <= r <= 4 (DDI 0403E, VFPExpandImm)."""
    numbers = {struct.unpack("<f", struct.pack("<I", expand_immediate(imm8)))[0] for imm8 in range(256)}
    assert numbers == {s * n / 16 * 2.0**r for s in (-1, 1) for n in range(16, 32) for r in range(-3, 5)}
    assert expand_immediate(0x70) == 0x3F800000
    assert expand_immediate(0x80) == 0xC0000000
