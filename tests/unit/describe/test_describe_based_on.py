"""A board that is another one with something added: what it keeps, what it may change, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from coincell.describe import load_board
from coincell.errors import InputError

SHIELD = """
based_on = "nano33ble_sense"
name = "shielded"
title = "Nano 33 BLE Sense with a button and a LED"

[inputs]
ears = "microphone"

[[wire]]
net = "D2"
pull = "up"

[[wire]]
net = "P1_04"
pin = "P1.04"

[[part]]
name = "microphone"
rail = "vdd_env"

[[part]]
name = "lamp"
device = "led"
rail = "3v3"
wires = { A = "P1_04" }
current = { current_ma = 1, voltage_v = 3, law = "led", forward_v = 2, kind = "estimate", source = "a test" }
"""


@pytest.fixture
def boards(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "platforms" / "boards"
    folder.mkdir(parents=True)
    monkeypatch.setenv("COINCELL_PATH", str(tmp_path))
    return folder


def test_it_is_the_board_below_and_what_it_adds(boards):
    (boards / "shielded.toml").write_text(SHIELD)
    below, board = load_board("nano33ble_sense"), load_board("shielded")
    assert (board.name, board.chip.name, board.default_attach) == (
        "shielded",
        below.chip.name,
        below.default_attach,
    )
    assert board.inputs == {**below.inputs, "ears": "microphone"}
    assert [part.name for part in board.part] == [part.name for part in below.part] + ["lamp"]
    assert [wire.net for wire in board.wire] == [wire.net for wire in below.wire] + ["P1_04"]
    assert board.attach == below.attach


def test_an_entry_of_the_same_name_changes_only_what_it_gives(boards):
    (boards / "shielded.toml").write_text(SHIELD)
    below, board = load_board("nano33ble_sense"), load_board("shielded")
    (before,), (after,) = ([w for w in b.wire if w.net == "D2"] for b in (below, board))
    assert (before.pin, before.pull, before.label) == (after.pin, None, after.label)
    assert after.pull == "up"
    assert board.part_named("microphone") == below.part_named("microphone").model_copy(
        update={"rail": "vdd_env"}
    )
    assert load_board("nano33ble_sense") == below


def test_boards_may_stand_on_each_other(boards):
    (boards / "shielded.toml").write_text(SHIELD)
    (boards / "twice.toml").write_text(
        'based_on = "shielded"\nname = "twice"\n[inputs]\nears = "microphone"\n'
    )
    assert load_board("twice").part == load_board("shielded").part


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"nano33ble_sense"', '"nano33ble_sence"', "nano33ble_sense"),
        ('"nano33ble_sense"', '"shielded"', "cannot be based on itself"),
        ('"nano33ble_sense"', "3", "a text in quotes"),
        ('net = "P1_04"\npin = "P1.04"', 'net = "P1_04"\npin = "P0.13"', "given twice"),
        ('ears = "microphone"', 'ears = "nose"', "senses anything"),
        ("[[part]]", "[part]", "list"),
    ],
)
def test_faults_are_named(boards, old, new, said):
    text = SHIELD.replace(old, new)
    if old == "[[part]]":
        text = SHIELD.split("[[part]]")[0] + '[part]\nname = "lamp"\n'
    (boards / "shielded.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_board("shielded")
    assert said in str(caught.value)
