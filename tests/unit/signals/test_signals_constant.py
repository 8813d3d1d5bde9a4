"""A value that never changes."""

from __future__ import annotations

import numpy as np
import pytest

from coincell.errors import InputError
from coincell.signals.recipes import create


def test_it_is_the_same_everywhere():
    made = create({"kind": "constant", "values": [0, 0.5, -1], "unit": "g"}, seed=3)
    assert (made.unit, made.n_channels, made.rate_hz, made.labels) == ("g", 3, 100, ())
    for start in (0, 10**9):
        assert np.array_equal(made.samples(start, 2), [[0, 0.5, -1]] * 2)
    with pytest.raises(ValueError, match="begin at 0"):
        made.samples(-1, 1)


@pytest.mark.parametrize("wrong", [{"values": []}, {"values": ["a"]}, {"rate_hz": 0}, {"unit": None}])
def test_wrong_keys_are_refused(wrong):
    with pytest.raises(InputError) as refusal:
        create({"kind": "constant", "values": [1.0], "unit": "g"} | wrong, seed=0)
    assert next(iter(wrong)) in str(refusal.value)
