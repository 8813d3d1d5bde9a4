"""Reading files: every fault is one InputError with file, key, value, what is allowed and how to mend it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from coincell.describe import load, load_battery, load_board, load_chip, read_toml, units
from coincell.describe.figures import Current
from coincell.errors import InputError, MissingFigureError

DEVICE = """
name = "mic"
title = "A microphone"
driver = "mp34dt05"
[min_supply]
voltage_v = 1.6
kind = "estimate"
source = "made up"
[max_supply]
voltage_mv = 3600
kind = "estimate"
source = "made up"
[power]
components = ["self"]
initial = "off"
[power.states.off]
current_ua = 0.1
kind = "estimate"
source = "made up"
"""


@pytest.fixture
def device(tmp_path: Path):
    def make(old: str = "", new: str = ""):
        path = tmp_path / "mic.toml"
        assert old in DEVICE
        path.write_text(DEVICE.replace(old, new, 1) if old else DEVICE)
        return load.read_device(path)

    return make


def test_units_become_si_exactly(device):
    about = device()
    assert about.max_supply.voltage_v == Fraction(36, 10)
    assert about.power.figure("self", "off").current_a == Fraction(1, 10**7)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'title = "A',
            'titel = "A',
            ["mic.toml", "titel: 'titel' is not a key", "did you mean 'title'?", "driver"],
        ),
        ('title = "A microphone"', "", ["title: this key is missing"]),
        ("current_ua", "current", ["power.states.off.current", "'current' needs its unit", "current_ma"]),
        ("current_ua", "current_mv", ["'mv' is no unit of 'current'", "current_na"]),
        ("0.1", '"a bit"', ["off.current_ua: a number is needed here", "'a bit'"]),
        ("0.1", "-2", ["not negative"]),
        ("0.1", "nan", ["finite"]),
        ("0.1", "1e999999999", ["finite number of ordinary size"]),
        ("0.1", "true", ["a number is needed here"]),
        ("current_ua = 0.1", "current_ua = 1\ncurrent_na = 2", ["another key gives already"]),
        ('kind = "estimate"', 'kind = "guess"', ["min_supply.kind", "datasheet-typ", "'guess'"]),
        ('source = "made up"', 'source = ""', ["min_supply.source", "at least 3"]),
        ('name = "mic"', 'name = "../x"', ["a name is needed here"]),
        ("[power]", "[power", ["this is not TOML", "line"]),
    ],
)
def test_faults_are_said_once_and_clearly(device, old, new, said):
    with pytest.raises(InputError) as caught:
        device(old, new)
    for text in said:
        assert text in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_toml(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read as text"):
        read_toml(tmp_path / "binary.toml")
    with pytest.raises(InputError, match="cannot be read as text"):
        read_toml(tmp_path)
    with pytest.raises(InputError, match="cannot be read as text"):
        read_toml(tmp_path / "binary.toml" / "below.toml")
    (tmp_path / "deep.toml").write_text("x = " + "[" * 20000)
    with pytest.raises(InputError, match="not TOML"):
        read_toml(tmp_path / "deep.toml")
    with (tmp_path / "big.toml").open("wb") as file:
        file.truncate(load.MAX_BYTES + 1)
    with pytest.raises(InputError, match="too large"):
        read_toml(tmp_path / "big.toml")


def test_decimals_stay_exact(tmp_path):
    (tmp_path / "x.toml").write_text("a = 0.1\nb = 1_000.5")
    assert read_toml(tmp_path / "x.toml") == {"a": Decimal("0.1"), "b": Decimal("1000.5")}


def test_includes_are_merged_and_kept_in_their_folder(tmp_path, monkeypatch):
    folder = tmp_path / "platforms" / "chips"
    folder.mkdir(parents=True)
    shipped = Path(load.data.find("platforms/chips", "nrf52840"))
    text = shipped.read_text("utf-8").replace("nrf52840.blocks.toml", "few.toml")
    chip = folder / "mychip.toml"
    chip.write_text(text.replace('name = "nrf52840"', 'name = "mychip"', 1))
    (folder / "few.toml").write_text('[[block]]\nname = "x"\ntype = "t.x"\nbase = 0x40000000\n')
    monkeypatch.setenv("COINCELL_PATH", str(tmp_path))
    assert [block.name for block in load_chip("mychip").block] == ["x"]
    (folder / "few.toml").write_text('name = "sly"\n')
    with pytest.raises(InputError, match="holds only lists"):
        load_chip("mychip")
    chip.write_text(text.replace("few.toml", "../few.toml"))
    with pytest.raises(InputError, match="lies beside"):
        load_chip("mychip")


def test_unknown_names_list_what_exists():
    with pytest.raises(InputError) as caught:
        load_board("nano33ble_sens")
    lines = str(caught.value).splitlines()
    assert lines[0] == "no board is called 'nano33ble_sens'"
    assert "  to mend: did you mean 'nano33ble_sense'?" in lines
    assert lines[-1].startswith("  looked at: ")
    places = lines[-1].removeprefix("  looked at: ").split(", ")
    assert len(places) == len(set(places))
    with pytest.raises(InputError, match=r"no battery is called 'zzz'\n.*\n.*aaa2.*\n  to mend: use one of"):
        load_battery("zzz")


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("infernce_latency_max_ms", "inference_latency_max_ms"),
        ("infernce_latency_max_s", "inference_latency_max_s"),
        ("duti_max_percent", "duty_max_percent"),
        ("found_mim", "found_min"),
        ("colour", None),
    ],
)
def test_a_suggested_key_keeps_the_unit_that_was_written(key, meant):
    fields = ["inference_latency_max_s", "duty_max_ratio", "found_min"]
    assert units.nearest(key, fields) == meant


def test_a_key_with_its_units_in_short():
    assert units.short_spellings("duty_max_ratio") == "duty_max_(ratio|percent)"
    assert units.short_spellings("found_min") == "found_min"


def test_currents_follow_their_laws():
    base = {"current_ma": 3, "voltage_v": 3, "kind": "estimate", "source": "made up"}

    def at(law: str, volts: str, **more: object) -> Fraction:
        return Current.model_validate({**base, "law": law, **more}).at(Fraction(volts)) * 1000

    assert at("constant-current", "2") == 3
    assert at("constant-power", "2") == Fraction(9, 2)
    assert at("resistive", "2") == 2
    assert at("led", "2.5", forward_v=2) == Fraction(3, 2)
    assert at("led", "1.5", forward_v=2) == 0


def test_a_led_figure_needs_its_forward_voltage(right):
    with pytest.raises(ValueError, match="go together"):
        Current.model_validate({"current_ma": 1, "law": "led", **right.figure})
    with pytest.raises(ValueError, match="must lie below"):
        Current.model_validate({"current_ma": 1, "law": "led", "forward_v": 4, **right.figure})


def test_missing_figures_are_errors(right):
    power = right.check_chip(right.chip).component_power()
    with pytest.raises(MissingFigureError, match="has no current") as caught:
        power["uart0"].figure("uart0", "sending")
    assert "off, on" in str(caught.value)
    with pytest.raises(MissingFigureError, match="no current for this regulator mode"):
        power["cpu"].figure("cpu", "run", "boost")
    with pytest.raises(MissingFigureError, match="has no charge"):
        power["cpu"].charge("cpu", "wake")


def test_boards_answer_by_name(right):
    board = right.check_board(right.board)
    assert board.net_of_pin("P0.01") == "CLK"
    assert board.wire_of("TX").pin == "P0.02"
    assert board.cutoff_v() == (Fraction("1.7"), "testchip")
    assert board.cutoff_v(("mic",)) == (Fraction("1.7"), "testchip")
    for ask in (board.part_named, board.rail_named, board.attachment):
        with pytest.raises(InputError, match=r"has no (part|rail|attach) of that name"):
            ask("nothing")
