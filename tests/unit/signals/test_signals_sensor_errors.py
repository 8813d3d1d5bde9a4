"""Errors of inertial sensors: Allan deviations are those of the figures, and cutting changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from coincell.signals.sensor_errors import (
    Figures,
    allan_deviation,
    constant_errors,
    flicker,
    part,
    quantised,
    random_errors,
    walk,
    white,
)

RATE = 100.0
HOUR = 360_000
LSM6DSO_GYRO = Figures(noise_density=6.6e-5, bias_instability=1.5e-5, bias_walk=2e-7)
"""3.8 mdps/√Hz (DS12140, table 2); the other two are of the size that such parts show."""


def test_white_noise_has_the_data_sheets_density() -> None:
    noise = white(6.6e-5, RATE, 1, "x", 0, HOUR)
    tau = np.array([0.05, 0.1, 1.0, 10.0])
    # a mean over tau has the bandwidth 1 / (2 tau)
    assert np.std(noise) == pytest.approx(6.6e-5 * np.sqrt(RATE / 2), rel=0.01)
    assert allan_deviation(noise, RATE, tau) == pytest.approx(6.6e-5 / np.sqrt(2 * tau), rel=0.06)


@pytest.mark.parametrize("seed", range(2))
def test_bias_instability_is_a_floor_of_the_allan_deviation(seed: int) -> None:
    rate = 1.0
    noise = flicker(1e-3, rate, seed, "x", 0, 150_000, band_hz=(1e-6, 0.5))
    tau = np.array([30, 100, 300, 1000])
    assert allan_deviation(noise, rate, tau) / 1e-3 == pytest.approx(0.664, rel=0.15)


def test_a_walk_of_the_bias_grows_as_the_root_of_time() -> None:
    rate = 1.0
    noise = walk(1e-3, rate, 1, "x", 0, 200_000)
    tau = np.array([10.0, 100.0, 1000.0])
    assert allan_deviation(noise, rate, tau) == pytest.approx(1e-3 * np.sqrt(tau / 3), rel=0.2)


def test_the_walk_is_brownian_across_checkpoints() -> None:
    """Variance K²t at any time, also hours on, and no step where blocks join."""
    ends = np.array(
        [[walk(1.0, 1.0, seed, "x", at, 1)[0] for at in (4096, 65_536, 10**7)] for seed in range(200)]
    )
    assert np.var(ends, axis=0) / (4096, 65_536, 10**7) == pytest.approx(1.0, abs=0.3)
    assert np.var(ends[:, 2] - ends[:, 1]) == pytest.approx(10**7 - 65_536, rel=0.3)
    steps = np.diff(walk(1.0, 1.0, 5, "x", 0, 100_000))
    assert np.std(steps) == pytest.approx(1.0, rel=0.02)
    assert np.abs(steps[4095::4096]).max() < 4.5


def test_any_cut_gives_the_same_numbers() -> None:
    whole = random_errors(LSM6DSO_GYRO, RATE, 7, 0, 10_000)
    pieces = [
        random_errors(LSM6DSO_GYRO, RATE, 7, a, b - a)
        for a, b in ((0, 1), (1, 4096), (4096, 9001), (9001, 10_000))
    ]
    assert np.array_equal(whole, np.concatenate(pieces))
    late = random_errors(LSM6DSO_GYRO, RATE, 7, 10 * HOUR, 50)
    assert np.array_equal(late[10:], random_errors(LSM6DSO_GYRO, RATE, 7, 10 * HOUR + 10, 40))
    assert random_errors(LSM6DSO_GYRO, RATE, 7, 5, 0).shape == (0, 3)
    with pytest.raises(ValueError, match="begin at 0"):
        white(1.0, RATE, 7, "x", -1, 5)


def test_channels_and_specimens_differ() -> None:
    noise = random_errors(LSM6DSO_GYRO, RATE, 7, 0, 20_000)
    assert np.abs(np.corrcoef(noise.T) - np.eye(3)).max() < 0.05
    assert not np.array_equal(noise, random_errors(LSM6DSO_GYRO, RATE, 8, 0, 20_000))


def test_constant_errors_are_a_matrix_and_an_offset_that_follow_temperature() -> None:
    lot = Figures(bias=0.02, scale=0.01, cross_axis=0.005, bias_per_k=1e-4, scale_per_k=1e-4)
    own = part(lot, 3)
    truth = np.vstack([np.zeros(3), np.eye(3)])
    cold = constant_errors(truth, own)
    assert np.array_equal(cold[0], own.bias)
    assert cold[1:] - own.bias == pytest.approx(own.matrix.T)
    warm = constant_errors(truth, own, above_25_k=20.0)
    assert warm[0] - cold[0] == pytest.approx(20 * own.bias_per_k)
    assert (warm[1] - warm[0]) / (cold[1] - cold[0]) == pytest.approx(1 + 20 * own.scale_per_k)
    rising = constant_errors(truth, own, np.array([0.0, 0.0, 0.0, 20.0]))
    assert np.array_equal(rising, np.vstack([cold[:3], warm[3]]))


def test_a_lot_scatters_as_its_data_sheet_says() -> None:
    parts = [part(Figures(bias=0.02, scale=0.01, cross_axis=0.005), seed) for seed in range(400)]
    assert np.std([p.bias for p in parts]) == pytest.approx(0.02, rel=0.08)
    assert np.std([np.diag(p.matrix) for p in parts]) == pytest.approx(0.01, rel=0.08)
    assert np.std([p.matrix[0, 1] for p in parts]) == pytest.approx(0.005, rel=0.12)


def test_counts_round_and_saturate() -> None:
    values = np.array([0.0, 0.49, 0.5, -0.5, 1.4, 40000.0, -40000.0]) * 6.1e-5
    assert quantised(values, 6.1e-5, 16).tolist() == [0, 0, 1, -1, 1, 32767, -32768]
    ramp = np.linspace(-1, 1, 10_001)
    error = quantised(ramp, 1 / 512, 12) / 512 - ramp
    assert np.std(error) == pytest.approx(1 / 512 / np.sqrt(12), rel=0.02)  # uniform within one step


def test_a_perfect_sensor_adds_nothing() -> None:
    assert not random_errors(Figures(), RATE, 1, 0, 100).any()
    assert np.array_equal(constant_errors(np.eye(3), part(Figures(), 1)), np.eye(3))
