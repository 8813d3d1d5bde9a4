"""`--kernels cmsis-nn`: what it says, and what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from coincell import data

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
STAND_IN = Path(__file__).parent / "cmsis_nn_stand_in"
MODEL = data.find("firmware/apps", "hearing_aid", "") / "model.tflite"
TREE = data.find("firmware/apps", "seat", "") / "model.tree.json"
KERNELS = ("--kernels", "cmsis-nn")
BOARD = ("--board", "nano33ble_sense")


def coincell(*arguments: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from coincell.cli import main; main()", *map(str, arguments)]
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120", "COINCELL_CMSIS_NN": "", **variables}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=env)


def test_an_app_is_built_with_a_copy_named_either_way(tmp_path):
    named = coincell(
        "build", "hearing_aid", *BOARD, *KERNELS, "--cmsis-nn", STAND_IN, "--out", tmp_path, cwd=tmp_path
    )
    assert named.returncode == 0, named.stderr
    assert "own kernels" not in named.stderr  # the library has all that this network needs
    assert b"arm_convolve_wrapper_s8" in (tmp_path / "hearing_aid.elf").read_bytes()
    known = coincell("build", "hearing_aid", *BOARD, *KERNELS, cwd=tmp_path, COINCELL_CMSIS_NN=str(STAND_IN))
    assert Path(known.stdout.strip()).read_bytes() == (tmp_path / "hearing_aid.elf").read_bytes()


def test_what_the_library_lacks_is_named(tmp_path):
    pytest.importorskip("tensorflow")
    import kernel_models as km

    (tmp_path / "m.tflite").write_bytes(km.network(np.random.default_rng(1)))
    done = coincell(
        "convert", "m.tflite", *KERNELS, "--cmsis-nn", STAND_IN, "--out", "c", *BOARD, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "not by CMSIS-NN but by coincell's own kernels: layer_06_mean\n" in done.stderr
    written = {path.name for path in (tmp_path / "c").iterdir()}
    assert {"model.c", "nn.h", "nn_cmsis.h", "nn_cmsis_conv2d.c", "pool.c"} <= written
    assert "nn_cmsis_mul.c" not in written  # nothing is multiplied
    # The C compiles beside the copy as is said; only the stand-in wants headers of ours.
    flags = done.stderr.split("compile them with ")[1].split(" and the sources below ")
    sources = [*(tmp_path / "c").glob("*.c"), *Path(flags[1].strip()).rglob("*.c")]
    command = [sys.executable, "-m", "ziglang", "cc", "-c", "-Ic", *flags[0].split(), *map(str, sources)]
    subprocess.run(command, cwd=tmp_path, check=True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("build", "hearing_aid", *BOARD, *KERNELS), ["where is the copy of CMSIS-NN", "--cmsis-nn PATH"]),
        (
            ("build", "hearing_aid", *BOARD, *KERNELS, "--cmsis-nn", "."),
            ["no Include/arm_nnfunctions.h and no Source"],
        ),
        (("build", "hearing_aid", *BOARD, "--cmsis-nn", STAND_IN), ["add --kernels cmsis-nn"]),
        (("build", "hello", *BOARD, *KERNELS, "--cmsis-nn", STAND_IN), ["no model", "--kernels"]),
        (
            ("build", "hearing_aid", *BOARD, "--judge", "baseline", *KERNELS, "--cmsis-nn", STAND_IN),
            ["no model", "--kernels"],
        ),
        (("convert", TREE, *KERNELS, "--cmsis-nn", STAND_IN), ["model.tree.json", "leave --kernels out"]),
        (
            ("convert", MODEL, "--export", "tflm", "--out", "x", *KERNELS, "--cmsis-nn", STAND_IN),
            ["OPTIMIZED_KERNEL_DIR"],
        ),
        (("convert", TREE, "--export", "tflm", "--out", "x"), ["model.tree.json", "leave --export out"]),
    ],
)
def test_what_cannot_be(arguments, words, tmp_path):
    done = coincell(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("coincell: ") == 1
    for text in words:
        assert text in " ".join(done.stderr.split())
    assert not list(tmp_path.iterdir())


def test_a_scenario_is_run_with_it(tmp_path):
    scenario = tmp_path / "s.toml"
    scenario.write_text(
        'schema = "coincell.scenario/1"\ntitle = "t"\nboard = "nano33ble_sense"\nduration_s = 2\nseed = 1\n'
        'battery = { name = "aaa2", attach = "3v3_pin_jumper_cut" }\nfirmware = { app = "hearing_aid" }\n'
        '[signals.microphone]\nsignal = "talk_across_noise"\n[markers.inference]\nfunction = "judge"\n'
        "[expect]\ninferences_min = 1\n"
    )
    done = coincell("run", scenario, *KERNELS, "--cmsis-nn", STAND_IN, cwd=tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    built = coincell("build", "hello", *BOARD, "--out", tmp_path, cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    scenario.write_text(scenario.read_text().replace('app = "hearing_aid"', 'path = "hello.elf"'))
    done = coincell("run", scenario, *KERNELS, "--cmsis-nn", STAND_IN, cwd=tmp_path)
    assert done.returncode == 2
    assert "leave --kernels out" in done.stderr
