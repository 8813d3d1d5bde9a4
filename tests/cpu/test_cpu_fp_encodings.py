"""What each floating-point pattern is, according to capstone."""

from __future__ import annotations

import random
import struct

import pytest
from capstone import CS_ARCH_ARM, CS_MODE_MCLASS, CS_MODE_THUMB, CS_MODE_V8, Cs
from fp_unicorn import encodings, random_opcode

from coincell.isa.encoding import Encoding
from coincell.isa.float_format import DOUBLE, SINGLE, Format
from coincell.isa.floating_point_moves import expand_immediate

PLAIN = {
    "VMOV (core and single)": "vmov",
    "VMOV (core and scalar)": "vmov.32",
    "VMOV (two core and two single)": "vmov",
    "VMOV (two core and double)": "vmov",
    "VMRS": "vmrs",
    "VMSR": "vmsr",
    **{f"VLDR.{n}": "vldr" for n in (32, 64)},
    **{f"VSTR.{n}": "vstr" for n in (32, 64)},
}
DIRECTIONS = "anpm"


def mnemonic(name: str, f: dict[str, int]) -> str:
    """The mnemonic, with its types, of an instruction of this name and these fields."""
    if name in PLAIN:
        return PLAIN[name]
    if name.startswith(("VLDM", "VSTM")):
        return _multiple(name, f)
    stem, _, form = name.lower().rpartition(".")
    if stem.startswith("vcvt"):
        return _conversion(stem, form, f)
    operation = stem.split()[0]
    if operation == "vcmp" and f["E"]:
        operation = "vcmpe"
    if operation == "vsel":
        operation += ("eq", "vs", "ge", "gt")[f["cc"]]
    if operation == "vrintx" and "RM" in f:
        operation = "vrint" + DIRECTIONS[f["RM"]]
    if operation == "vrintr" and f["op"]:
        operation = "vrintz"
    return f"{operation}.{form}"


def _multiple(name: str, f: dict[str, int]) -> str:
    odd = name.endswith("64") and f["imm8"] % 2
    stack = f["Rn"] == 13 and f.get("W", 1) and not odd
    before = "W" not in f
    if stack and before == (name[:4] == "VSTM"):
        return "vpush" if before else "vpop"
    if odd:
        return f"f{name[1:4].lower()}{'dbx' if before else 'iax'}"
    return name[:4].lower() + ("db" if before else "ia")


def _conversion(stem: str, form: str, f: dict[str, int]) -> str:
    if stem == "vcvt (integer to float)":
        return f"vcvt.{form}.{'s' if f['op'] else 'u'}32"
    if stem == "vcvt (float to integer)":
        return f"{'vcvt' if f['op'] else 'vcvtr'}.{'s' if f['s'] else 'u'}32.{form}"
    if stem == "vcvtx":
        return f"vcvt{DIRECTIONS[f['RM']]}.{'s' if f['op'] else 'u'}32.{form}"
    if "half" in stem:
        return ("vcvtt." if f["T"] else "vcvtb.") + (f"f16.{form}" if "to half" in stem else f"{form}.f16")
    if "fixed" not in stem:
        return "vcvt.f64.f32" if stem == "vcvt (single to double)" else "vcvt.f32.f64"
    kind = ("u" if f["U"] else "s") + ("32" if f["sx"] else "16")
    return f"vcvt.{form}.{kind}" if stem == "vcvt (fixed to float)" else f"vcvt.{kind}.{form}"


@pytest.mark.parametrize("encoding", encodings(), ids=lambda e: f"{e.name} {e.match:08x}")
def test_capstone_agrees(encoding: Encoding) -> None:
    mode = CS_MODE_THUMB | CS_MODE_MCLASS | (0 if encoding.feature == "fpsp" else CS_MODE_V8)
    disassembler, rng = Cs(CS_ARCH_ARM, mode), random.Random(encoding.match)
    for _ in range(60):
        opcode = random_opcode(rng, encoding)
        code = (opcode >> 16).to_bytes(2, "little") + (opcode & 0xFFFF).to_bytes(2, "little")
        found = [i.mnemonic for i in disassembler.disasm(code, 0)]
        assert found == [mnemonic(encoding.name, encoding.extract(opcode))], hex(opcode)


@pytest.mark.parametrize(("fmt", "code"), [(SINGLE, "<If"), (DOUBLE, "<Qd")])
def test_immediates_are_the_manual_s(fmt: Format, code: str) -> None:
    """Plus or minus n/16 * 2**r with 16 <= n <= 31, -3 <= r <= 4 (DDI 0403E, VFPExpandImm)."""
    integer, number = code[:2], code[0] + code[2]
    numbers = {
        struct.unpack(number, struct.pack(integer, expand_immediate(imm8, fmt)))[0] for imm8 in range(256)
    }
    assert numbers == {s * n / 16 * 2.0**r for s in (-1, 1) for n in range(16, 32) for r in range(-3, 5)}
    assert expand_immediate(0x70, fmt) == (0x3F800000 if fmt is SINGLE else 0x3FF << 52)
    assert expand_immediate(0x80, fmt) == (0xC0000000 if fmt is SINGLE else 0xC << 60)
