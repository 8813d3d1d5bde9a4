"""Recordings: in and out, and files that mean harm. Truth from scipy's own WAV reader and writer."""

import struct

import numpy as np
import pytest
import soundfile
from scipy.io import wavfile

from coincell.errors import InputError
from coincell.ports import Label
from coincell.signals import RATE_HZ, Recording, create, write_wav


@pytest.fixture
def wav(tmp_path):
    path = tmp_path / "tone.wav"
    t = np.arange(8000) / RATE_HZ
    wavfile.write(path, RATE_HZ, (20000 * np.sin(2 * np.pi * 440 * t)).astype(np.int16))
    return path


def test_a_recording_is_its_samples_and_then_silence(wav):
    _, expected = wavfile.read(wav)
    signal = create({"kind": "recording", "path": str(wav), "full_scale": 2.0}, 1)
    assert (signal.rate_hz, signal.n_channels, signal.unit) == (RATE_HZ, 1, "Pa")
    assert np.allclose(signal.samples(0, 8000)[:, 0], expected * (2.0 / 32768))
    tail = signal.samples(7990, 100)[:, 0]
    assert np.allclose(tail[:10], expected[7990:] * (2.0 / 32768))
    assert not tail[10:].any()
    assert not signal.samples(10**9, 5).any()


def test_the_truth_about_it_may_be_given(wav):
    recipe = {"kind": "recording", "path": str(wav)}
    assert create({**recipe, "labels": [[0.1, 0.25, "word"]]}, 1).labels == (Label(0.1, 0.25, "word"),)
    for wrong in ([[0.25, 0.1, "word"]], [[-1, 0.1, "word"]], [[0, 1, ""]]):
        with pytest.raises(InputError, match=r"labels: .*a start, a later end and a name"):
            create({**recipe, "labels": wrong}, 1)


def test_two_channels_stay_two(tmp_path):
    path = tmp_path / "stereo.wav"
    soundfile.write(path, np.array([[0.5, -0.5], [0.25, 0.0]]), 8000, subtype="DOUBLE")
    assert np.array_equal(Recording(path).samples(0, 2), [[0.5, -0.5], [0.25, 0.0]])


@pytest.mark.filterwarnings("ignore:Chunk")  # libsndfile adds a PEAK chunk, which scipy skips
def test_any_signal_can_be_written(tmp_path):
    signal = create({"kind": "speech_scene", "words_at_s": [0.5], "snr_db": 10}, 1)
    path = tmp_path / "out.wav"
    write_wav(signal, path, 6.0, full_scale=20.0)
    rate, data = wavfile.read(path)
    assert rate == RATE_HZ
    assert np.allclose(data * 20.0, signal.samples(0, 6 * RATE_HZ)[:, 0], atol=1e-6)


@pytest.mark.parametrize("keep", [10, 30, 44, 45, 1000, 16043])
def test_a_truncated_file_is_refused(wav, keep):
    wav.write_bytes(wav.read_bytes()[:keep])
    with pytest.raises(InputError, match="recording"):
        Recording(wav)


def test_a_file_that_claims_more_than_it_has_is_refused(wav):
    body = bytearray(wav.read_bytes())
    struct.pack_into("<I", body, 40, 0x7FFFFFF0)
    wav.write_bytes(body)
    with pytest.raises(InputError, match=r"cut short[\s\S]*2147483"):
        Recording(wav)


def test_mutilated_files_never_do_worse_than_an_input_error(wav):
    original = wav.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(300):
        body = bytearray(original[: int(rng.integers(20, 400))] if rng.random() < 0.3 else original[:2000])
        for at in rng.integers(0, min(len(body), 60), 4):
            body[at] = int(rng.integers(256))
        wav.write_bytes(body)
        try:
            assert np.isfinite(Recording(wav).samples(0, 10)).all()
        except InputError:
            continue


@pytest.mark.parametrize("name", ["missing.wav", "text.wav", "sound.flac", "empty.wav", "nan.wav"])
def test_what_is_no_wav_is_refused(tmp_path, name):
    path = tmp_path / name
    if name == "text.wav":
        path.write_text("to be or not to be")
    elif name == "sound.flac":
        soundfile.write(path, np.zeros(100), 8000)
    elif name == "empty.wav":
        wavfile.write(path, 8000, np.zeros(0, np.int16))
    elif name == "nan.wav":
        soundfile.write(path, np.array([0.0, np.nan]), 8000, subtype="DOUBLE")
    with pytest.raises(InputError, match=name):
        Recording(path)
