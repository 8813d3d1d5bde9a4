"""Whole machines, judged by the spectra that an analyst would look at."""

import itertools
import time

import numpy as np
import pytest
import scipy.signal

from coincell.errors import InputError
from coincell.signals import create, parse
from coincell.signals.vibration.rotor import STANDARD_GRAVITY

STEADY = {"kind": "rotating_machine", "shaft_hz": 25.0, "speed_variation": 0.0, "machine": 7}
BEARING = parse(STEADY).bearing
RATE = 80_000 / 3


def felt(seconds=8, axis=1, start=0, seed=1, **keys):
    signal = create({**STEADY, **keys}, seed)
    rate = float(signal.rate_hz)
    return signal.samples(round(start * rate), round(seconds * rate))[:, axis]


class Spectrum:
    """Amplitudes of a record, by a Hann window."""

    def __init__(self, x, rate=RATE):
        window = np.hanning(len(x))
        self.amplitude = 2 * np.abs(np.fft.rfft((x - x.mean()) * window)) / window.sum()
        self.freq_hz = np.fft.rfftfreq(len(x), 1 / rate)

    def line(self, freq_hz, width_hz=0.5):
        return self.amplitude[np.abs(self.freq_hz - freq_hz) <= width_hz].max()

    def floor(self, freq_hz, width_hz=8):
        """What is there beside a line."""
        return np.median(self.amplitude[np.abs(self.freq_hz - freq_hz) <= width_hz])

    def band(self, low_hz, high_hz):
        """All that is there from one frequency to another."""
        return np.linalg.norm(self.amplitude[(self.freq_hz > low_hz) & (self.freq_hz < high_hz)])

    def stands_out(self, freq_hz, width_hz=0.5):
        return self.line(freq_hz, width_hz) / self.floor(freq_hz)


def envelope(x, low_hz=2000, high_hz=6000):
    """Band-pass, Hilbert's envelope, spectrum: how bearings are diagnosed."""
    sos = scipy.signal.butter(4, [low_hz, high_hz], "bandpass", fs=RATE, output="sos")
    return Spectrum(np.abs(scipy.signal.hilbert(scipy.signal.sosfiltfilt(sos, x))))


RATES = {
    "outer_race": 25 * BEARING.bpfo,
    "inner_race": 25 * BEARING.bpfi,
    "ball": 50 * BEARING.bsf,
    "cage": 25 * BEARING.ftf,
}


@pytest.mark.parametrize("defect", RATES)
def test_a_defect_shows_in_the_envelope_at_its_frequency_and_no_other(defect):
    seen = envelope(felt(faults={defect: 0.5}))
    found = {name: seen.stands_out(rate) for name, rate in RATES.items()}
    assert found[defect] > 8
    if defect != "cage":  # each of whose harmonics is a line
        assert seen.line(RATES[defect]) > 4 * max(
            seen.line(f) for n, f in RATES.items() if n not in (defect, "cage")
        )
    healthy = envelope(felt())
    assert healthy.line(RATES[defect]) < seen.line(RATES[defect]) / 15


@pytest.mark.parametrize(("defect", "apart_hz"), [("inner_race", 25.0), ("ball", 25 * BEARING.ftf)])
def test_what_is_carried_through_the_load_has_sidebands(defect, apart_hz):
    seen = envelope(felt(faults={defect: 0.5}, slip=0.002))
    for side in (-1, 1):
        assert seen.stands_out(RATES[defect] + side * apart_hz) > 5
    assert seen.stands_out(apart_hz) > 5


def test_what_stays_in_the_load_has_none():
    seen = envelope(felt(faults={"outer_race": 0.5}, slip=0.002))
    assert seen.line(RATES["outer_race"]) > 10 * seen.line(RATES["outer_race"] + 25)


def test_slip_smears_the_higher_harmonics():
    still, slipping = (envelope(felt(faults={"outer_race": 0.5}, slip=slip)) for slip in (0.0, 0.02))
    bpfo = RATES["outer_race"]
    assert slipping.line(bpfo) > 0.4 * still.line(bpfo)
    assert slipping.line(5 * bpfo, 1) < 0.5 * still.line(5 * bpfo, 1)


def test_imbalance_of_severity_one_is_where_the_standard_sees_damage():
    """ISO 10816-1 class I: 4.5 mm/s r.m.s., here from the line by v = a / (2 pi f)."""
    line_g = Spectrum(felt(axis=0, faults={"imbalance": 1.0}, noise_rms_g=0.0)).line(25)
    velocity = line_g * STANDARD_GRAVITY / (2 * np.pi * 25) / np.sqrt(2)
    # what is left of misalignment is there too
    assert velocity == pytest.approx(4.5e-3, rel=0.06)


def test_a_healthy_machine_is_in_the_standards_good_zones():
    """Below 1.8 mm/s r.m.s. from 10 to 1000 Hz, the limit of zone B of ISO 10816-1 class I."""
    for seed, axis in itertools.product(range(4), range(3)):
        x = felt(axis=axis, seed=seed, machine=None)
        freq_hz = np.fft.rfftfreq(len(x), 1 / RATE)
        band = (freq_hz > 10) & (freq_hz < 1000)
        velocity = np.fft.rfft(x)[band] * STANDARD_GRAVITY / (2 * np.pi * freq_hz[band])
        assert np.sqrt(2 * np.sum(np.abs(velocity) ** 2)) / len(x) < 1.8e-3


