"""Labels that a scenario misspells are refused, also where others of the same list are right."""

from types import SimpleNamespace

import pytest

from coincell.data import find
from coincell.errors import InputError
from coincell.ports import Label
from coincell.scenario import read_scenario
from coincell.scenario.truth import truth_of

SIGNAL = SimpleNamespace(labels=(Label(1, 2, "bag"), Label(4, 5, "child"), Label(7, 8, "adult")))


@pytest.fixture
def judged(tmp_path):
    def judge(old: str, new: str):
        text = find("scenarios", "seat").read_text()
        assert old in text
        (tmp_path / "seat.toml").write_text(text.replace(old, new, 1))
        scenario = read_scenario(tmp_path / "seat.toml")
        return truth_of(scenario, {next(iter(scenario.signals)): SIGNAL})

    return judge


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('label = ["bag", ', 'label = ["bagg", ', r"detect\.label: [\s\S]*'bagg'[\s\S]*did you mean 'bag'"),
        (
            'adult = "adult"',
            'adlut = "adult"',
            r"classify\.classes: [\s\S]*'adlut'[\s\S]*did you mean 'adult'",
        ),
    ],
)
def test_a_misspelt_label_is_named(judged, old, new, says):
    with pytest.raises(InputError, match=says):
        judged(old, new)


def test_a_label_that_does_not_come_is_right(judged):
    """Unlike all that come, or like one that is listed itself."""
    assert judged('label = ["bag", ', 'label = ["dog", "bags", "bag", ').detect == (SIGNAL.labels,)
