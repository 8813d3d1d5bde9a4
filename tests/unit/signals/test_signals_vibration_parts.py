"""The parts of a rotating machine. Truth: published bearing frequencies, closed forms, statistics."""

import numpy as np
import pytest

from coincell.signals.vibration.bearing import Bearing, load
from coincell.signals.vibration.impacts import Train, ringing
from coincell.signals.vibration.machine import RING_S, machine
from coincell.signals.vibration.rotor import acceleration_g
from coincell.signals.vibration.shaft import Shaft
from coincell.signals.vibration.trend import FIRST_SEVERITY, Trend
from coincell.signals.vibration.walk import _CHUNK, LONGEST, Walk

SKF_6205 = Bearing(9, 0.3126 * 25.4, 1.537 * 25.4)


@pytest.mark.parametrize(
    ("bearing", "shaft_hz", "bpfo", "bpfi", "bsf", "ftf"),
    [
        # Case Western Reserve University Bearing Data Center, drive end, as orders; theirs is twice the spin
        (SKF_6205, 1.0, 3.5848, 5.4152, 4.7135 / 2, 0.39828),
        # Rexnord ZA-2115 at 2000/min: Qiu et al., J. Sound Vib. 289 (2006)
        (Bearing(16, 8.407, 71.501, 15.17), 2000 / 60, 236.4, 296.9, 139.9, 14.78),
        # LDK UER204 at 2100/min: Wang et al., IEEE Trans. Reliab. 69 (2020), the XJTU-SY data
        (Bearing(8, 7.92, 34.55), 35.0, 107.91, 172.09, 72.33, 13.49),
    ],
    ids=["CWRU", "IMS", "XJTU-SY"],
)
def test_frequencies_are_the_published_ones(bearing, shaft_hz, bpfo, bpfi, bsf, ftf):
    found = [shaft_hz * order for order in (bearing.bpfo, bearing.bpfi, bearing.bsf, bearing.ftf)]
    assert found == pytest.approx([bpfo, bpfi, bsf, ftf], rel=5e-4)


def test_each_ball_passes_one_race_or_the_other():
    """Cage against outer ring and shaft against cage make up the shaft's turn: BPFO + BPFI = balls."""
    odd = Bearing(13, 9.1, 55.0, 25.0)
    assert odd.bpfo + odd.bpfi == pytest.approx(13)
    assert odd.bpfo == pytest.approx(13 * odd.ftf)
    assert odd.strikes("ball") == pytest.approx(2 * odd.bsf)


def test_half_of_a_ring_without_clearance_is_loaded():
    turns = np.linspace(-0.5, 0.5, 2001)
    assert load(turns, 0.5).max() == 1
    assert load(turns[np.abs(turns) >= 0.25], 0.5).max() < 1e-20
    assert load(np.array([1 / 6]), 0.5)[0] == pytest.approx(np.cos(np.pi / 3) ** 1.5)  # e = 0.5: a cosine
    assert np.count_nonzero(load(turns, 0.3)) < np.count_nonzero(load(turns, 0.5))


def test_a_walk_is_the_same_wherever_one_enters():
    whole = Walk(3, "x").values(0, 5 * _CHUNK)
    assert whole[0] == 0
    for first, count in ((700, 1), (255, 2), (256, 300), (1000, 0)):
        assert np.array_equal(Walk(3, "x").values(first, count), whole[first : first + count])
    assert not Walk(3, "x").values(-9, 5).any()


