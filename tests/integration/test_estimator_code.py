"""The C of an estimator against its Python reference, here and on emulated cores; and scikit-learn."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("ziglang", reason="the firmware extra is not installed")

from elftools.elf.elffile import ELFFile
from estimator_models import CASES, halves

from coincell.build.app import build_app
from coincell.build.estimator import reference
from coincell.build.estimator.agreement import agreement
from coincell.build.estimator.code import to_c
from coincell.build.estimator.description import quantise, save_estimator
from coincell.build.estimator.scikit import from_sklearn
from coincell.build.target import Memory, Target
from coincell.facade import execute
from coincell.image import load_image

CORES = ("cortex-m0plus", "cortex-m4f")


@pytest.fixture(scope="module", params=CASES)
def case(request):
    fitted, seen, unseen, truth = halves(request.param)
    return fitted, from_sklearn(fitted, seen, **CASES[request.param][2]), unseen, truth


def rows_of(model, unseen: np.ndarray) -> np.ndarray:
    """Real rows, and extremes that make sums as large as they get."""
    rng = np.random.default_rng(3)
    extremes = rng.choice(np.array([-32768, 32767], np.int16), (40, len(model.features)))
    anywhere = rng.integers(-32768, 32768, (40, len(model.features)), dtype=np.int16)
    return np.concatenate([quantise(model.features, unseen[:40]), extremes, anywhere])


def test_it_answers_as_scikit_learn_does(case):
    fitted, model, unseen, truth = case
    found = agreement(fitted, model, unseen, truth)
    assert found.differing <= found.ties + found.saturated
    assert found.theirs == pytest.approx(found.ours, abs=0.011)
    assert found.largest <= found.bound
    q = quantise(model.features, unseen)
    same = reference.predict(model, q)
    if model.classes:
        assert len(set(same)) == len(model.classes)
        assert np.mean(np.array(model.classes)[same] == fitted.predict(unseen).astype(str)) > 0.97


def forms_of(model) -> list[str]:
    return list(to_c(model).forms)


def test_the_c_here(case, tmp_path):
    """Undefined behaviour traps: a sum that overflows would not pass as a wrong number."""
    _, model, unseen, _ = case
    rows = rows_of(model, unseen)
    expected = reference.scores(model, rows)
    for form in forms_of(model):
        made = to_c(model, form=form)
        (tmp_path / "model.h").write_text(made.header)
        (tmp_path / "model.c").write_text(made.source)
        command = [sys.executable, "-m", "ziglang", "cc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror"]
        command += ["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error", "-shared", "-fPIC"]
        subprocess.run([*command, "model.c", "-o", f"{form}.so"], cwd=tmp_path, check=True)
        library = ctypes.CDLL(str(tmp_path / f"{form}.so"))
        score = ctypes.c_int64 if "typedef int64_t model_score" in made.header else ctypes.c_int32
        library.model_predict.restype = ctypes.c_int if model.classes else score
        found = (score * expected.shape[1])()
        for row, scores, answer in zip(rows, expected, reference.predict(model, rows), strict=True):
            features = row.ctypes.data_as(ctypes.POINTER(ctypes.c_int16))
            library.model_scores(features, found)
            np.testing.assert_array_equal(found, scores)
            assert library.model_predict(features) == answer
        library.model_quantise.restype = ctypes.c_int16
        for number, q in enumerate(quantise(model.features, unseen[:30]).T):
            values = [ctypes.c_float(value) for value in unseen[:30, number]]
            assert [library.model_quantise(number, value) for value in values] == list(q)


def test_real_values_saturate(case, tmp_path):
    _, model, _, _ = case
    wild = np.array([[np.inf], [-np.inf], [np.nan], [3e38]]) * np.ones(len(model.features))
    expected = [[32767], [-32768], [-32768], [32767]] * np.ones(len(model.features))
    np.testing.assert_array_equal(quantise(model.features, wild), expected)


MAIN = """
#include "console.h"
#include "model.h"
#include "rows.inc"
int main(void)
{
    for (int row = 0; row < N_ROWS; row++) {
        model_score scores[MODEL_N_SCORES];
        model_scores(rows[row], scores);
        for (int k = 0; k < MODEL_N_SCORES; k++) {
            console_put_hex32((uint32_t)((uint64_t)scores[k] >> 32));
            console_put_hex32((uint32_t)scores[k]);
            console_putc(' ');
        }
        console_put_i32((int32_t)model_predict(rows[row]));
        console_putc(' ');
        console_put_i32(model_quantise(0, values[row]));
        console_putc('\\n');
    }
    return 0;
}
"""


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize(
    "name", ["small_tree", "votes", "shares", "forest_regressor", "logistic", "logistic_64", "mlp"]
)
def test_the_c_on_cores(name, core, tmp_path):
    fitted, seen, unseen, _ = halves(name)
    model = from_sklearn(fitted, seen, **CASES[name][2])
    rows = rows_of(model, unseen)[20:60]
    values = unseen[: len(rows), 0].astype(np.float32)
    table = ",\n".join("{" + ", ".join(map(str, row)) + "}" for row in rows)
    reals = ", ".join(f"{value:.9e}f" for value in values)
    (tmp_path / "rows.inc").write_text(
        f"enum {{ N_ROWS = {len(rows)} }};\nstatic const int16_t rows[][MODEL_N_FEATURES] = {{{table}}};\n"
        f"static const float values[] = {{{reals}}};\n"
    )
    (tmp_path / "main.c").write_text(MAIN)
    (tmp_path / "app.toml").write_text(
        'title = "t"\nsources = ["main.c"]\nhal = ["console"]\nmodel = {file = "model.tree.json"}\n'
    )
    save_estimator(model, tmp_path / "model.tree.json")
    memories = (Memory("flash", 0, 1 << 18, "flash"), Memory("ram", 0x2000_0000, 1 << 16, "ram"))
    built = build_app(str(tmp_path), Target("bare", core, "none", memories))
    ran = execute(
        load_image(built.elf), core=core, flash=["0x0:256K"], ram=["0x20000000:64K"], duration_ps=10**12
    )
    first = quantise(model.features, np.repeat(values[:, None], len(model.features), 1))[:, 0]
    expected = [
        " ".join([*(f"{int(score) & (1 << 64) - 1:016X}" for score in scores), str(answer), str(q)])
        for scores, answer, q in zip(
            reference.scores(model, rows), reference.predict(model, rows), first, strict=True
        )
    ]
    assert [line.text.upper() for line in ran.console] == expected
    check_size(built, model)


def check_size(built, model) -> None:
    """What was said before building: the scores' code and constants, within a third and a bit."""
    with built.elf.open("rb") as stream:
        symbols = ELFFile(stream).get_section_by_name(".symtab")
        own = (
            "model_scores",
            "nodes",
            "roots",
            "leaves",
            "weights",
            "biases",
            "multipliers",
            "shifts",
            "layer_",
        )
        taken = sum(
            s["st_size"]
            for s in symbols.iter_symbols()
            if s.name in own or s.name.startswith(("tree_", *own))
        )
    assert taken / 1.5 - 60 <= to_c(model).flash_bytes <= taken * 1.5 + 60, taken
