"""firmware/sense against numpy, scipy and plain Python, compiled for this machine."""

from __future__ import annotations

import ctypes
import math
from collections import deque
from itertools import pairwise

import numpy as np
import pytest
import sense_library as c
from scipy import signal

pytest.importorskip("ziglang", reason="the firmware extra is not installed")


@pytest.fixture(scope="module")
def sense(tmp_path_factory):
    return c.load(tmp_path_factory.mktemp("sense"))


def at(array: np.ndarray) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


def spectrum(sense, samples: np.ndarray) -> np.ndarray:
    """Bins as the C gives them, in the scale of its header undone."""
    size = samples.size
    bins = np.zeros(size + 2, np.int32)
    sense.sense_spectrum(at(samples.astype(np.int16)), size, at(bins))
    return (bins[0::2] + 1j * bins[1::2]) * size / 2**14


def exact(samples: np.ndarray) -> np.ndarray:
    size = samples.size
    mean = math.trunc(samples.sum() / size)
    return np.fft.rfft((samples - mean) * signal.windows.hann(size, sym=False))


@pytest.mark.parametrize("size", [16, 32, 64, 128, 256, 512, 1024])
@pytest.mark.parametrize("amplitude", [3, 300, 20_000])
def test_spectrum_is_that_of_numpy(sense, size, amplitude):
    rng = np.random.default_rng(size + amplitude)
    samples = np.rint(rng.normal(5, amplitude / 3, size)).clip(-32768, 32767).astype(np.int64)
    expected = exact(samples)
    # Twiddles and window of 15 bits: errors of a few 2^-15 of all that is there, plus what halving rounds.
    allowed = 1e-4 * np.sqrt(np.sum(np.abs(expected) ** 2)) + 12 * size / 2**14
    np.testing.assert_allclose(spectrum(sense, samples), expected, atol=allowed)


@pytest.mark.parametrize(
    "samples",
    [
        np.full(256, 32767),
        np.resize([32767, -32768], 256),
        np.where(np.arange(256) < 13, -32768, 32767),
        np.sign(np.sin(2 * np.pi * 9 * np.arange(256) / 256 + 0.1)) * 32767,
    ],
)
def test_the_loudest_inputs_do_not_overflow(sense, samples):
    samples = samples.astype(np.int64)
    expected = exact(samples)
    np.testing.assert_allclose(spectrum(sense, samples), expected, atol=max(2e-4 * np.abs(expected).max(), 1))


