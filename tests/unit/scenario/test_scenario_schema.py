"""A scenario file is read exactly, or refused with file, key and remedy."""

from __future__ import annotations

from fractions import Fraction

import pytest

from coincell.errors import InputError
from coincell.scenario import read_scenario


def test_a_minimal_scenario(write):
    scenario = read_scenario(write())
    assert scenario.title == "A test"
    assert scenario.duration_s == 10
    assert scenario.firmware.path.name == "fw.elf"
    assert scenario.battery.name == "aaa2"
    assert scenario.seed == 1
    assert scenario.beside(scenario.firmware.path) == scenario.path.parent / "fw.elf"


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("duration_ms = 1500", Fraction(3, 2)),
        ("duration_hours = 2", 7200),
        ("duration_s = 0.1", Fraction(1, 10)),
    ],
)
def test_any_unit_of_time_will_do(write, line, seconds):
    assert read_scenario(write(line, drop=("duration_s",))).duration_s == seconds


def test_firmware_and_battery_have_a_long_form(write):
    scenario = read_scenario(
        write(
            'firmware = { path = "a.bin", address = 0x1000 }\nbattery = { name = "cr2032", attach = "vin" }',
            drop=("firmware", "battery"),
        )
    )
    assert scenario.firmware.address == 0x1000
    assert scenario.battery.attach == "vin"


def test_recipes_become_plain_numbers_and_recordings_lie_beside_the_file(write):
    scenario = read_scenario(
        write('[signals.microphone]\nkind = "recording"\npath = "a.wav"\nfull_scale = 2.5\nlist = [0.5]')
    )
    recipe = scenario.recipe("microphone")
    assert recipe["full_scale"] == 2.5
    assert type(recipe["full_scale"]) is float
    assert recipe["list"] == [0.5]
    assert recipe["path"] == str(scenario.path.parent / "a.wav")


def test_expectations_read_their_units(write):
    expect = read_scenario(
        write("[expect]\nbattery_life_min_days = 2\naverage_current_max_ma = 1.5\nduty_max_percent = 40")
    ).expect
    assert expect.battery_life_min_s == 2 * 86_400
    assert expect.average_current_max_a == Fraction("0.0015")
    assert expect.duty_max_ratio == Fraction("0.4")


WHEN = '[[detect]]\nlabel = "x"\nnet = "y"\nwithin_s = 1\n'
SORTS = '[classify.classes]\n"" = "still"\nwalk = "moving"\n'


def test_one_table_of_detections_or_several(write):
    one = 'label = ["slip", "trip"]\nnet = "y"\nwithin_ms = 500\nearly_s = 2\nfrom = "start"'
    (rule,) = read_scenario(write(f"[detect]\n{one}")).detect
    assert (rule.labels, rule.latency_from) == (("slip", "trip"), "start")
    assert (rule.within_s, rule.early_s) == (Fraction(1, 2), 2)
    first, second = read_scenario(write(f"{WHEN}[[detect]]\n{one}")).detect
    assert (first.labels, first.latency_from, first.early_s) == (("x",), "end", 0)
    assert second == rule
    assert read_scenario(write()).detect == ()


def test_classes(write):
    rule = read_scenario(write(f"[classify]\nsettle_ms = 1500\n{SORTS}")).classify
    assert rule.classes == {"": "still", "walk": "moving"}
    assert (rule.settle_s, rule.signal) == (Fraction(3, 2), None)


def test_scores_are_expected_in_percent(write):
    lines = "f1_min_percent = 90\naccuracy_min_percent = 80\nfalse_alarms_max_per_h = 0.5\nlead_min_ms = 500"
    expect = read_scenario(write(f"{WHEN}{SORTS}[expect]\n{lines}\nclass_delay_max_s = 3")).expect
    assert (expect.f1_min_ratio, expect.accuracy_min_ratio) == (Fraction(9, 10), Fraction(8, 10))
    assert (expect.false_alarms_max_per_h, expect.lead_min_s) == (Fraction(1, 2), Fraction(1, 2))
    assert expect.class_delay_max_s == 3