def test_each_fault_of_the_shaft_has_its_orders():
    lines = {
        fault: Spectrum(felt(axis=0, faults={fault: 0.7}))
        for fault in ("imbalance", "misalignment", "looseness")
    }
    one, two, half = 25, 50, 37.5
    assert lines["imbalance"].line(one) > 5 * lines["imbalance"].line(two)
    assert lines["misalignment"].line(two) > 2 * lines["misalignment"].line(one)
    assert lines["looseness"].stands_out(half) > 20
    assert lines["imbalance"].stands_out(half) < lines["looseness"].stands_out(half) / 5
    assert all(lines["looseness"].stands_out(25 * order) > 8 for order in range(1, 11))
    axial = Spectrum(felt(axis=2, faults={"misalignment": 0.7}))
    assert axial.line(one) > 3 * Spectrum(felt(axis=2, faults={"imbalance": 0.7})).line(one)


@pytest.mark.parametrize("worn", [0.0, 0.3, 0.9])
def test_teeth_mesh_with_sidebands_at_the_shafts_distance(worn):
    teeth = 23
    seen = Spectrum(felt(gear_teeth=teeth, faults={"gear": worn}))
    mesh = 25 * teeth
    for k in (1, 2, 3):
        assert seen.stands_out(k * mesh) > 20
    sides = [seen.line(mesh + side * 25) / seen.line(mesh) for side in (-1, 1)]
    if worn == 0:  # amplitude modulation alone: half its depth on either side
        assert sides == pytest.approx([0.04, 0.04], rel=0.25)
    else:
        assert max(sides) > 0.04 + 0.25 * worn


@pytest.mark.parametrize("fault", ["imbalance", "misalignment", "looseness", "gear", *RATES])
def test_a_worse_fault_is_louder(fault):
    rms = [np.std(felt(2, faults={fault: s}, gear_teeth=23, machine=3)) for s in (0.0, 0.2, 0.5, 1.0)]
    assert (np.diff(rms) > 0).all()


def test_teeth_noise_and_blows_follow_the_load_and_the_rotor_does_not():
    keys = {"gear_teeth": 23, "load_variation": 0.3, "faults": {"imbalance": 1.0}}
    often = [Spectrum(felt(0.3, start=401 * hour, **keys)) for hour in range(40)]
    usual = Spectrum(felt(0.3, **{**keys, "load_variation": 0.0}))
    teeth = np.log([seen.line(25 * 23, 3) / usual.line(25 * 23, 3) for seen in often])
    noise = np.log([seen.band(2500, 12_000) / usual.band(2500, 12_000) for seen in often])
    assert teeth.std() == pytest.approx(0.3, rel=0.2)
    assert noise == pytest.approx(teeth, abs=0.1)
    assert np.ptp([seen.line(25, 3) / usual.line(25, 3) for seen in often]) < 0.05
    struck = [
        np.std(felt(0.5, start=start, noise_rms_g=0.0, faults={"ball": 1.0}, load_variation=0.3))
        for start in (0, 1203)
    ]
    assert np.log(struck[1] / struck[0]) == pytest.approx(teeth[3] - teeth[0], abs=0.15)


def test_the_lines_follow_the_speed():
    x = felt(20, axis=0, faults={"imbalance": 1.0}, speed_variation=0.05)
    frequency, at, power = scipy.signal.spectrogram(x, RATE, nperseg=1 << 15, noverlap=3 << 13)
    band = frequency < 40
    peak = frequency[band][np.argmax(power[band], axis=0)]
    shaft = parse({**STEADY, "speed_variation": 0.05}).shaft(1)
    assert np.ptp(shaft.speed_hz(at)) > 3
    assert np.abs(peak - shaft.speed_hz(at)).max() < 2 * (frequency[1] - frequency[0])


def test_the_background_is_even_and_of_its_level():
    signal = create({**STEADY, "noise_rms_g": 0.5, "shaft_hz": 1.0}, 1)
    x = signal.samples(0, 400_000)
    assert x.std(axis=0) == pytest.approx([0.5] * 3, rel=0.02)
    parts = x.reshape(20, -1, 3).std(axis=1)
    assert np.ptp(parts, axis=0).max() < 0.05
    assert np.abs(np.corrcoef(x.T) - np.eye(3)).max() < 0.05


CUT = {
    "outer race, gears": {
        "faults": {"outer_race": 0.7, "gear": 0.3},
        "gear_teeth": 23,
        "load_variation": 0.3,
        "speed_variation": 0.02,
    },
    "one axis, slow": {"faults": {"ball": 0.7, "looseness": 0.3}, "axes": 1, "rate_hz": 3200},
    "slower than its ringing": {"faults": {"outer_race": 0.7}, "rate_hz": 100},
    "run to failure": {"kind": "run_to_failure", "failure_h": 0.0005},
}


