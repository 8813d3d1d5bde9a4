"""The front end: the firmware's C and its twin agree bit for bit, and both compute log-mel energies."""

import ctypes
import tomllib
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from host_c import APP, compile_shared

from coincell.data import find
from coincell.describe import load_board
from coincell.devices import Nets, populate
from coincell.learn.wake_word import frontend
from coincell.learn.wake_word.capture import capture, microphone
from coincell.peripherals.nordic.pdm import DEFAULT_GAIN_DB
from coincell.signals import create
from coincell.simtime import PS_PER_S, Simulation

RNG = np.random.default_rng(7)


@pytest.fixture(scope="module")
def firmware(tmp_path_factory):
    library = compile_shared(tmp_path_factory.mktemp("frontend"), [APP / "frontend.c"])

    def features(pcm):
        library.frontend_reset()
        out = np.zeros((pcm.size // frontend.HOP, frontend.BANDS), np.int8)
        for frame, row in zip(pcm.reshape(-1, frontend.HOP), out, strict=True):
            samples = np.ascontiguousarray(frame)
            library.frontend_process(*(a.ctypes.data_as(ctypes.c_void_p) for a in (samples, row)))
        return out

    return features


def speech():
    return capture(create({"signal": "wake_word_room"}, 3), 6.4, 1)


SOUNDS = {
    "speech": speech,
    "uniform noise": lambda: RNG.integers(-32768, 32768, 320 * 300),
    "quiet noise": lambda: RNG.integers(-2, 3, 320 * 100),
    "silence": lambda: np.zeros(3200),
    "most negative": lambda: np.full(3200, -32768),
    "square wave": lambda: np.where(np.arange(9600) % 32 < 16, 32767, -32768),
    "one click": lambda: np.eye(1, 3200, 1000)[0] * 32767,
    "alternating extremes": lambda: np.where(np.arange(3200) % 2, 32767, -32768),
}


@pytest.mark.parametrize("sound", SOUNDS.values(), ids=SOUNDS)
def test_the_twin_is_the_firmware_bit_for_bit(firmware, sound):
    pcm = np.asarray(sound()).astype(np.int16)
    assert np.array_equal(frontend.features(pcm), firmware(pcm))


def reference(pcm):
    """Log-mel energies in floating point, from their textbook definition."""
    padded = np.concatenate([np.zeros(frontend.WINDOW - frontend.HOP), pcm])
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 512)[:: frontend.HOP] * window
    power = np.abs(np.fft.rfft(frames)) ** 2

    def mel(hz):
        return 2595 * np.log10(1 + np.asarray(hz) / 700)

    corners = np.linspace(mel(100.0), mel(7600.0), frontend.BANDS + 2)
    bins = mel(np.arange(257) * 16000 / 512)
    out = []
    for low, mid, high in zip(corners, corners[1:], corners[2:], strict=False):
        triangle = np.minimum((bins - low) / (mid - low), (high - bins) / (high - mid)).clip(0)
        out.append(8 * np.log2(power @ triangle + 1e-9))
    return np.stack(out, axis=1)


def test_features_are_log_mel_energies():
    """Eighths of an octave, but for a constant: what all the fixed-point scaling adds up to."""
    pcm = speech()
    got, wanted = frontend.features(pcm).astype(float), reference(pcm)
    inside = (got > -120) & (got < 120)
    difference = (got - wanted)[inside]
    assert inside.mean() > 0.9
    assert np.abs(difference - np.median(difference)).max() <= 1.5
    assert np.std(difference) < 0.5


def test_a_tone_lights_its_band():
    t = np.arange(16000) / 16000
    for hz in (300, 1000, 3000, 6000):
        frames = frontend.features((8000 * np.sin(2 * np.pi * hz * t)).astype(np.int16))[5:]
        mel_step = (2595 * np.log10(1 + 7600 / 700) - 2595 * np.log10(1 + 100 / 700)) / 33
        expected = (2595 * np.log10(1 + hz / 700) - 2595 * np.log10(1 + 100 / 700)) / mel_step - 1
        assert abs(np.median(frames.argmax(axis=1)) - expected) <= 1


def test_twice_the_pressure_is_two_octaves_of_energy():
    """16 eighths: energy goes with the square."""
    pcm = RNG.integers(-1000, 1000, 32000)
    soft, loud = (frontend.features((pcm * k).astype(np.int16)).astype(int)[2:] for k in (1, 2))
    assert np.abs(loud - soft - 16).max() <= 1


def test_tables_in_the_firmware_are_the_generated_ones():
    assert (APP / "frontend_tables.h").read_text() == frontend.header()


def test_frames_need_whole_hops():
    assert frontend.features(np.zeros(319, np.int16)).shape == (0, frontend.BANDS)
    pcm = speech()
    assert np.array_equal(frontend.features(pcm[:1000]), frontend.features(pcm)[:3])


def test_the_stand_in_is_the_boards_microphone():
    """The same figures as in the part's description, and the part that the board carries."""
    board = load_board("nano33ble_sense")
    part = board.part_named(board.inputs["microphone"])
    device = tomllib.loads(find("sensors/devices", part.device).read_text())["parameters"]
    assert microphone().sensitivity_dbfs == device["sensitivity_dbfs"]["value"]
    assert microphone().self_noise_db_spl == 94 - device["snr_db"]["value"]


def test_samples_are_the_emulated_microphones():
    """The same noise through the device's own model, and the PDM block's gain at GAINL = 0x28 + 40."""
    sound = create({"kind": "noise", "noise": "white", "noise_level_db_spl": 70}, 1)
    sim, board = Simulation(), load_board("nano33ble_sense")
    nets = Nets(sim, board)
    power = SimpleNamespace(enter=lambda state: None, count=lambda event, n=1: None)
    device = populate(board, sim, lambda name: power, nets.net, {"microphone": sound}, 1)["microphone"]
    nets.net("MIC_PWR").drive("test", True)
    device.clock(Fraction(1_280_000))
    density = device.density(PS_PER_S, Fraction(frontend.RATE_HZ), 4 * frontend.RATE_HZ, False)
    expected = np.std(density) * 32768 * 10 ** ((DEFAULT_GAIN_DB + 20) / 20)
    got = np.std(capture(sound, 5.0, 1)[frontend.RATE_HZ :])
    assert 20 * np.log10(got / expected) == pytest.approx(0, abs=0.05)


def test_the_microphone_has_its_data_sheets_level():
    """94 dB SPL gives -26 dBFS, where a full-scale sine is 0 dBFS."""
    assert 20 * np.log10(np.sqrt(2) * 1.0023745 / microphone().full_scale_pa) == pytest.approx(-26.0)
    pcm = capture(create({"kind": "noise", "noise": "white", "noise_level_db_spl": 94}, 1), 2.0, 1, gain_db=0)
    rms = np.sqrt(np.mean((pcm / 32768.0) ** 2))
    assert 20 * np.log10(rms * np.sqrt(2)) == pytest.approx(-26.0, abs=0.2)
