"""What a newcomer reads on the screen: sizes that agree, a battery that cannot carry the board, titles."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from coincell.build.app import build_app
from coincell.cli import main
from coincell.describe import load_board

HEAD = 'schema = "coincell.scenario/1"\ntitle = "t"\n'


@pytest.fixture
def coincell(tmp_path, monkeypatch, capsys):
    """Run the command line in an empty folder: exit code, words of the standard output and error."""
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as done:
            main(list(arguments))
        out, err = capsys.readouterr()
        return done.value.code, " ".join(out.split()), " ".join(err.split())

    return run


def scenario(board: str, firmware: str, more: str = "") -> str:
    path = Path("s.toml")
    path.write_text(
        f'{HEAD}board = "{board}"\nbattery = "cr2032"\nfirmware = {firmware}\nduration_ms = 50\n{more}\n',
        "utf-8",
    )
    return str(path)


@pytest.mark.parametrize("board", ["nano33ble_sense", "nucleo_f746zg", "nucleo_g0b1re"])
def test_build_and_run_count_alike(coincell, board):
    _, _, built = coincell("build", "hello", "--board", board)
    _, ran, _ = coincell("run", scenario(board, '{ app = "hello" }'))
    sizes = re.search(r"RAM (.*) static and (.*) reserved for the stack, of (.*)", built)
    assert sizes
    static, stack, ram = sizes.groups()
    assert f"RAM {static} static of {ram} " in ran
    assert f"of {stack} reserved, at its highest" in ran
    (flash,) = re.findall(r"flash (\S+ \S+ of \S+ \S+)", built)
    assert f"flash {flash} " in ran


def test_a_battery_that_cannot_carry_the_board(coincell):
    expect = "expect = { battery_life_min_days = 20 }"
    file = scenario("nucleo_f746zg", '{ app = "hello" }', expect)
    code, said, _ = coincell("run", file)
    assert code == 1
    battery = said[said.index("Battery: ") : said.index("average of a day")]
    why = re.search(r"the board does not run from CR2032 .* on average \(it is rated for 3 mA\)", battery)
    assert why
    assert "hours" not in battery
    assert "FAILS battery life at least 20.0 days it does not run" in said
    assert f"! {why[0]}" in said
    coincell("run", file, "--json", "out.json")
    assert json.loads(Path("out.json").read_text("utf-8"))["battery_life"]["dead"] in why[0]


def test_the_title_says_the_format_where_the_name_does_not(coincell):
    elf = build_app("hello", load_board("nucleo_g0b1re")).elf
    shutil.copyfile(elf, "hello.elf")
    shutil.copyfile(elf, "firmware.axf")
    assert " · hello.elf · 50.0 ms" in coincell("run", scenario("nucleo_g0b1re", '"hello.elf"'))[1]
    assert (
        " · firmware.axf (elf) · 50.0 ms" in coincell("run", scenario("nucleo_g0b1re", '"firmware.axf"'))[1]
    )