@pytest.mark.parametrize("keys", CUT.values(), ids=CUT)
def test_the_same_numbers_however_it_is_cut(keys):
    n = 3 * 8192 + 77
    whole = create({**STEADY, **keys}, 5).samples(0, n)
    rng = np.random.default_rng(1)
    cuts = np.unique([0, n, 8192, 8193, *rng.integers(0, n, 12)])
    pieces = list(itertools.pairwise(cuts))
    other = create({**STEADY, **keys}, 5)
    out = np.full(whole.shape, np.nan)
    for i in rng.permutation(len(pieces)):
        start, end = (int(x) for x in pieces[i])
        out[start:end] = other.samples(start, end - start)
    assert np.array_equal(out, whole)
    assert not np.array_equal(create({**STEADY, **keys}, 6).samples(0, n), whole)


def test_blocks_join_without_a_step():
    """A ringing that a block forgot would click there."""
    x = felt(8, faults={"outer_race": 1.0}, noise_rms_g=0.0, slip=0.02)
    bend = np.abs(np.diff(x, 2))
    assert bend[8191::8192].max() <= bend.max()
    assert np.median(bend[8191::8192]) < 10 * np.median(bend)


def test_one_axis_is_the_vertical_one_of_three():
    three, one = (create({**STEADY, "axes": axes}, 1) for axes in (3, 1))
    assert (three.n_channels, one.n_channels, one.unit) == (3, 1, "g")
    assert np.array_equal(three.samples(0, 999)[:, 1], one.samples(0, 999)[:, 0])


def test_a_second_after_a_year_is_cheap():
    signal = create({"kind": "run_to_failure", "failure_h": 9000}, 1)
    signal.samples(0, 1)
    start = time.process_time()
    late = signal.samples(round(8999 * 3600 * RATE), round(RATE))
    assert time.process_time() - start < 1
    assert np.std(late) > 5 * np.std(signal.samples(0, 20_000))


def test_a_life_ends_in_failure_with_truth_about_the_warning():
    recipe = {"kind": "run_to_failure", "failure_h": 100, "machine": 3, "shaft_hz": 25, "fault": "inner_race"}
    signal = create(recipe, 1)
    trend = parse(recipe).trend(1)
    assert [label.name for label in signal.labels] == ["healthy", "degraded", "failed"]
    assert signal.labels[2].start_s - signal.labels[1].start_s == trend.lead_s == pytest.approx(40 * 3600)
    assert signal.labels[-1].end_s == pytest.approx(110 * 3600)
    hours = [1, 50, 70, 85, 95, 105]
    pieces = [signal.samples(round(h * 3600 * RATE), 60_000)[:, 1] for h in hours]
    rms = np.array([np.std(x) for x in pieces])
    assert rms[1] == pytest.approx(rms[0], rel=0.05)
    assert (np.diff(rms[1:]) > 0).all()
    assert envelope(pieces[3]).line(25 * BEARING.bpfi, 1) > 10 * envelope(pieces[0]).line(
        25 * BEARING.bpfi, 1
    )


def test_lives_differ_where_they_may():
    recipe = parse({"kind": "run_to_failure", "failure_h": 100, "failure_spread": 0.5, "shaft_spread": 0.1})
    lives = np.array([recipe.trend(seed).failure_s / 3600 for seed in range(200)])
    assert (lives.min() >= 50, lives.max() <= 150, 25 < lives.std() < 33) == (True, True, True)
    speeds = {recipe.shaft(seed).mean_hz for seed in range(50)}
    assert len(speeds) > 40
    assert all(0.9 <= speed / 24.5 <= 1.1 for speed in speeds)


def test_labels_tell_the_condition():
    def labels(**keys):
        return [(x.name, x.start_s, x.end_s) for x in create({**STEADY, **keys}, 1).labels]

    assert labels() == [("healthy", 0, 3600)]
    assert labels(faults={"ball": 0.0}) == [("healthy", 0, 3600)]
    assert labels(faults={"imbalance": 0.2, "ball": 0.1}, faults_from_s=60, duration_s=100) == [
        ("healthy", 0, 60),
        ("ball", 60, 100),
        ("imbalance", 60, 100),
    ]
    x = felt(4, faults={"outer_race": 1.0}, faults_from_s=2)
    assert np.std(x[-50_000:]) > 5 * np.std(x[:50_000])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"faults": {"gear": 0.5}}, "gear_teeth"),
        ({"faults": {"rust": 0.5}}, "rust"),
        ({"faults": {"ball": 1.5}}, "faults.ball"),
        ({"balls": 30}, "do not fit"),
        ({"axes": 2}, "axes"),
        ({"slip": 0.5}, "slip"),
        ({"machine": 1000}, "machine"),
        ({"split": "validation"}, "split"),
        ({"kind": "run_to_failure", "fault": "gear"}, "gear_teeth"),
        ({"kind": "run_to_failure", "onset_share": 1}, "onset_share"),
    ],
)
def test_mistakes_are_named(change, says):
    with pytest.raises(InputError, match=says):
        create({**STEADY, **change}, 1)
