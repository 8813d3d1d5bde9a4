"""A copy of CMSIS-NN: what of it a build takes, and what falls back to our own kernels."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from coincell import data
from coincell.build.cmsis_nn import CmsisNn, note
from coincell.build.convert import convert

STAND_IN = Path(__file__).parents[2] / "integration/cmsis_nn_stand_in"
MODELS = data.find("firmware/apps", "wake_word", "").parent


@pytest.fixture
def copy(tmp_path) -> Path:
    return Path(shutil.copytree(STAND_IN, tmp_path / "copy"))


def sources(library: CmsisNn, *functions: str) -> set[str]:
    return {name for name in library.files(functions) if name.endswith(".c")}


def test_only_what_is_called_is_compiled(copy):
    library = CmsisNn.at(copy)
    assert sources(library, "nn_softmax") == {"nn_cmsis/nn_cmsis_refused.c"}  # our own kernel
    assert sources(library, "nn_cmsis_softmax") == {
        "nn_cmsis/nn_cmsis_refused.c", "nn_cmsis/nn_cmsis_softmax.c", "cmsis_nn/Source/arm_rest_s8.c"
    }  # fmt: skip
    # What a function needs in turn, wherever it is; a prototype, a call and a static function define nothing.
    (copy / "Source/deep").mkdir()
    (copy / "Source/deep/a.c").write_text(
        "int32_t arm_far(int32_t a);\n\n__attribute__((used)) int32_t\n"
        "arm_near(const int32_t a,\n         int32_t b)\n{\n    return arm_far(a);\n}\n"
    )
    (copy / "Source/deep/b.c").write_text("int32_t arm_far(int32_t a)\n{\n    return a;\n}\n")
    (copy / "Source/deep/c.c").write_text("static int arm_near(int a)\n{\n    return a;\n}\n")
    softmax = copy / "Source/arm_rest_s8.c"
    softmax.write_text(softmax.read_text().replace("nn_softmax(&layer", "arm_near(1, 2), nn_softmax(&layer"))
    added = sources(library, "nn_cmsis_softmax") - sources(CmsisNn.at(STAND_IN), "nn_cmsis_softmax")
    assert added == {"cmsis_nn/Source/deep/a.c", "cmsis_nn/Source/deep/b.c"}


def test_what_an_older_copy_lacks_our_own_kernels_compute(copy):
    header = copy / "Include/arm_nnfunctions.h"
    header.write_text(header.read_text().replace("arm_fully_connected_per_channel_s8", "something_else"))
    model = MODELS / "hearing_aid/model.tflite"  # a scale for each output
    assert note(convert(model, kernels=CmsisNn.at(STAND_IN))) == ""
    missed = "layer_03_fully_connected, layer_04_fully_connected"
    assert note(convert(model, kernels=CmsisNn.at(copy))).endswith(f"kernels: {missed}")


def test_scratch_is_in_the_arena_while_its_layer_runs():
    library = CmsisNn.at(STAND_IN)
    model = MODELS / "wake_word/model.tflite"
    own, theirs = convert(model), convert(model, kernels=library)
    scalar = convert(model, kernels=library.on("cortex-m0plus"))
    pairs = list(zip(own.layers, theirs.layers, scalar.layers, strict=True))
    for mine, other, plain in pairs:
        if mine.operator == "AVERAGE_POOL_2D":  # a sum of 32 bits for each of 56 channels, with DSP
            assert (other.live_bytes, plain.live_bytes) == (mine.live_bytes + 4 * 56, mine.live_bytes)
    first, _, _ = pairs[0]
    windows = 2 * 2 * (-(-int(first.macs / 12 / 8 / 24) // 4) * 4)  # two windows of int16
    unscratched = sum(map(int, (48 * 32, 12 * 8 * 24)))
    assert theirs.layers[0].live_bytes == unscratched + windows
    assert max(layer.live_bytes for layer in theirs.layers) <= theirs.arena_bytes
