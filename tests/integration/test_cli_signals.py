"""`coincell signals`: the list as it was, a look, a picture, a file, and mistakes."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import soundfile

from coincell import data
from coincell.cli import main
from coincell.signals import create


@pytest.fixture
def coincell(capsys):
    """Run a command; its exit code, output and errors."""

    def run(*arguments):
        try:
            code = main(["signals", *arguments])
        except SystemExit as left:
            code = left.code
        captured = capsys.readouterr()
        return code or 0, captured.out, captured.err

    return run


def test_alone_it_is_the_list(coincell):
    code, out, _ = coincell()
    assert code == 0
    assert out.splitlines()[0].split() == ["signal", "kind"]
    for name in data.names("sensors/signals"):
        assert f"\n{name} " in out


def test_a_look_says_what_the_signal_is_like(coincell):
    code, out, err = coincell("show", "healthy_machine", "--from", "1h", "--for", "100ms", "--seed", "4")
    assert (code, err) == (0, "")
    assert "26.667 kHz" in out
    assert "100 ms from 1.0 hours on  2,667 samples" in out
    x = create({"signal": "healthy_machine"}, 4).samples(96_000_000, 2667)
    row = next(line.split() for line in out.splitlines() if line.strip().startswith("y "))
    assert float(row[3]) == pytest.approx(1e3 * x[:, 1].std(), rel=0.01)


def test_a_picture_is_drawn(coincell, tmp_path):
    png = tmp_path / "imbalance.png"
    code, _, err = coincell("show", "imbalance", "--png", str(png), "--from", "9s", "--for", "2s")
    assert (code, err) == (0, f"wrote {png}\n")
    assert png.read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_it_says_how_to_get_it(coincell, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, out, err = coincell("show", "imbalance", "--png", str(tmp_path / "x.png"))
    assert (code, out) == (2, "")
    assert "pip install -e '.[plot]'" in err
    assert coincell("show", "street", "--for", "1s")[0] == 0  # a look needs none


@pytest.mark.parametrize("suffix", ["wav", "csv", "resd"])
def test_a_signal_becomes_a_file(coincell, tmp_path, suffix):
    path = tmp_path / f"out.{suffix}"
    code, out, err = coincell(
        "export", "healthy_machine", "--to", str(path), "--for", "100ms", "--from", "2s"
    )
    assert (code, out) == (0, "")
    assert err.startswith(f"wrote {path}; to read it back: kind = ")
    if suffix == "wav":
        expected = create({"signal": "healthy_machine"}, 1).samples(53_333, 2667)
        assert np.allclose(soundfile.read(path)[0], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "imbalanced"), "did you mean 'imbalance'?"),
        (("show", "imbalance", "--for", "soon"), "--for: this is not a duration"),
        (("show", "imbalance", "--from", "4000d"), "too far from the beginning"),
        (("show", "imbalance", "--for", "1d"), "more than one look can hold"),
        (("show", "imbalance", "--png", "x.gif"), "a picture is a .png file"),
        (("export", "imbalance", "--to", "x.mp3", "--for", "1s"), "does not say its format"),
        (("export", "street", "--to", "x.resd", "--for", "1s"), "RESD has no type for such a signal"),
        (("export", "imbalance", "--to", "x.csv"), "--for"),
        (("play",), "play"),
    ],
)
def test_mistakes_are_told_in_one_message(coincell, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    code, _, err = coincell(*arguments)
    assert code == 2
    assert says in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())
