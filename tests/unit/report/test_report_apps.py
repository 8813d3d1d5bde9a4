"""`coincell apps`: what decides in each app is read from its files."""

from __future__ import annotations

import pytest

from coincell.report.apps import app_rows, decides_by


@pytest.mark.parametrize(
    ("file", "content", "shown"),
    [
        ("m.json", '{"kind": "trees", "trees": [[[0]]]}', "tree, "),
        ("m.json", '{"kind": "trees", "trees": [[[0]], [[1]]]}', "forest of 2, "),
        ("m.json", '{"kind": "network"}', "perceptron, "),
        ("m.json", "[", "a damaged file, "),
        ("m.tflite", "x" * 2048, "int8 network, "),
    ],
)
def test_the_kind_and_size_of_a_model(tmp_path, file, content, shown):
    (tmp_path / file).write_text(content)
    found = decides_by(tmp_path, {"judge": "judge.c", "model": {"file": file}})
    assert found.startswith(shown)
    assert found.removeprefix(shown)[0].isdigit()


def test_an_app_without_its_model(tmp_path):
    learns = {"judge": "judge.c", "baseline": "threshold.c", "model": {"file": "m.json"}}
    assert decides_by(tmp_path, learns) == "a model, not trained yet"
    assert decides_by(tmp_path, {"judge": "t.c", "baseline": "t.c"}) == "a plain rule"
    assert decides_by(tmp_path, {}) == ""


def test_a_users_app_and_its_scenario_are_listed(tmp_path, monkeypatch):
    app = tmp_path / "firmware/apps/mine"
    app.mkdir(parents=True)
    (app / "app.toml").write_text('title = "Mine"\nsources = ["main.c"]\n')
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/shown.toml").write_text(
        'firmware = { app = "mine" }\n[signals.microphone]\n[signals.pulse]\n'
    )
    (tmp_path / "scenarios/broken.toml").write_text("[")
    monkeypatch.setenv("COINCELL_PATH", str(tmp_path))
    rows = {row[0]: row[1:] for row in app_rows()}
    assert rows["mine"] == ("Mine", "microphone, pulse", "", "shown")
    assert rows["wake_word"][2].startswith("int8 network, ")
    assert rows["wake_word"][3] == "wake_word and 1 more"
