"""The detector: C and twin agree, and both do what a hand calculation says."""

import ctypes
import re

import numpy as np
import pytest
from host_c import APP, compile_shared

from coincell.learn.wake_word import data as wake_data
from coincell.learn.wake_word import detector, frontend
from coincell.learn.wake_word.capture import APP_GAIN_DB


class State(ctypes.Structure):
    _fields_ = (
        ("recent", ctypes.c_uint8 * detector.SMOOTH),
        ("quiet", ctypes.c_uint8),
        ("score", ctypes.c_uint8),
    )


@pytest.fixture(scope="module")
def firmware(tmp_path_factory):
    library = compile_shared(tmp_path_factory.mktemp("detector"), [APP / "detector.c"])
    library.detector_update.restype = ctypes.c_bool

    def detect(scores):
        state = State()
        found = []
        for index, score in enumerate(scores):
            if library.detector_update(ctypes.byref(state), int(score)):
                found.append(detector.Detection(index, state.score))
        return found

    return detect


def test_the_twin_is_the_firmware(firmware):
    rng = np.random.default_rng(2)
    for high in (256, 400):
        scores = np.minimum(rng.integers(0, high, 5000), 255)
        scores[1000:1100] = 255
        assert detector.detect(scores) == firmware(scores)
        assert len(firmware(scores)) > 5


def test_one_word_is_one_detection(firmware):
    n, quiet = detector.SMOOTH, detector.REFRACTORY
    burst = [0] * 10 + [255] * (n + 2) + [0] * 20
    enough = -(-detector.THRESHOLD * n // 255)
    assert [d.inference for d in firmware(burst)] == [10 + enough - 1]
    steady = firmware([255] * (enough + 3 * (quiet + 1)))
    assert np.diff([d.inference for d in steady]).tolist() == [quiet + 1] * 3


def test_a_lone_spike_is_nothing(firmware):
    assert firmware([0] * 5 + [255] + [0] * 5) == []
    assert firmware([detector.THRESHOLD - 1] * 50) == []
    assert firmware([detector.THRESHOLD] * 50)


def test_firmware_and_training_agree_on_the_numbers():
    """Constants that live once in C and once in Python."""
    text = "".join((APP / name).read_text() for name in ("detector.h", "listener.h"))
    c = {name: int(value) for name, value in re.findall(r"(\w+) = (\d+)", text)}
    assert c["DETECTOR_SMOOTH"] == detector.SMOOTH
    assert c["DETECTOR_THRESHOLD"] == detector.THRESHOLD
    assert c["DETECTOR_REFRACTORY"] == detector.REFRACTORY
    assert c["LISTENER_FRAMES_PER_INFERENCE"] == detector.FRAMES_PER_INFERENCE
    assert c["LISTENER_FRAMES"] == wake_data.FRAMES
    assert c["LISTENER_WAKE"] == wake_data.WAKE
    assert c["LISTENER_CLASSES"] == len(wake_data.CLASSES)
    gain = re.search(r"\.gain_db = (\d+)", (APP / "main.c").read_text())
    assert gain is not None
    assert int(gain[1]) == APP_GAIN_DB
    assert frontend.HOP * 50 == frontend.RATE_HZ
