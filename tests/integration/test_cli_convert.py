"""`coincell convert`: what it says about a model, what it writes, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from coincell import data
from coincell.build.app import build_app
from coincell.build.convert import convert
from coincell.describe import load_board
from coincell.errors import InputError

MODEL = data.find("firmware/apps", "wake_word", "") / "model.tflite"


def run(*arguments: str, cwd) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from coincell.cli import main; main()", "convert", *arguments]
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120"}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=env)


def test_the_table_adds_up(tmp_path):
    done = run(str(MODEL), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("layer_")]
    macs, flash, ram = ([int(row[column].replace(",", "")) for row in rows] for column in (2, 3, 4))
    assert f"{sum(macs):,} MACs" in done.stdout
    assert f"flash {sum(flash):,} bytes" in done.stdout
    assert f"of which {max(ram):,} at once" in done.stdout
    assert not list(tmp_path.iterdir())


def test_the_folder_compiles_by_itself(tmp_path):
    done = run(str(MODEL), "--out", "c", "--board", "nano33ble_sense", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    sources = sorted(str(path) for path in (tmp_path / "c").glob("*.c"))
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    command = [sys.executable, "-m", "ziglang", "cc", "-c", "-Wall", "-Werror", *sources]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert (tmp_path / "c/nn.h").read_text() == convert(MODEL).header


def test_a_board_that_is_too_small(tmp_path):
    """Said before anything is written or built: a layer with more weights than the chip has flash."""
    pytest.importorskip("tensorflow")
    import kernel_models as km

    (tmp_path / "m.tflite").write_bytes(km.dense(np.random.default_rng(1), 1, 1200, 1000))
    done = run("m.tflite", "--board", "nano33ble_sense", "--out", "c", cwd=tmp_path)
    assert done.returncode == 2
    flash = convert(tmp_path / "m.tflite").flash_bytes
    excess = f"flash {flash / 1024:,.1f} KiB of 1,024.0 KiB ({flash - (1 << 20):,} bytes too many)"
    assert f"does not fit board 'nano33ble_sense': {excess}" in done.stderr
    assert "layer_00" in done.stdout
    assert not (tmp_path / "c").exists()
    (tmp_path / "app.toml").write_text('title = "t"\nsources = ["x.c"]\nmodel = {file = "m.tflite"}\n')
    with pytest.raises(InputError, match="the model alone, without code and stack, does not fit"):
        build_app(str(tmp_path), load_board("nano33ble_sense"))


def test_what_is_no_model(tmp_path):
    done = run("absent.tflite", cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot read the model" in done.stderr
    done = run(str(MODEL), "--board", "nona33ble_sense", cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean 'nano33ble_sense'" in done.stderr


@pytest.fixture
def tree(tmp_path):
    """A stump of two features, written by hand: the second class when `rms` is above 40."""
    described = {
        "schema": "coincell.estimator/1", "kind": "trees", "source": "by hand",
        "features": [{"name": "rms", "scale": 0.5}, {"name": "peak", "scale": 1.0}],
        "classes": ["calm", "shaken"], "trees": [[[0, 80, 2], [0], [1]]],
    }  # fmt: skip
    (tmp_path / "m.tree.json").write_text(json.dumps(described))
    return tmp_path


def test_a_tree_is_shown_and_written(tree):
    done = run("m.tree.json", "--out", "c", "--board", "nano33ble_sense", cwd=tree)
    assert done.returncode == 0, done.stderr
    for words in ("trees", "by hand", "rms, peak", "calm, shaken"):
        assert words in done.stdout
    assert sorted(path.name for path in (tree / "c").iterdir()) == ["model.c", "model.h"]
    (tree / "c/main.c").write_text(
        '#include "model.h"\nint main(void)\n{\n'
        "    int16_t calm[] = {model_quantise(0, 40.0f), 0}, shaken[] = {model_quantise(0, 41.0f), 0};\n"
        "    return 10 * model_predict(calm) + model_predict(shaken);\n}\n"
    )
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    command = [sys.executable, "-m", "ziglang", "cc", "-Wall", "-Werror", "model.c", "main.c", "-o", "try"]
    subprocess.run(command, cwd=tree / "c", check=True)
    assert subprocess.run([tree / "c/try"], check=False).returncode == 1


def test_a_damaged_tree_is_refused(tree):
    (tree / "m.tree.json").write_text("{}")
    done = run("m.tree.json", cwd=tree)
    assert done.returncode == 2
    assert "m.tree.json" in done.stderr


def test_only_a_network_has_an_input_to_keep(tree):
    recipe = 'title = "t"\nsources = ["x.c"]\nmodel = {file = "m.tree.json", keep_input = true}\n'
    (tree / "app.toml").write_text(recipe)
    with pytest.raises(
        InputError, match=r"(?s)model\.keep_input: keep_input is for \.tflite.*take the key out"
    ):
        build_app(str(tree), load_board("nano33ble_sense"))
