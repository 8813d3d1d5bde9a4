"""Recordings in a scenario: what is wrong names scenario and key; what ends or is too loud is said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import wavfile

from coincell.errors import InputError
from coincell.scenario import read_scenario, run_scenario
from coincell.signals.resd import ResdBlock, sample_type, write_resd


@pytest.fixture
def judge(write, fake_engine):
    """Run a scenario of ten seconds with a recording at its microphone."""

    def run(recipe: str):
        scenario = read_scenario(write(f"[signals.microphone]\n{recipe}"))
        return run_scenario(scenario, fake_engine(), lambda *_: pytest.fail("nothing to build here"))

    return run


def sine(path, peak: float, seconds: float) -> None:
    wave = peak * np.sin(2 * np.pi * 1000 * np.arange(round(16_000 * seconds)) / 16_000)
    wavfile.write(path, 16_000, wave.astype(np.float32))


def said(result) -> list[str]:
    return [words for words in result.warnings if words.startswith("signals.")]


def test_a_recording_that_ends_before_the_run(judge, tmp_path):
    sine(tmp_path / "short.wav", 1.0, 0.5)
    (words,) = said(judge('kind = "recording"\npath = "short.wav"'))
    assert words == (
        "signals.microphone: the recording lasts 0.5 s of the run's 10 s; then zero follows, as silence"
    )
    samples = ResdBlock(sample_type("pressure"), 0, 0, 10**9, np.full((3, 1), 5))
    write_resd(tmp_path / "short.resd", [samples])
    (words,) = said(judge('kind = "resd"\npath = "short.resd"'))
    assert words == "signals.microphone: the recording lasts 3 s of the run's 10 s; then its last value stays"
    (tmp_path / "short.csv").write_text("p\n0\n1\n", "utf-8")
    (words,) = said(judge('kind = "csv"\npath = "short.csv"\nunit = "Pa"\nrate_hz = 2'))
    assert "lasts 1 s of the run's 10 s; then its last value stays" in words


def test_a_recording_that_is_too_loud(judge, tmp_path):
    """122.5 dB SPL are 26.67 Pa root mean square, a sine of 37.7 Pa."""
    sine(tmp_path / "loud.wav", 1.0, 10.0)
    assert said(judge('kind = "recording"\npath = "loud.wav"\nfull_scale = 37')) == []
    (words,) = said(judge('kind = "recording"\npath = "loud.wav"\nfull_scale = 500'))
    assert "the recording reaches 500 Pa; ST MP34DT05-A PDM microphone overloads from 37.7" in words


def test_what_is_made_here_has_no_end(judge):
    assert said(judge('kind = "noise"')) == []


@pytest.mark.parametrize(
    ("recipe", "key", "says"),
    [
        (
            'kind = "resd"\npath = "gone.resd"',
            "path",
            ["gone.resd: there is no such recording", "check the path"],
        ),
        ('kind = "recording"\npath = "gone.wav"', "path", ["gone.wav: there is no such", "check the path"]),
        (
            'kind = "resd"\npath = "cut.resd"',
            "path",
            ["cut.resd: block at byte 8: ", "this RESD file is broken"],
        ),
        (
            'kind = "resd"\npath = "two.resd"',
            "type",
            [
                "two.resd: there are several types on channel 0",
                'allowed: type = "acceleration" with channel = 0, type = "temperature" with channel = 0',
                'to mend: say which: type = "acceleration" or type = "temperature"',
            ],
        ),
        (
            'kind = "resd"\npath = "odd.resd"',
            "type",
            [
                "no samples of any type on channel 0",
                "also what is not read here: binary data, channel 0; sample type 0xF123, channel 7; "
                "temperature in a block of kind 9, channel 0",
            ],
        ),
    ],
)
def test_what_is_wrong_names_the_scenario_and_its_key(judge, tmp_path, recipe, key, says):
    types = [sample_type(name) for name in ("acceleration", "temperature")]
    two = tmp_path / "two.resd"
    write_resd(two, [ResdBlock(about, 0, 0, 1000, np.zeros((1, about.values), int)) for about in types])
    (tmp_path / "cut.resd").write_bytes(two.read_bytes()[:12])
    odd = b"".join(
        bytes([kind]) + number.to_bytes(2, "little") + channel.to_bytes(2, "little") + bytes(8)
        for kind, number, channel in ((2, 9, 0), (1, 0xF123, 7), (9, 1, 0))
    )
    (tmp_path / "odd.resd").write_bytes(two.read_bytes()[:8] + odd)
    with pytest.raises(InputError) as caught:
        judge(recipe)
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'test.toml'}: signals.microphone.{key}: ")
    for words in says:
        assert words in text


def test_another_case_is_asked_for(judge, tmp_path):
    about = sample_type("acceleration")
    write_resd(tmp_path / "a.resd", [ResdBlock(about, 0, 0, 1000, np.zeros((1, 3), int))])
    with pytest.raises(
        InputError, match=r"type: RESD has no sample type .*(?s:.*)did you mean 'acceleration'\?"
    ):
        judge('kind = "resd"\npath = "a.resd"\ntype = "Acceleration"')
