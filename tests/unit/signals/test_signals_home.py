"""A home: heat and moisture balance, habits that labels tell, fires by the correlations they come from."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from coincell.errors import InputError
from coincell.signals import create
from coincell.signals.surroundings import smoke
from coincell.signals.surroundings.climate import Air, house, saturation_g_per_m3
from coincell.signals.surroundings.household import DAY_S, day_of, household, occupancy

WEEK = 7 * DAY_S


def cold(constant_h=20.0, **keys):
    """A house without heating, sun or weather, and a household that is never there."""
    steady = {"heating_w": 0.0, "sun_w": 0.0, "outdoor_swing_c": 0.0, "outdoor_c": 0.0}
    return replace(house(1), time_constant_s=3600 * constant_h, setpoint_c=21.0, **{**steady, **keys})


class Still(Air):
    """Air without weather or people: what is left is the first-order law."""

    def outdoor_c(self, seconds):
        return np.full(seconds.size, self.building.outdoor_c)

    def _gains(self, day, seconds):
        return np.zeros(seconds.size), np.zeros(seconds.size)


@pytest.mark.parametrize("hours", [10.0, 40.0])
def test_an_unheated_room_cools_with_its_time_constant(hours):
    air = Still(household("training", 1), cold(hours), 1)
    found = air.celsius(3600.0 * np.arange(0, 48.0))
    assert found == pytest.approx(21.0 * np.exp(-np.arange(0, 48.0) / hours), abs=0.01)


def test_air_changes_take_moisture_out():
    building = cold(1e6, changes_per_h=0.5)
    air = Still(household("training", 1), building, 1)
    found = air.humidity(3600.0 * np.arange(0, 20.0))
    outdoor = building.outdoor_rh * float(saturation_g_per_m3(0.0)) / float(saturation_g_per_m3(21.0))
    assert found == pytest.approx(outdoor + (50 - outdoor) * np.exp(-0.5 * np.arange(0, 20.0)), abs=0.1)


def test_saturation_is_that_of_the_tables():
    # Absolute humidity at saturation: 4.85 g/m3 at 0, 17.3 at 20, 30.4 at 30 degrees (psychrometric tables).
    assert saturation_g_per_m3(np.array([0.0, 20.0, 30.0])) == pytest.approx([4.85, 17.3, 30.4], rel=0.005)


def test_heating_holds_its_setpoint():
    for seed in range(4):
        home = household("held-out", seed)
        building = house(home.seed)
        x = Air(home, building, seed).celsius(np.arange(DAY_S, WEEK, 60.0))
        assert x.min() > building.setpoint_c - 0.6
        assert np.median(x) == pytest.approx(building.setpoint_c, abs=1.0)


def test_people_make_a_room_damper():
    wetter = []
    for seed in range(8):
        signal = create({"kind": "home_air", "quantity": "humidity"}, seed)
        x = signal.samples(0, int(WEEK / 10))[:, 0]
        mean = {}
        for name in ("occupied", "away"):
            parts = [x[int(a.start_s / 10) : int(a.end_s / 10)] for a in signal.labels if a.name == name]
            mean[name] = np.mean(np.concatenate(parts))
        wetter.append(mean["occupied"] - mean["away"])
        assert x.min() > 10
        assert x.max() <= 100
    assert np.mean(wetter) > 2


def test_occupancy_has_no_gaps_and_follows_the_habits():
    home = household("training", 3)
    labels = occupancy(home, 5, 4 * WEEK)
    assert labels[0].start_s == 0
    assert labels[-1].end_s == 4 * WEEK
    for one, other in pairwise(labels):
        assert one.end_s == other.start_s
        assert one.name != other.name
    away = [label for label in labels if label.name == "away"]
    working = [x for x in away if int(x.start_s // DAY_S) % 7 not in home.home_days]
    assert np.mean([x.start_s % DAY_S / 3600 for x in working]) == pytest.approx(home.leave_h, abs=0.3)
    assert 0.1 < sum(x.end_s - x.start_s for x in away) / (4 * WEEK) < 0.5


def test_somebody_moves_only_while_at_home_and_awake():
    home, seed = 9, 2
    recipe = {"kind": "home_air", "quantity": "irradiance", "home": home, "duration_s": 2 * DAY_S}
    signal = create(recipe, seed)
    people = household("held-out", home)
    day = day_of(people, seed, 0)
    night = signal.samples(0, 3 * 3600 * 50)[:, 0]
    morning = signal.samples(int(day.wake_s * 50), 3600 * 50)[:, 0]
    assert np.abs(morning).max() > 0.01
    assert people.pet is not None or np.abs(night).max() < 0.003
    assert signal.labels == create({**recipe, "quantity": "temperature"}, seed).labels


def test_the_ceiling_jet_is_alperts():
    # NFPA 72, annex B: near the axis 16.9 Q^(2/3) / H^(5/3), beyond 0.18 H 5.38 (Q / r)^(2/3) / H.
    assert smoke.jet_k(np.array([100.0]), 2.5, 0.1)[0] == pytest.approx(79.1, abs=0.2)
    assert smoke.jet_k(np.array([100.0]), 2.5, 3.0)[0] == pytest.approx(22.3, abs=0.1)


def test_obscuration_is_extinction_over_a_metre():
    # 2 %/ft, a common alarm threshold, is 6.4 %/m (UL 217 gives both).
    assert smoke.percent_per_m(np.array([-np.log(0.98) / 0.3048]))[0] == pytest.approx(6.4, abs=0.05)


def read(name, seed, quantity="obscuration", seconds=4600):
    key = "fires" if name in smoke.FIRES else "nuisances"
    signal = create({"kind": "smoke", "quantity": quantity, key: [name], f"{key}_at_s": [100]}, seed)
    return signal.samples(0, seconds)[:, 0]


def test_smoke_of_a_flame_is_the_soot_that_it_made():
    home = replace(smoke.smoke_home("training", 1), changes_per_h=0.0, volume_m3=50.0)
    grams = smoke._mixed(np.full(100, 0.5), home)
    assert grams[-1] == pytest.approx(100 * 0.5 / 50)
    airy = smoke._mixed(np.full(20_000, 0.5), replace(home, changes_per_h=2.0))
    assert airy[-1] == pytest.approx(0.5 / (50 * 2 / 3600), rel=0.01)


@pytest.mark.parametrize("name", [*smoke.FIRES, *smoke.NUISANCES])
def test_every_event_can_set_off_a_plain_threshold(name):
    # EN 14604: alarms answer between 0.05 and 0.2 dB/m, 1.1 to 4.5 %/m; so nuisances do set them off.
    tops = [read(name, seed)[100:].max() for seed in range(6)]
    assert np.median(tops) > 3.0
    assert read(name, 1)[:100].max() < 0.2


def test_fires_last_where_nuisances_pass_and_flames_are_warm():
    warm, late = {}, {}
    for name in (*smoke.FIRES, *smoke.NUISANCES):
        x, t = read(name, 4), read(name, 4, "temperature")
        warm[name] = t[100:].max() - t[:100].mean()
        late[name] = np.mean(x[100 : 100 + int(smoke.LENGTH_S[name]) - 60] > 0.5 * x.max())
    flames = [name for name in smoke.FIRES if name != "smouldering"]
    assert min(warm[name] for name in flames) > 2 * max(warm["dust"], warm["toast"], warm["smouldering"])
    assert min(late[name] for name in flames) > max(late["dust"], late["steam"], late["toast"])
    assert np.argmax(read("smouldering", 4) > 3) > 600  # it takes its time (EN 54-7 TF2: many minutes)
    assert read("steam", 4, "humidity").max() > read("toast", 4, "humidity").max() + 3


def flutter(name, seed):
    """Measured: how far smoke is from the middle of what it was 8 s before and is 8 s after, as a share."""
    x = read(name, seed)[100 : 30 + int(smoke.LENGTH_S[name])]  # until it is aired
    before, now, after = x[:-16], x[8:-8], x[16:]
    dense = now > 2  # %/m
    return float(np.mean(np.abs(now - (before + after) / 2)[dense] / now[dense]))


def test_flutter_differs_from_event_to_event_and_does_not_tell_fires_from_nuisances():
    fires, nuisances = (
        {name: [flutter(name, seed) for seed in range(30, 42)] for name in names}
        for names in (smoke.FIRES, smoke.NUISANCES)
    )
    for found in (fires | nuisances).values():
        assert max(found) > 1.8 * min(found)
    fire, nuisance = (np.concatenate(list(found.values())) for found in (fires, nuisances))
    above = np.mean(nuisance[:, None] > fire)  # of all pairs; 0.5 if flutter says nothing
    assert 0.35 < above < 0.75


def test_events_may_be_named():
    recipe = {"kind": "smoke", "events": [[100, "dust"], [700, "smouldering"]], "fires_at_s": [6000]}
    labels = create(recipe, 5).labels
    assert [(label.start_s, label.name) for label in labels[:2]] == [(100, "dust"), (700, "smouldering")]
    assert labels[2].name in smoke.FIRES
    with pytest.raises(InputError, match="before the one"):
        create({**recipe, "fires_at_s": [800]}, 5)


def test_liquid_and_foam_smoke_more_than_wood_for_their_heat():
    per_kilojoule = {name: np.mean(fire.soot) / fire.heat_kj_per_g for name, fire in smoke.FLAMES.items()}
    assert per_kilojoule["flaming_foam"] > 5 * per_kilojoule["flaming_wood"]


def test_smoke_is_labelled_by_name_and_the_same_in_every_quantity():
    recipe = {"kind": "smoke", "fires_per_h": 0.2, "nuisances_per_h": 0.5, "duration_s": 2 * DAY_S}
    signal = create(recipe, 6)
    names = [label.name for label in signal.labels]
    assert set(names) & set(smoke.FIRES)
    assert set(names) & set(smoke.NUISANCES)
    assert signal.labels == create({**recipe, "quantity": "temperature"}, 6).labels
    label = signal.labels[0]
    x = signal.samples(int(label.start_s) - 60, int(label.end_s - label.start_s) + 120)[:, 0]
    assert x[:50].max() < 0.2
    assert x.max() > 0.5


@pytest.mark.parametrize("recipe", [{"kind": "home_air"}, {"kind": "smoke", "nuisances_per_h": 4}])
def test_the_same_numbers_however_cut(recipe):
    whole = create(recipe, 3).samples(0, 20_000)
    cut = create(recipe, 3)
    assert np.array_equal(cut.samples(15_000, 5000), whole[15_000:])
    assert np.array_equal(cut.samples(1, 1500), whole[1:1501])
    assert not np.array_equal(create(recipe, 4).samples(0, 20_000), whole)


def test_the_populations_share_no_home():
    splits = ("training", "held-out")
    assert len({household(split, n) for split in splits for n in range(40)}) == 80
    assert len({smoke.smoke_home(split, n) for split in splits for n in range(40)}) == 80
