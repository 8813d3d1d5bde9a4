"""The compiled firmware, run by an independent emulator (unicorn), against the TFLite interpreter."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("unicorn")

import kernel_models as km
import unicorn
from elftools.elf.elffile import ELFFile
from kernel_network import wide_network
from unicorn import arm_const as arm

from coincell.build.app import build_app
from coincell.build.convert import convert
from coincell.build.target import Memory, Target

RAM = 0x2000_0000
STOP = 0x0800_0000
ARGUMENTS = (arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1, arm.UC_ARM_REG_R2)
TARGETS = {
    "cortex-m4f": (arm.UC_CPU_ARM_CORTEX_M4, 0),
    "cortex-m0plus": (arm.UC_CPU_ARM_CORTEX_M0, 0),
    "cortex-m7": (arm.UC_CPU_ARM_CORTEX_M7, 0),
    "cortex-m33": (arm.UC_CPU_ARM_CORTEX_M33, 0),
}
TOOLCHAINS = ["zig", pytest.param("gcc", marks=pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None, reason="no arm-none-eabi-gcc"
))]  # fmt: skip


class Core:
    """Runs functions of an ELF on unicorn."""

    def __init__(self, elf: Path, core: str) -> None:
        self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(TARGETS[core][0])
        self.uc.mem_map(0, 1 << 20)
        self.uc.mem_map(RAM, 1 << 18)
        self.uc.mem_map(STOP, 1 << 12)
        with elf.open("rb") as stream:
            image = ELFFile(stream)
            for segment in image.iter_segments("PT_LOAD"):
                if segment["p_filesz"]:
                    self.uc.mem_write(segment["p_paddr"], segment.data())
            self.code = image.get_section_by_name(".text").data()
            table = image.get_section_by_name(".symtab")
            self.symbols = {s.name: (s["st_value"], s["st_size"]) for s in table.iter_symbols() if s.name}

    def call(self, function: str, *arguments: int) -> int:
        """Call it; the number of instructions is not limited, the result is r0."""
        for register, value in zip(ARGUMENTS, arguments, strict=False):
            self.uc.reg_write(register, value)
        self.uc.reg_write(arm.UC_ARM_REG_SP, self.symbols["__stack_top"][0])
        self.uc.reg_write(arm.UC_ARM_REG_LR, STOP | 1)
        self.uc.emu_start(self.symbols[function][0] | 1, STOP)
        return self.uc.reg_read(arm.UC_ARM_REG_R0)

    def infer(self, values: np.ndarray) -> np.ndarray:
        (source, n_in), (result, n_out) = self.symbols["nn_input"], self.symbols["nn_output"]
        assert n_in == values.size  # the symbols have the tensors' sizes, though they share an arena
        self.uc.mem_write(source, values.astype(np.int8).tobytes())
        self.call("nn_invoke")
        return np.frombuffer(bytes(self.uc.mem_read(result, n_out)), np.int8)


MAIN = """
#include "nn.h"
#include "string.h"
static void *volatile keep[5];
int main(void)
{
    keep[0] = (void *)memcpy;
    keep[1] = (void *)memmove;
    keep[2] = (void *)memset;
    keep[3] = (void *)memcmp;
    keep[4] = (void *)strlen;
    nn_invoke();
    return 0;
}
"""


@pytest.fixture(scope="module", params=TARGETS)
def core(request):
    return request.param


@pytest.fixture(scope="module", params=TOOLCHAINS)
def toolchain(request):
    return request.param


@pytest.fixture(scope="module", params=[km.network, wide_network])
def model(request):
    return request.param(np.random.default_rng(11))


@pytest.fixture(scope="module")
def machine(tmp_path_factory, core, toolchain, model):
    """An app that holds the network, for a core without a HAL of its own."""
    app = tmp_path_factory.mktemp("app")
    (app / "app.toml").write_text('title = "t"\nsources = ["main.c"]\nmodel = {file = "m.tflite"}\n')
    (app / "main.c").write_text(MAIN)
    (app / "m.tflite").write_bytes(model)
    memories = (Memory("flash", 0, 1 << 20, "flash"), Memory("ram", RAM, 1 << 18, "ram"))
    built = build_app(str(app), Target("bare", core, "none", memories), toolchain)
    assert built.model is not None
    return Core(built.elf, core)


def test_inference_on_the_core(machine, model):
    rng = np.random.default_rng(5)
    inputs = rng.integers(-128, 128, (6, machine.symbols["nn_input"][1]), dtype=np.int8)
    inputs[0], inputs[1] = -128, 127
    expected = km.reference(model, inputs)
    assert len(np.unique(expected)) > 6
    np.testing.assert_array_equal([machine.infer(row) for row in inputs], expected)


def test_dsp_instructions_where_the_core_has_them(machine, core):
    """SMLAD is FB2x xxxx, with 0 above its last register (Arm DDI 0403E, A7.7.132)."""
    found = sum(
        first & 0xFFF0 == 0xFB20 and second & 0xF0 == 0 and second >> 12 != 15
        for first, second in itertools.pairwise(np.frombuffer(machine.code, "<u2").tolist())
    )
    assert found >= 8 if core != "cortex-m0plus" else found == 0


def test_constants_take_what_the_converter_says(machine, model, tmp_path):
    (tmp_path / "m.tflite").write_bytes(model)
    for layer in convert(tmp_path / "m.tflite").layers:
        found = [size for name, (_, size) in machine.symbols.items() if name.startswith(f"{layer.name}_")]
        assert sum(found) == layer.flash_bytes, layer.name


def test_copies_and_fills(machine):
    """memcpy, memmove, memset and memcmp of the start-up code at many alignments, against Python's bytes."""
    area, rng = RAM + 0x8000, np.random.default_rng(3)
    for count in (0, 1, 3, 4, 7, 15, 16, 17, 40, 67):
        for to, source in ((64, 192), (65, 191), (66, 194), (100, 98), (100, 104), (97, 105), (101, 100)):
            before = bytearray(rng.bytes(320))
            machine.uc.mem_write(area, bytes(before))
            overlap = abs(to - source) < count
            machine.call("memmove" if overlap else "memcpy", area + to, area + source, count)
            before[to : to + count] = bytes(before[source : source + count])
            assert bytes(machine.uc.mem_read(area, 320)) == bytes(before), (count, to, source)
            assert machine.call("memcmp", area + to, area + to, count) == 0
            machine.call("memset", area + to, 0x1A5, count)
            before[to : to + count] = b"\xa5" * count
            assert bytes(machine.uc.mem_read(area, 320)) == bytes(before), (count, to)
    machine.uc.mem_write(area, b"abcdefgh\0abcdeXgh")
    assert machine.call("strlen", area) == 8
    assert 0 < machine.call("memcmp", area, area + 9, 8) < 1 << 31
    assert machine.call("memcmp", area + 9, area, 8) >= 1 << 31
