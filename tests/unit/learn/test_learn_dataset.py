"""Examples stay rows of one table."""

from __future__ import annotations

import numpy as np
import pytest

from coincell.learn.dataset import Dataset, Examples, gathered


def _examples(classes, scene):
    n = len(classes)
    features = np.arange(3 * n, dtype=np.int16).reshape(n, 3)
    return Examples(features, np.array(classes), np.full(n, scene), np.arange(n) / 2)


def test_scenes_are_put_one_after_the_other():
    both = gathered([_examples([0, 1], 0), _examples([2, 2, 0], 1)])
    assert len(both) == 5
    assert both.n_features == 3
    assert both.features.dtype == np.int16
    assert both.scene.tolist() == [0, 0, 1, 1, 1]
    assert both.time_s.tolist() == [0, 0.5, 0, 0.5, 1]
    assert both.per_class(4).tolist() == [2, 1, 2, 0]


def test_rows_without_a_class_are_refused():
    good = _examples([0, 1], 0)
    with pytest.raises(ValueError, match="one class"):
        Examples(good.features, good.classes[:1], good.scene, good.time_s)


def test_a_data_set_has_three_splits_by_name():
    one, two, three = (_examples([0, 1], 0) for _ in range(3))
    data = Dataset(one, two, three, ("a", "b"), ("x", "y", "z"))
    assert [data.split(name) for name in ("training", "validation", "test")] == [one, two, three]
