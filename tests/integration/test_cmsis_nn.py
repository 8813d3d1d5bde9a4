"""Models by way of CMSIS-NN, bit-exact with TensorFlow Lite's reference kernels, here and on emulated cores.

The library is a stand-in of ours with the same functions; with COINCELL_CMSIS_NN set, also Arm's own.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow")
import kernel_models as km
from kernel_draws import DRAWS
from kernel_network import wide_network

from coincell import data
from coincell.build.app import build_app
from coincell.build.cmsis_nn import VARIABLE, CmsisNn, note
from coincell.build.convert import convert
from coincell.build.target import Memory, Target
from coincell.engines.assembly import BareChip
from coincell.engines.execute import exec_image
from coincell.errors import FirmwareCrash
from coincell.image import load_image

STAND_IN = Path(__file__).parent / "cmsis_nn_stand_in"
REAL = pytest.param(None, id="real", marks=pytest.mark.cmsis_nn)
"""The copy that the environment names; run by name, since no package has one."""
FLASH, RAM, SIZE = 0x0800_0000, 0x2000_0000, 256 << 10
TARGET = (Memory("flash", FLASH, SIZE, "flash"), Memory("ram", RAM, SIZE, "ram"))
MAIN = """#include "console.h"
#include "inputs.h"
#include "nn.h"

int main(void)
{
    for (unsigned row = 0; row < sizeof inputs / sizeof inputs[0]; row++) {
        for (unsigned i = 0; i < NN_INPUT_SIZE; i++)
            nn_input[i] = inputs[row][i];
        nn_invoke();
        for (unsigned i = 0; i < NN_OUTPUT_SIZE; i++) {
            console_put_i32(nn_output[i]);
            console_putc(i + 1 < NN_OUTPUT_SIZE ? ' ' : '\\n');
        }
    }
    return 0;
}
"""


@pytest.fixture(scope="module", params=[pytest.param(STAND_IN, id="stand-in"), REAL])
def library(request):
    if request.param is None and VARIABLE not in os.environ:
        pytest.skip(f"{VARIABLE} names no copy of CMSIS-NN")
    return CmsisNn.at(Path(request.param or os.environ[VARIABLE]))


@pytest.fixture(scope="module")
def kernels(library, tmp_path_factory):
    return km.HostKernels(tmp_path_factory.mktemp("library"), simd=False, library=library)


def drawn(rng, n_rows: int, size: int) -> np.ndarray:
    inputs = rng.integers(-128, 128, (n_rows, size), dtype=np.int8)
    inputs[0], inputs[1] = -128, 127
    return inputs


@pytest.mark.parametrize("kind", ["convolution", "dense", "pool", "softmax", "ADD", "MUL"])
def test_drawn_models(kernels, kind):
    rng = np.random.default_rng(sum(kind.encode()))
    models = [DRAWS[kind](rng) for _ in range(25 if kernels.library.folder == STAND_IN else 120)]
    loaded = kernels.load(models)
    theirs = [name.startswith("nn_cmsis_") for one in loaded for name in one.converted.functions]
    assert sum(theirs) > len(models) / 4  # operands that are repeated stay with our own kernels
    for number, (model, ours) in enumerate(zip(models, loaded, strict=True)):
        inputs = drawn(rng, 6, int(np.prod(ours.converted.input_shape)))
        np.testing.assert_array_equal(
            ours.run(inputs), km.reference(model, inputs), err_msg=f"{kind} {number}"
        )


def infer(folder: Path, model: bytes, inputs: np.ndarray, core: str, library: CmsisNn) -> np.ndarray:
    """What firmware with the model answers on an emulated bare core."""
    rows = ",\n".join("{" + ", ".join(map(str, row)) + "}" for row in inputs.tolist())
    size = inputs.shape[1]
    (folder / "inputs.h").write_text(f"static const signed char inputs[][{size}] = {{\n{rows}\n}};\n")
    (folder / "main.c").write_text(MAIN)
    (folder / "m.tflite").write_bytes(model)
    (folder / "app.toml").write_text(
        'title = "t"\nsources = ["main.c"]\nhal = ["console"]\nstack_bytes = 4096\n'
        'model = {file = "m.tflite"}\n'
    )
    elf = build_app(str(folder), Target("bare", core, "none", TARGET), kernels=library).elf
    done = exec_image(load_image(elf), BareChip(core, ((FLASH, SIZE),), ((RAM, SIZE),), 64_000_000))
    assert done.exit_code == 0
    return np.array([[int(value) for value in line.text.split()] for line in done.console])


@pytest.mark.parametrize("core", ["cortex-m4f", "cortex-m0plus"])
@pytest.mark.parametrize("network", [km.network, wide_network])
def test_networks_on_cores(library, network, core, tmp_path):
    rng = np.random.default_rng(11)
    model = network(rng)
    (tmp_path / "m.tflite").write_bytes(model)
    converted = convert(tmp_path / "m.tflite", kernels=library)
    inputs = drawn(rng, 4, int(np.prod(converted.input_shape)))
    expected = km.reference(model, inputs)
    assert len(np.unique(expected)) > 6
    np.testing.assert_array_equal(infer(tmp_path, model, inputs, core, library), expected)


class Unaware(CmsisNn):
    """Plans the arena for a core without the DSP extension, whatever the core."""

    def on(self, core: str) -> CmsisNn:
        return replace(self, dsp=False)


def test_too_little_scratch_is_noticed(library, tmp_path):
    rng = np.random.default_rng(2)
    model = km.pool(rng, (6, 6, 8), (2, 2), (2, 2), km.VALID)
    inputs = drawn(rng, 2, 6 * 6 * 8)
    np.testing.assert_array_equal(
        infer(tmp_path, model, inputs, "cortex-m4f", library), km.reference(model, inputs)
    )
    with pytest.raises(FirmwareCrash, match="nn_cmsis_refused"):
        infer(tmp_path, model, inputs, "cortex-m4f", Unaware(library.folder, library.functions))


@pytest.mark.parametrize("library", [REAL], indirect=True)
@pytest.mark.parametrize("core", ["cortex-m4f", "cortex-m0plus"])
@pytest.mark.parametrize("app", ["hearing_aid", "sound_scene", "wake_word"])
def test_models_of_apps_on_cores(library, app, core, tmp_path):
    model = (data.find("firmware/apps", app, "") / "model.tflite").read_bytes()
    (tmp_path / "m.tflite").write_bytes(model)
    converted = convert(tmp_path / "m.tflite", kernels=library)
    assert note(converted) == ""
    inputs = drawn(np.random.default_rng(3), 4, int(np.prod(converted.input_shape)))
    expected = km.reference(model, inputs)
    np.testing.assert_array_equal(infer(tmp_path, model, inputs, core, library), expected)