def test_a_walks_steps_are_independent_and_of_unit_variance():
    for first in (0, 10**9 + 77, LONGEST // 2 - 20_000):  # the last across the middle of the tree
        steps = np.diff(Walk(5, "far").values(first, 40_000))
        assert steps.std() == pytest.approx(1, abs=0.02)
        assert abs(np.corrcoef(steps[1:], steps[:-1])[0, 1]) < 0.02
        assert abs(steps.mean()) < 0.02


def test_a_walk_goes_as_far_as_walks_do():
    far = np.array([Walk(seed, "y").values(10_000, 1)[0] for seed in range(400)])
    assert far.std() == pytest.approx(100, rel=0.1)
    assert abs(far.mean()) < 15


def test_a_shafts_turns_are_the_integral_of_its_speed():
    shaft = Shaft(24.5, 0.03, 8)
    t = np.linspace(100, 160, 600_001)
    speed = shaft.speed_hz(t)
    turned = np.concatenate([[0], np.cumsum((speed[1:] + speed[:-1]) / 2) * (t[1] - t[0])])
    assert np.allclose(shaft.turns(t) - shaft.turns(t[:1]), turned, atol=1e-6)
    long = shaft.speed_hz(np.linspace(0, 50_000, 200_000))
    assert long.mean() == pytest.approx(24.5, rel=1e-3)
    assert long.std() == pytest.approx(24.5 * 0.03, rel=0.02)


@pytest.mark.parametrize("variation", [0.0, 0.001, 0.1])
def test_the_time_of_a_turn_is_found_to_the_nanosecond(variation):
    shaft = Shaft(24.5, variation, 8)
    t = np.linspace(0, 4000, 5001)
    assert np.allclose(shaft.time_s(shaft.turns(t)), t, atol=1e-9)


@pytest.mark.parametrize("slip", [0.01, 0.02])
def test_blows_come_at_the_kinematic_rate_with_random_slip(slip):
    shaft, who = Shaft(25.0, 0.0, 1), machine("training", 1)
    train = Train(SKF_6205, "outer_race", slip, shaft, who, 1)
    for start in (0.0, 3e6):  # and five weeks later
        blows = train.between(start, start + 200, lambda t: np.ones_like(t))
        gaps = np.diff(blows.time_s) * 25 * SKF_6205.bpfo
        assert gaps.mean() == pytest.approx(1, abs=5 * slip / np.sqrt(len(gaps)))
        assert gaps.std() == pytest.approx(slip, rel=0.05)


def test_blows_are_the_same_however_time_is_cut():
    train = Train(SKF_6205, "ball", 0.02, Shaft(25.0, 0.01, 1), machine("training", 1), 1)
    whole = train.between(1000, 1010, np.ones_like)
    pieces = [train.between(t, t + 0.37, np.ones_like) for t in 1000 + 0.37 * np.arange(28)]
    time_s = np.concatenate([piece.time_s for piece in pieces])
    kept = time_s < 1010
    assert np.allclose(time_s[kept], whole.time_s, atol=1e-9)
    strength = np.concatenate([piece.strength for piece in pieces])
    assert np.allclose(strength[kept], whole.strength)


def test_an_inner_races_defect_is_struck_hard_once_per_turn_and_an_outer_ones_always():
    shaft, who = Shaft(25.0, 0.0, 1), machine("training", 1)
    inner = Train(SKF_6205, "inner_race", 0.0, shaft, who, 1).between(0, 20, np.ones_like)
    outer = Train(SKF_6205, "outer_race", 0.0, shaft, who, 1).between(0, 20, np.ones_like)
    assert outer.strength.min() > 0.4
    assert 0.4 < np.mean(inner.strength == 0) < 0.7
    angle = np.exp(2j * np.pi * shaft.turns(inner.time_s))
    together = abs(np.sum(inner.strength * angle)) / inner.strength.sum()
    assert together > 0.6  # all on one side of the shaft


def test_a_blow_rings_at_the_housings_frequencies_and_dies_away():
    who = machine("held-out", 4)
    train = Train(SKF_6205, "cage", 0.0, Shaft(25.0, 0.0, 1), who, 1)
    blows = train.between(0.0, 0.2, np.ones_like)
    rate = 50_000
    wave = ringing(blows, who, float(blows.time_s[0]), int(RING_S * rate), rate)[:, 1]
    power = np.abs(np.fft.rfft(wave, 1 << 16))
    freq_hz = np.fft.rfftfreq(1 << 16, 1 / rate)
    for mode in who.modes:
        near = np.abs(freq_hz - mode.freq_hz) < 60
        away = np.abs(np.abs(freq_hz - mode.freq_hz) - 500) < 60
        assert power[near].max() > 2 * power[away].min()
    assert np.abs(wave[-20:]).max() < 1e-3 * np.abs(wave).max()


def test_severity_is_velocity_as_the_standard_has_it():
    """1 mm/s r.m.s. at 159.155 Hz, where 2 pi f is 1000: 1 m/s² r.m.s."""
    assert acceleration_g(1.0, 159.1549) == pytest.approx(np.sqrt(2) / 9.80665, rel=1e-6)


def test_health_falls_from_the_onset_to_the_failure():
    trend = Trend(onset_s=600, failure_s=1000, growth=4, wander=0.1, seed=1)
    t = np.linspace(0, 1200, 2401)
    health = trend.health(t)
    assert (health[t < 600] == 1).all()
    assert trend.health(np.array([600.0]))[0] == pytest.approx(1 - FIRST_SEVERITY)
    assert np.allclose(health[t >= 1000], 0)
    assert (np.diff(health) <= 0).all()
    # half of the way: (e^2 - 1) / (e^4 - 1) of the growth, which is 1 / (e^2 + 1)
    expected = FIRST_SEVERITY + (1 - FIRST_SEVERITY) / (np.exp(2) + 1)
    assert 1 - trend.health(np.array([800.0]))[0] == pytest.approx(expected)
    assert trend.lead_s == 400
    assert [(x.name, x.start_s, x.end_s) for x in trend.labels(1100)] == [
        ("healthy", 0, 600),
        ("degraded", 600, 1000),
        ("failed", 1000, 1100),
    ]
    assert [x.name for x in trend.labels(700)] == ["healthy", "degraded"]


def test_what_shows_of_a_fault_wanders_about_its_course():
    trend = Trend(onset_s=600, failure_s=1000, growth=4, wander=0.2, seed=1)
    t = np.linspace(600, 950, 2000)
    ratio = trend.severity(t) / (1 - trend.health(t))
    assert 0.1 < np.std(np.log(ratio)) < 0.3
    assert not trend.severity(np.linspace(0, 599, 100)).any()
    assert trend.severity(np.array([1000.0, 5000.0])) == pytest.approx([1, 1])


def test_the_splits_share_no_machine():
    training, held_out = ([machine(split, n) for n in range(50)] for split in ("training", "held-out"))
    assert machine("training", 3) == training[3]
    assert len({who.modes[1].freq_hz for who in training + held_out}) == 100
