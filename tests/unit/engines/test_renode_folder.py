"""The folder that Renode runs, against golden files: whoever changes one reads what Renode will read."""

from __future__ import annotations

import ast
import os
from dataclasses import replace
from pathlib import Path

import pytest

from coincell.describe import load_board
from coincell.engines.contract import RunRequest
from coincell.engines.renode.folder import Input, RunFolder, Watched, seconds_text
from coincell.engines.renode.platform import platform_of
from coincell.image import FirmwareImage, Segment

HERE = Path(__file__).parent / "renode"
BOARDS = ("nano33ble_sense", "nucleo_f746zg", "nucleo_g0b1re")


def folder(board: str, **changes: object) -> RunFolder:
    """A run of two bytes of firmware, with every kind of thing in it that a script can have."""
    about = load_board(board)
    flash = about.chip.memory[0].base
    segments = Segment(flash, b"\x01\x02"), Segment(flash + 0x4000, b"\x03"), Segment(0x10001014, b"UICR")
    image = FirmwareImage(Path("fw.hex"), "hex", segments)
    base = RunFolder(
        request=RunRequest(about, image, 1_250_000_000_500, seed=7),
        platform=platform_of(about),
        mips=41,
        vectors=0x08000000,
        watched=Watched(
            core="sysbus.cpu",
            mips=41,
            uarts=(("uart", "sysbus.uart0"),),
            pins=(("LED", "sysbus.gpio0", 13),),
            markers=(("inference", 0x16F0, (), (("nn_output", 0x20000100, 3),)),),
            sleeps=((0x1870, 0x1872),),
            blocks=(("sysbus.radio", 0x40001000, ((0, 0x504, 258),)),),
            addresses=tuple(range(0x4001E500, 0x4001E560, 4)),
            stack=((0x20000000, 0x800, 0xC5),),
        ),
        inputs=(Input("microphone", "microphone.s16le", b"\0\0", "sysbus.pdm SetInputFile $microphone"),),
        high=(("sysbus.gpio1", 10),),
        robot="*** Test Cases ***\n",
        notes=("something to know",),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def texts(made: RunFolder) -> dict[str, str]:
    head, _, _ = made.probe("0123456789abcdef").partition("\n\n")
    found = {name: data.decode() for name, data in made.contents.items() if name.endswith((".resc", ".py"))}
    return {**found, "probe.py, its head": head + "\n"}


@pytest.mark.parametrize("board", BOARDS)
def test_scripts_are_the_golden_file(board):
    """Written anew with COINCELL_GOLDEN=1, to be read before it is committed."""
    path = HERE / f"{board}.scripts.txt"
    text = "".join(f"==== {name}\n{body}\n" for name, body in sorted(texts(folder(board)).items()))
    if os.environ.get("COINCELL_GOLDEN"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


@pytest.mark.parametrize("board", BOARDS)
def test_what_is_python_is_python(board):
    """The literals say what they are to say; that all of it is Python 2.7, the stand-in for Renode checks."""
    made = folder(board)
    tree = ast.parse(made.probe("0123456789abcdef"))
    values = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}  # type: ignore[attr-defined]
    assert ast.literal_eval(values["RUN"]) == "0123456789abcdef"
    assert ast.literal_eval(values["CONFIG"]) == vars(made.watched)
    if "complete.py" in made.contents:
        rows = {
            n.targets[0].id: n.value
            for n in ast.parse(made.contents["complete.py"]).body
            if isinstance(n, ast.Assign)
        }  # type: ignore[attr-defined]
        completions = [(c.declared, c.absent, c.present) for c in made.platform.completions]
        assert list(ast.literal_eval(rows["COMPLETIONS"])) == completions
        assert ast.literal_eval(rows["BASED_ON"]) == made.platform.based_on


def test_everything_that_a_script_names_is_there(tmp_path):
    made = folder("nano33ble_sense")
    made.write(tmp_path / "run")
    there = {path.name for path in (tmp_path / "run").iterdir()}
    scripts = made.setup_script() + made.run_script()
    named = {word.rpartition("/")[2] for word in scripts.split() if "$ORIGIN/" in word}
    assert named - {"records.txt"} <= there
    assert {"README.md", "scenario.robot", "coincell-files.txt", "image0.bin", "image1.bin"} <= there
    for name in there:
        if not name.endswith((".bin", ".s16le")):
            assert str(tmp_path) not in (tmp_path / "run" / name).read_text("utf-8")


@pytest.mark.parametrize(
    "changes",
    [
        {"mips": 42},
        {"vectors": 0},
        {"high": ()},
        {"inputs": ()},
        {
            "inputs": (
                Input("microphone", "microphone.s16le", b"\0\1", "sysbus.pdm SetInputFile $microphone"),
            )
        },
        {"watched": Watched(core="sysbus.cpu", mips=41)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_run_has_another_fingerprint(changes):
    first = folder("nano33ble_sense")
    assert folder("nano33ble_sense").fingerprint == first.fingerprint
    assert folder("nano33ble_sense", **changes).fingerprint != first.fingerprint


def test_what_is_said_about_a_run_does_not_change_it():
    assert folder("nano33ble_sense", notes=(), robot="").fingerprint == folder("nano33ble_sense").fingerprint


@pytest.mark.parametrize(
    ("time_ps", "text"),
    [(10**12, "1"), (1_250_000_000_500, "1.25"), (1000, "0.000000001"), (3600 * 10**12 + 10**9, "3600.001")],
)
def test_times_have_no_unit_and_lose_no_nanosecond(time_ps, text):
    assert seconds_text(time_ps) == text
