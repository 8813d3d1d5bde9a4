"""Kinds of signals enter themselves; a grid takes any rate, number of channels and size of block."""

from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from coincell.errors import InputError
from coincell.signals import Gridded, create, parse
from coincell.signals.kinds import KINDS, Recipe


def test_every_kind_is_a_recipe_that_refuses_keys_it_does_not_know():
    assert {"speech_scene", "noise", "recording", "resd"} <= set(KINDS.names())
    for kind in KINDS.names():
        model = KINDS.find(kind)
        assert issubclass(model, Recipe)
        assert model.__doc__
        with pytest.raises(ValidationError, match="colour"):
            model(colour="red")


def test_an_unknown_key_is_told_with_those_that_there_are():
    with pytest.raises(InputError, match=r"here: colour: no such key[\s\S]*noise_level_db_spl"):
        parse({"kind": "noise", "colour": "red"}, "here")
    with pytest.raises(InputError, match=r"a signal needs a kind[\s\S]*noise, "):
        create({"kind": ["noise"]}, 1)


def test_blocks_of_any_shape_join_to_one_signal():
    def render(index):
        first = 7 * index + np.arange(7)
        return np.stack([first, -first], axis=1).astype(float)

    signal = Gridded(render, unit="g", rate_hz=Fraction(80_000, 3), n_channels=2, size=7)
    assert (signal.rate_hz, signal.unit, signal.n_channels) == (Fraction(80_000, 3), "g", 2)
    expected = np.arange(3, 53)
    assert np.array_equal(signal.samples(3, 50), np.stack([expected, -expected], axis=1))
    assert signal.samples(0, 0).shape == (0, 2)
    with pytest.raises(ValueError, match="begin at 0"):
        signal.samples(-1, 2)
