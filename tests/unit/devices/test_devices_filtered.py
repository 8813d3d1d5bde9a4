"""A signal behind a band: scipy's filter run over all of it, and the same bits however it is read."""

from fractions import Fraction

import numpy as np
import pytest
import scipy
from bench import Wave

from coincell.devices.filtered import Band, Filtered

BAND = Band(0.44, 7)
WALK = Wave(lambda t: np.sin(7 * t) * np.exp(-(((t - 20) / 5) ** 2)), "W/m²", Fraction(250))


def test_it_is_the_filter_run_from_the_beginning():
    n = 250 * 60
    whole = scipy.signal.sosfilt(BAND.sections(250), WALK.samples(0, n)[:, 0])
    assert Filtered(WALK, BAND).read(0, n) == pytest.approx(whole, abs=2e-6)


@pytest.mark.parametrize("seed", range(3))
def test_however_it_is_cut_it_has_the_same_bits(seed):
    rng = np.random.default_rng(seed)
    signal = Wave(WALK.value, "W/m²", Fraction(50))  # with points between the samples
    whole = Filtered(signal, BAND).read(0, 250 * 120)
    cut = Filtered(signal, BAND)
    for _ in range(40):
        start = int(rng.integers(0, 250 * 110))
        count = int(rng.integers(1, 2500))
        assert (cut.read(start, count) == whole[start : start + count]).all()
        assert cut.at(start * 4 * 10**9) == whole[start]  # 4 ms a point