@pytest.mark.parametrize(
    ("extra", "drop", "says"),
    [
        ("durration_s = 3", (), ["'durration_s' is not a key", "did you mean 'duration_s'"]),
        ("colour = 3", (), ["'colour' is not a key", "allowed: ", "title"]),
        ("duration_v = 3", ("duration_s",), ["'v' is no unit of 'duration'", "duration_s, duration_ms"]),
        ("duration = 3", ("duration_s",), ["'duration' needs its unit", "duration_s"]),
        ('duration_s = "20 s"', ("duration_s",), ["duration_s", "a number is needed", "'20 s'"]),
        ("duration_s = 0", ("duration_s",), ["duration_s", "above zero"]),
        ("duration_s = -3", ("duration_s",), ["above zero"]),
        ("duration_s = inf", ("duration_s",), ["finite"]),
        ("duration_ms = 3", (), ["duration"]),
        ("", ("title",), ["title", "missing"]),
        ("", ("board",), ["board", "missing"]),
        ('firmware = { app = "a", path = "b" }', ("firmware",), ["firmware", "either app"]),
        ("firmware = {}", ("firmware",), ["firmware", "either app"]),
        ("firmware = 3", ("firmware",), ["firmware"]),
        ('firmware = { path = "a.bin", address = -1 }', ("firmware",), ["firmware.address"]),
        ('firmware = { app = "a", judge = "me" }', ("firmware",), ["firmware.judge", "baseline", "silent"]),
        (
            'firmware = { path = "a", judge = "silent" }',
            ("firmware",),
            ["firmware", "has been built already"],
        ),
        ('firmware = { apps = "a" }', ("firmware",), ["did you mean 'app'"]),
        ("seed = -1", (), ["seed"]),
        ("seed = 1.5", (), ["seed"]),
        ("[expect]\nfound_min = 3", (), ["expect.found_min needs a [detect] table"]),
        ("[expect]\ninferences_min = 3", (), ["[markers.inference]"]),
        ("[expect]\nfound_mim = 3", (), ["expect", "did you mean 'found_min'"]),
        ("[expect]\nduty_max_v = 3", (), ["expect", "duty_max_percent"]),
        ("[expect]\nfound_min = -3", (), ["expect.found_min", "a number of at least 0 is needed"]),
        ('[expect]\nconsole_contains = "x"', (), ["expect.console_contains: a list", 'for instance ["x"]']),
        ("[expect]\nconsole_contains = [3]", (), ["expect.console_contains[0]: a text in quotes"]),
        ('[expect]\nflash_max_bytes = "64K"', (), ["a whole number", "'64K'", "for instance 65536"]),
        (
            "[expect]\ninfernce_latency_max_ms = 50",
            (),
            ["did you mean 'inference_latency_max_ms'?", "duty_max_(ratio|percent)"],
        ),
        (
            "[expect]\nbattery_life_min_weeks = 5",
            (),
            ["'weeks' is no unit of 'battery_life_min'", "battery_life_min_days, battery_life_min_years"],
        ),
        ("[expect]\nduty_max_percent = 150", (), ["expect.duty_max_percent: a share", "found: 150"]),
        ("[expect]\nduty_max_ratio = 50", (), ["expect.duty_max_ratio: a share", "0 to 1 as a ratio"]),
        ("[expect]\nestimates_max_percent = -1", (), ["expect.estimates_max_percent: a share"]),
        (
            '[detect]\nlabel = "x"\nnet = "y"\nwithin_ms = "500ms"',
            (),
            ["detect.within_ms: a number is needed here", "'500ms'"],
        ),
        ('strict = "maybe"', (), ["strict: true or false"]),
        ("day = 3", (), ["day: a table is needed here"]),
        (
            '[detect]\nlabel = "x"\nnet = "y"\nlevel = "up"\nwithin_s = 1',
            (),
            ["detect.level", "allowed: high, low"],
        ),
        ('[detect]\nlabel = "x"\nnet = "y"', (), ["detect.within_s", "missing"]),
        ("[markers.m]\nfunctions = 'x'", (), ["markers.m", "did you mean 'function'"]),
        (f'{WHEN}{WHEN}within_ms = "1"', (), ["detect"]),
        (f"{WHEN}[[detect]]\nlabel = 'x'\nnet = 'y'", (), ["detect[1].within_s", "missing"]),
        ("[detect]\nlabel = []\nnet = 'y'\nwithin_s = 1", (), ["detect.label"]),
        ("[detect]\nlabel = ''\nnet = 'y'\nwithin_s = 1", (), ["detect.label: a text of at least 1"]),
        (f"{WHEN}from = 'begin'", (), ["detect[0].from", "allowed: start, end"]),
        (f"{WHEN}early = 1", (), ["'early' needs its unit", "early_s, early_ms"]),
        (
            "[expect]\nf1_min_percent = 9",
            (),
            ["expect.f1_min_ratio needs a [detect]", "or a [classify] table"],
        ),
        (f"{SORTS}[expect]\nlead_min_s = 1", (), ["expect.lead_min_s needs a [detect] table"]),
        (
            f"{WHEN}[expect]\naccuracy_min_percent = 9",
            (),
            ["expect.accuracy_min_ratio needs a [classify] table"],
        ),
        (
            f"{WHEN}[expect]\nf1_gain_min_percent = 9",
            (),
            ["expect.f1_gain_min_ratio compares an app's model with its plain rule: it needs an app"],
        ),
        (
            f"firmware = {{ app = 'a', judge = 'baseline' }}\n{WHEN}[expect]\nfalse_alarms_fewer_min = 1",
            ("firmware",),
            ["expect.false_alarms_fewer_min compares", "no judge"],
        ),
        ("[expect]\nfalse_alarms_fewer_min = 1", (), ["false_alarms_fewer_min needs a [detect] table"]),
        (f"{WHEN}[expect]\naccuracy_gain_min_percent = 1", (), ["needs a [classify] table"]),
        ("[classify]\nsettle_s = 1", (), ["classify.classes", "missing"]),
        ("[classify]\nclasses = {}", (), ["classify.classes"]),
        ("[classify.classes]\nwalk = 'on the move'", (), ["classify.classes.walk", "a name is needed"]),
        ("[classify]\nsettle = 1", (), ["'settle' needs its unit"]),
        ("[day]\ndetections = -1", (), ["day.detections"]),
        ("x = [", (), ["not TOML"]),
    ],
)
def test_what_is_wrong_is_said(write, extra, drop, says):
    path = write(extra, drop)
    with pytest.raises(InputError) as caught:
        read_scenario(path)
    text = str(caught.value)
    assert "test.toml" in text
    assert "Input should be" not in text
    for words in says:
        assert words in text


@pytest.mark.parametrize("line", ["duty_max_percent = 0", "duty_max_percent = 100", "duty_max_ratio = 1"])
def test_a_share_may_be_nothing_or_all(write, line):
    assert read_scenario(write(f"[expect]\n{line}")).expect.duty_max_ratio in (0, 1)


def test_a_toml_file_that_is_no_scenario(write):
    with pytest.raises(InputError, match=r"does not say that it is a scenario") as caught:
        read_scenario(write(drop=("schema",)))
    assert 'schema = "coincell.scenario/1"' in str(caught.value)


def test_another_version_of_the_schema(write):
    with pytest.raises(InputError, match="schema") as caught:
        read_scenario(write('schema = "coincell.scenario/9"', drop=("schema",)))
    assert "coincell.scenario/1" in str(caught.value)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_scenario(tmp_path / "none.toml")
    with pytest.raises(InputError, match="a folder"):
        read_scenario(tmp_path)


def test_not_text(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"a\.toml"):
        read_scenario(path)