def test_powers_are_in_the_scale_that_the_header_says(sense):
    size, k, amplitude = 256, 40, 5000
    samples = np.rint(amplitude * np.cos(2 * np.pi * k * np.arange(size) / size + 1)).astype(np.int16)
    bins = np.zeros(size + 2, np.int32)
    sense.sense_spectrum(at(samples), size, at(bins))
    powers = [sense.sense_bin_power(at(bins), i) / 2**16 for i in range(size // 2 + 1)]
    assert powers[k] == pytest.approx(amplitude**2, rel=1e-3)
    assert powers[k - 1] == pytest.approx(amplitude**2 / 4, rel=1e-3)
    assert sense.sense_band_power(at(bins), k - 3, k + 4) / 2**16 * 2 / 3 == pytest.approx(
        amplitude**2, rel=1e-3
    )
    assert max(p for i, p in enumerate(powers) if abs(i - k) > 1) < 1  # of 25 million
    assert sense.sense_peak(at(bins), 1, size // 2) == k


def test_bands_say_how_loud_they_are_and_how_much_a_line_stands_out(sense):
    """In eighths of an octave of power, rounded: beside numpy's sums within one."""
    size, edges = 512, np.array([1, 3, 10, 40, 41, 200], np.uint16)
    rng = np.random.default_rng(7)
    samples = rng.normal(0, 300, size) + 4000 * np.sin(2 * np.pi * 23 * np.arange(size) / size)
    bins = np.zeros(size + 2, np.int32)
    sense.sense_spectrum(at(np.rint(samples).astype(np.int16)), size, at(bins))
    powers = (bins[0::2].astype(float) ** 2 + bins[1::2].astype(float) ** 2) / 256
    described = np.zeros((edges.size - 1, 2), np.int16)
    sense.sense_bands(at(bins), at(edges), edges.size - 1, at(described))
    for (level, line), (first, end) in zip(described.tolist(), pairwise(edges.tolist()), strict=True):
        band = powers[first:end]
        assert abs(level - 8 * math.log2(band.sum())) <= 1
        assert abs(line - 8 * math.log2(band.max() / band.mean())) <= 2
    assert described[2, 1] > 8 * math.log2(30) - 8  # 30 bins, and most power in one: the Hann window's share
    sense.sense_bands(at(np.zeros_like(bins)), at(edges), edges.size - 1, at(described))
    assert not described.any()


def test_square_roots(sense):
    rng = np.random.default_rng(1)
    values = [0, 1, 2, 3, 4, 2**64 - 1, 2**32 - 1, 2**32, *(int(v) ** 2 for v in rng.integers(0, 2**32, 50))]
    for value in [*values, *(max(v - 1, 0) for v in values)]:
        assert sense.sense_sqrt(ctypes.c_uint64(value)) == math.isqrt(value)


def test_logarithms(sense):
    assert sense.sense_log2_q8(ctypes.c_uint64(0)) == 0
    rng = np.random.default_rng(2)
    for value in [*range(1, 600), 2**64 - 1, *(int(2**x) for x in rng.uniform(0, 63.9, 2000))]:
        got = sense.sense_log2_q8(ctypes.c_uint64(value))
        assert abs(got - 256 * math.log2(value)) < 0.6


@pytest.mark.parametrize("kind", ["noise", "lowest", "highest", "one"])
def test_statistics(sense, kind):
    rng = np.random.default_rng(3)
    samples = {
        "noise": np.rint(rng.normal(-900, 4000, 977)),
        "lowest": np.full(65_535, -32768),
        "highest": np.resize([32767, -32768], 65_534),
        "one": np.array([-7]),
    }[kind].astype(np.int64)
    state = c.Statistics()
    for sample in samples.tolist():
        sense.sense_statistics_add(ctypes.byref(state), sample)
    n, total, squares = samples.size, int(samples.sum()), int((samples**2).sum())
    assert (state.least, state.most, state.count) == (samples.min(), samples.max(), n)
    assert abs(sense.sense_mean(ctypes.byref(state)) - total / n) <= 0.5
    assert sense.sense_power(ctypes.byref(state)) == squares // n
    assert sense.sense_variance(ctypes.byref(state)) == (n * squares - total * total) // (n * n)


def test_statistics_of_nothing(sense):
    state = ctypes.byref(c.Statistics())
    assert [f(state) for f in (sense.sense_mean, sense.sense_power, sense.sense_variance)] == [0, 0, 0]


def test_crossings_of_a_sine_are_two_a_period_whatever_the_noise(sense):
    rng = np.random.default_rng(4)
    t = np.arange(4000)
    noisy = np.rint(50 + 1000 * np.cos(2 * np.pi * t / 200 + 0.3) + rng.uniform(-90, 90, t.size))
    samples = noisy.astype(np.int16)
    assert sense.sense_crossings(at(samples), samples.size, 50, 100) == 40
    assert sense.sense_crossings(at(samples), samples.size, 50, 0) > 40
    assert sense.sense_crossings(at(samples), samples.size, 50, 1200) == 0


@pytest.mark.parametrize(
    ("design", "slow"),
    [
        (signal.butter(2, 0.25, "high", fs=200, output="sos"), True),
        (signal.butter(2, 5, "low", fs=119, output="sos"), False),
        (signal.iirnotch(50, 30, fs=250), False),
        (signal.butter(1, [5, 15], "band", fs=250, output="sos"), False),
    ],
)
def test_biquad_is_that_of_scipy(sense, design, slow):
    row = np.concatenate(design) if isinstance(design, tuple) else design[0]
    q29 = [math.floor(v * 2**29 + 0.5) for v in row]
    rng = np.random.default_rng(5)
    x = np.rint(rng.normal(3000, 8000, 4000) * 16).astype(np.int64)
    state, form = c.BiquadState(), c.BiquadDesign(*q29[:3], *q29[4:])
    got = [sense.sense_biquad(ctypes.byref(form), ctypes.byref(state), int(v)) for v in x]
    real = [v / 2**29 for v in q29]
    expected = signal.lfilter(real[:3], [1.0, *real[4:]], x)
    # Each output is rounded once and its rest carried on: the error is that of a difference, not of a sum.
    assert np.abs(got - expected).max() < (60 if slow else 8)  # of 500,000
    assert abs(np.mean(got - expected)) < (4 if slow else 1)


def test_detector_is_k_of_n_with_a_refractory_time(sense):
    rng = np.random.default_rng(6)
    for need, of, refractory in [(1, 1, 0), (2, 3, 0), (3, 5, 7), (20, 32, 3)]:
        state = c.Detector(need=need, of=of, refractory=refractory)
        recent, quiet = deque(maxlen=of), 0
        for yes in (rng.random(500) < 0.5).tolist():
            recent.append(yes)
            expected = quiet == 0 and sum(recent) >= need
            quiet = refractory if expected else max(quiet - 1, 0)
            assert sense.sense_detect(ctypes.byref(state), yes) == expected


def test_holder(sense):
    state = c.Holder(hold=2)
    events = [0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0]
    held = [sense.sense_hold(ctypes.byref(state), bool(e)) for e in events]
    assert held == [0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0]


def test_sorting_and_the_highest_score(sense):
    rng = np.random.default_rng(9)
    for count in (0, 1, 2, 64):
        values = rng.integers(-50, 50, count).astype(np.int32)
        wanted = np.sort(values)
        sense.sense_sort(at(values), count)
        np.testing.assert_array_equal(values, wanted)
    for _ in range(50):
        scores = rng.integers(-128, -120, 7).astype(np.int8)
        assert sense.sense_highest(at(scores), 7) == scores.argmax()


def test_smoother_is_a_moving_mean(sense):
    scores = np.random.default_rng(7).integers(0, 256, 200)
    for of in (1, 3, 16):
        state = c.Smoother(of=of)
        got = [sense.sense_smooth(ctypes.byref(state), int(s)) for s in scores]
        padded = np.concatenate([np.zeros(of - 1, int), scores])
        assert got == (np.convolve(padded, np.ones(of, int), "valid") // of).tolist()


def test_the_class_that_holds_has_the_votes(sense):
    answers = np.random.default_rng(8).integers(0, 3, 400).tolist()
    for need, of in [(1, 1), (2, 3), (4, 5), (9, 16)]:
        state = c.Vote(need=need, of=of)
        recent, holds = deque(maxlen=of), -1
        for answer in answers:
            recent.append(answer)
            if recent.count(answer) >= need:
                holds = answer
            assert sense.sense_elect(ctypes.byref(state), answer) == holds


def test_queue_gives_back_in_order_and_counts_what_it_lost(sense):
    room = np.zeros(5, np.uint32)
    queue = c.Queue(items=room.ctypes.data, size=4, count=5)
    rng, waiting, lost = np.random.default_rng(9), deque(), 0
    for number in range(2000):
        value = np.array([number], np.uint32)
        if rng.random() < 0.52:
            fits = len(waiting) < 5
            assert sense.sense_queue_put(ctypes.byref(queue), at(value)) == fits
            lost += not fits
            waiting.extend([number] if fits else [])
        else:
            front = sense.sense_queue_front(ctypes.byref(queue))
            assert (front is None) == (not waiting)
            if waiting:
                assert ctypes.c_uint32.from_address(front).value == waiting.popleft()
                sense.sense_queue_drop(ctypes.byref(queue))
    assert queue.lost == lost > 10


def test_the_table_of_logarithms_is_even(sense):
    """No step backwards: features that compare energies would see one."""
    got = [sense.sense_log2_q8(ctypes.c_uint64(v)) for v in range(1, 5000)]
    assert all(a <= b for a, b in pairwise(got))
