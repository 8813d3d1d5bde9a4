"""Who answers in an app: its model, its baseline or nobody; and what every app finds in firmware/sense."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from coincell import data
from coincell.build.app import build_app
from coincell.build.host import build_host
from coincell.build.target import Memory, Target
from coincell.errors import InputError

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
TARGET = Target(
    "bare",
    "cortex-m0plus",
    "none",
    (Memory("flash", 0, 64 << 10, "flash"), Memory("ram", 0x2000_0000, 8 << 10, "ram")),
)
TOML = """title = "t"
sources = ["main.c"]
judge = "judge.c"
baseline = "threshold.c"
hal = ["console"]
"""
MODEL = 'model = {file = "not_trained_yet.tflite"}\n'
MAIN = """#include "console.h"
#include "judge.h"
static feature features[2] = {7, 5};
int main(void)
{
    return judge(features);
}
"""


@pytest.fixture
def app(tmp_path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "app.toml").write_text(TOML)
    (folder / "main.c").write_text(MAIN)
    (folder / "features.h").write_text("#include <stdint.h>\ntypedef int8_t feature;\n")
    (folder / "judge.h").write_text('#include "features.h"\nint judge(const feature *features);\n')
    for name, answer in (("judge", "features[0]"), ("threshold", "features[1]")):
        (folder / f"{name}.c").write_text(
            f'#include "judge.h"\nint judge(const feature *features)\n{{\n    return {answer};\n}}\n'
        )
    return folder


def test_exactly_one_judge_answers(app, tmp_path):
    for judge, answer in (("model", 7), ("baseline", 5), ("silent", 0)):
        build_host(str(app), tmp_path / judge, judge=judge)
        assert subprocess.run([tmp_path / judge], check=False).returncode == answer


def test_the_judge_is_a_function_of_the_image_and_the_images_differ(app):
    images = set()
    for judge in ("model", "baseline", "silent"):
        elf = build_app(str(app), TARGET, judge=judge).elf
        images.add(elf.read_bytes())
        with elf.open("rb") as stream:
            assert ELFFile(stream).get_section_by_name(".symtab").get_symbol_by_name("judge")
    assert len(images) == 3


def test_a_model_is_needed_only_by_the_judge_that_asks_it(app):
    (app / "app.toml").write_text(TOML + MODEL)
    assert build_app(str(app), TARGET, judge="silent").model is None
    assert build_app(str(app), TARGET, judge="baseline").model is None
    with pytest.raises(InputError, match=r"not_trained_yet\.tflite"):
        build_app(str(app), TARGET)


@pytest.mark.parametrize(
    ("toml", "judge", "words"),
    [
        (TOML.replace('judge = "judge.c"\n', ""), "model", ("baseline", "name that too")),
        (TOML.replace('baseline = "threshold.c"\n', ""), "baseline", ("baseline judge", "names no baseline")),
        (TOML.replace('["main.c"]', '["main.c", "judge.c"]'), "model", ("judge.c", "take it out of sources")),
        (TOML.replace("judge.c", "other.c"), "model", ("no such source", "other.c")),
        (TOML.replace("judge.c", "../sense/silent.c"), "model", ("judge", "../FOLDER/FILE")),
    ],
)
def test_what_cannot_be_chosen(app, toml, judge, words):
    (app / "app.toml").write_text(toml)
    with pytest.raises(InputError) as caught:
        build_app(str(app), TARGET, judge=judge)
    assert all(word in str(caught.value) for word in words), caught.value


def test_an_app_without_a_judge_has_no_other():
    for judge in ("baseline", "silent"):
        with pytest.raises(InputError, match=rf"(?s)hello.*{judge} judge.*names no judge"):
            build_app("hello", TARGET, judge=judge)


def test_what_an_app_does_not_call_of_sense_takes_nothing():
    folder = data.find("firmware", "sense", "")
    names = {path.name for path in folder.iterdir()}
    with build_app("hello", TARGET).elf.open("rb") as stream:
        elf = ELFFile(stream)
        symbols = {s.name for s in elf.get_section_by_name(".symtab").iter_symbols()}
    assert "silent.c" in names
    assert not {name for name in symbols if name.startswith("sense_") or name == "judge"}
