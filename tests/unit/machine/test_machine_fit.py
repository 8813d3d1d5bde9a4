"""Which core may run an image, by what compilers wrote into it; readelf says the same of the values."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from functools import cache
from pathlib import Path

import pytest

from coincell.build.app import build_app
from coincell.build.target import Memory, Target
from coincell.errors import InputError
from coincell.image import load_image
from coincell.image.attributes import BuildAttributes
from coincell.machine.cores import CORES, bare_options
from coincell.machine.fit import check_core, needs

MEMORIES = (Memory("flash", 0x0800_0000, 64 << 10, "flash"), Memory("ram", 0x2000_0000, 16 << 10, "ram"))
ARMV6M = {name for name in CORES if name.startswith("cortex-m0")}
ARMV8M = {name for name in CORES if name.startswith("cortex-m33")}
NO_DSP = ARMV6M | {"cortex-m3", "cortex-m33+nodsp+nofp"}
NO_FPU = NO_DSP | {"cortex-m4", "cortex-m7+nofp", "cortex-m33+nofp"}
REFUSED = {
    "cortex-m0": set(),
    "cortex-m3": ARMV6M,
    "cortex-m4": NO_DSP,
    "cortex-m4f": NO_FPU,
    "cortex-m7": NO_FPU | {"cortex-m4f"},
    "cortex-m7+fp.dp": set(CORES) - {"cortex-m7+fp.dp"},
    "cortex-m33": (set(CORES) - ARMV8M) | NO_FPU,
    "cortex-m33+nodsp+nofp": set(CORES) - ARMV8M,
}
"""For whom it was compiled, and which cores lack something of that: from the cores' reference manuals."""


@cache
def elf(core: str, tool: str = "zig") -> Path:
    return build_app("hello", Target("bare", core, "none", MEMORIES), tool).elf


@pytest.fixture(autouse=True)
def compiler() -> None:
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")


def refused(path: Path) -> set[str]:
    found = set()
    for core in CORES:
        try:
            check_core(load_image(path), bare_options(core))
        except InputError:
            found.add(core)
    return found


@pytest.mark.parametrize("core", REFUSED)
def test_who_may_run_what_zig_compiles(core: str) -> None:
    assert refused(elf(core)) == REFUSED[core]


@pytest.mark.skipif(not shutil.which("arm-none-eabi-gcc"), reason="no GNU Arm toolchain is installed")
@pytest.mark.parametrize("core", REFUSED)
def test_who_may_run_what_gcc_compiles_and_readelf_reads_the_same(core: str) -> None:
    path = elf(core, "gcc")
    assert refused(path) == REFUSED[core]
    said = load_image(path).attributes
    assert said is not None
    table = subprocess.run(["arm-none-eabi-readelf", "-A", path], capture_output=True, text=True, check=True)
    theirs = dict(re.findall(r"Tag_(\w+): (.*)", table.stdout))
    assert theirs["CPU_name"] == f'"{said.cpu_name}"'
    assert theirs["CPU_arch"] == {
        10: "v7",
        11: "v6-M",
        12: "v6S-M",
        13: "v7E-M",
        17: "v8-M.mainline",
    }.get(said.cpu_arch)
    assert theirs.get("FP_arch") == {0: None, 6: "VFPv4-D16", 8: "FPv5/FP-D16 for ARMv8"}[said.fp_arch]
    assert theirs.get("ABI_HardFP_use") == (None if not said.abi_hardfp_use else "SP only")
    assert theirs.get("DSP_extension") == (None if not said.dsp_extension else "Allowed")


@pytest.mark.parametrize(
    ("said", "runs_on_m3"),
    [
        (BuildAttributes(cpu_arch=2, thumb_isa_use=1), True),  # gas without a core, 16-bit instructions
        (BuildAttributes(cpu_arch=8, thumb_isa_use=2), True),  # the same, with a 32-bit one
        (BuildAttributes(cpu_arch=2, arm_isa_use=1, thumb_isa_use=1), False),  # ARM7TDMI
        (BuildAttributes(cpu_arch=10, cpu_arch_profile=ord("A"), thumb_isa_use=2), False),  # Cortex-A9
        (BuildAttributes(cpu_arch=16, thumb_isa_use=3), False),  # Cortex-M23
        (BuildAttributes(cpu_arch=21, thumb_isa_use=3), False),  # Cortex-M55
        (BuildAttributes(cpu_arch=99), False),
    ],
)
def test_other_architectures(said: BuildAttributes, runs_on_m3: bool) -> None:
    assert (needs(said) <= bare_options("cortex-m3").features) == runs_on_m3
    if said.cpu_arch == 16:
        assert needs(said) <= bare_options("cortex-m33").features
    if said.cpu_arch == 8:
        assert not needs(said) <= bare_options("cortex-m0plus").features


def test_the_message() -> None:
    with pytest.raises(InputError) as wrong:
        check_core(load_image(elf("cortex-m4f")), bare_options("cortex-m0plus"))
    text = str(wrong.value)
    assert (
        "image.elf: .ARM.attributes: this image was compiled for another core than that of cortex-m0plus"
        in text
    )
    assert "Armv7E-M, FPv4 of single precision (cortex-m4)" in text
    assert "allowed: Armv6-M, no floating-point registers, or less" in text


def section(content: bytes) -> tuple[int, int]:
    """Place and length of .ARM.attributes: the section of type 0x70000003 (AAELF32)."""
    shoff, shnum = struct.unpack_from("<I", content, 32)[0], struct.unpack_from("<H", content, 48)[0]
    headers = (struct.unpack_from("<10I", content, shoff + 40 * n) for n in range(shnum))
    return next((h[4], h[5]) for h in headers if h[1] == 0x7000_0003)


def test_damaged_attributes_are_read_in_a_moment_and_never_a_traceback(tmp_path: Path) -> None:
    content = elf("cortex-m4f").read_bytes()
    at, length = section(content)
    path = tmp_path / "a.elf"
    for place in range(at + 1, at + length):
        for byte in (0, 0x41, 0xFF):
            path.write_bytes(content[:place] + bytes([byte]) + content[place + 1 :])
            said = load_image(path).attributes
            assert said is None or isinstance(needs(said), frozenset)
    path.write_bytes(content.replace(b"aeabi\0", b"other\0"))
    assert load_image(path).attributes is None  # somebody's own: their meaning is private
