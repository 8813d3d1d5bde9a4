"""A board's page shows all that its file has, and whoever names something else is led to it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coincell.cli import app, main

PLATFORMS = Path(__file__).parents[2] / "platforms"
BOARDS = sorted(path.stem for path in (PLATFORMS / "boards").glob("*.toml"))


def page(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["boards", *arguments], env={"COLUMNS": "100"})
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 100
    return done.stdout


@pytest.mark.parametrize("name", BOARDS)
def test_everything_that_a_scenario_may_name_stands_on_the_page(name: str) -> None:
    text = page(name)
    words = set(text.replace(",", " ").split())
    described = tomllib.loads((PLATFORMS / f"boards/{name}.toml").read_text("utf-8"))
    for wire in described.get("wire", ()):
        assert {wire["net"], wire.get("pin", wire["net"]), wire.get("label", wire["net"])} <= words
    for part in described.get("part", ()):
        assert part["name"] in words
    for way in described.get("attach", ()):
        assert way["name"] in words
    assert {*described.get("inputs", {})} <= words
    assert {"aaa2", "cr2032"} <= words
    assert f"0x{0x20000000:08x}" in text


def test_units_levels_and_renode() -> None:
    text = " ".join(page("nano33ble_sense").split())
    assert "microphone Pa ST MP34DT05-A PDM microphone" in text
    assert "LED_RED is low" in text
    assert "256.0 KiB at 0x00800000 the same bytes as ram" in text
    assert "platform platforms/cpus/nrf52840.repl" in text
    assert text.index(" D2 P1.11") < text.index(" D10 P1.02")


@pytest.mark.parametrize("name", ["nucleo_f746zg", "nucleo_g0b1re"])
def test_what_the_nucleos_refuse_is_said(name: str) -> None:
    text = " ".join(page(name).split())
    assert "16 MHz after reset firmware that selects a PLL or another clock" in text
    assert "none: this board senses nothing" in text


def test_the_list_says_that_there_are_pages() -> None:
    assert "coincell boards BOARD shows one" in page()


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (
            '[detect]\nlabel = "x"\nnet = "LED_BUILTIN"\nwithin_s = 1',
            "allowed: LD4, STLK_RX, STLK_TX, USER_BUTTON\n  to mend: `coincell boards nucleo_g0b1re` shows",
        ),
        (
            '[markers.send]\nfunction = "hal_console_wrote"',
            "to mend: did you mean 'hal_console_write'",
        ),
    ],
)
def test_all_names_are_allowed_and_the_near_ones_are_asked_for(tmp_path, capsys, lines, says) -> None:
    head = 'schema = "coincell.scenario/1"\ntitle = "t"\nbattery = "aaa2"\nboard = "nucleo_g0b1re"\n'
    (tmp_path / "s.toml").write_text(f'{head}firmware = {{ app = "hello" }}\nduration_s = 1\n{lines}\n')
    with pytest.raises(SystemExit) as done:
        main(["run", str(tmp_path / "s.toml")])
    said = capsys.readouterr().err
    assert done.value.code == 2
    assert says in said
    (allowed,) = (line for line in said.splitlines() if "allowed: " in line)
    names = allowed.removeprefix("  allowed: ").split(", ")
    assert names == sorted(names)
    if "function" in lines:
        assert {"main", "hal_console_write"} <= set(names)
        assert "hal_console_write.buffer" not in names  # a variable
