"""Drivers' heads and car seats: each against its own mechanics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from coincell.ports import Signal
from coincell.signals import create
from coincell.signals.motion.car import Ride, quarter_car, seat, shake

RATE = 200


def made(kind: str, seed: int = 1, **keys: Any) -> Signal:
    return create({"kind": kind, "duration_s": 60.0, **keys}, seed)


def felt(signal: Signal, begin: float = 0.0, end: float = 20.0) -> Any:
    return signal.samples(int(begin * RATE), int((end - begin) * RATE))


def test_a_nod_sinks_slowly_and_jerks_up() -> None:
    for seed in range(5):
        keys: dict[str, Any] = {"events": [(2, "nod_off")], "drowsy_from_s": 0.0, "drive": "parked"}
        pitch = felt(made("driver_head", seed, quantity="angular_rate", **keys), 1, 8)[:, 1]
        assert -pitch.min() > 1.5 * pitch.max() > 0.2
        assert np.argmax(pitch) < np.argmin(pitch)
        down = felt(
            made("driver_head", seed, quantity="angular_rate", **{**keys, "events": [(2, "look_down")]}), 1, 8
        )[:, 1]
        assert -down.min() < 1.5 * down.max()


def test_a_head_has_sunk_where_its_label_ends() -> None:
    for seed in range(5):
        nod = made("driver_head", seed, events=[(2, "nod_off")], drowsy_from_s=0.0, drive="parked")
        sinks = next(x for x in nod.labels if x.name == "head_sinks")
        assert 0.8 <= sinks.end_s - sinks.start_s <= 2.0
        lean = -felt(nod)[:, 0]
        before, half, down, later = lean[
            [round(at * RATE) for at in (2, 2 + (sinks.end_s - 2) / 2, sinks.end_s, sinks.end_s + 0.1)]
        ]
        assert half - before < 0.5 * (down - before)  # it sinks slowly at first
        assert later == pytest.approx(down, abs=0.15 * (down - before))


def test_nodding_off_by_chance_needs_a_drowsy_driver() -> None:
    rates = {"nod_off": 200, "glance": 100}
    alert = made("driver_head", duration_s=1800.0, rates_per_h=rates)
    drowsy = made("driver_head", duration_s=1800.0, rates_per_h=rates, drowsy_from_s=900.0)
    nods = [x.start_s for x in drowsy.labels if x.name == "nod_off"]
    assert not any(x.name in ("nod_off", "drowsy") for x in alert.labels)
    assert len(nods) > 20
    assert min(nods) > 900
    assert [(x.start_s, x.end_s) for x in drowsy.labels if x.name == "drowsy"] == [(900.0, 1800.0)]


def test_quarter_car_and_seat_resonate_where_they_should() -> None:
    """The golden car's body rides at √(63.3·653/(63.3 + 653))/2π = 1.2 Hz, its wheel hops at about 11 Hz."""
    freq = np.geomspace(0.2, 50, 4000)
    gain = np.abs(quarter_car(freq)) / (2 * np.pi * freq) ** 2
    assert freq[np.argmax(gain)] == pytest.approx(1.2, rel=0.15)
    assert gain[0] == pytest.approx(1.0, rel=0.1)  # it follows slow waves
    acceleration = np.abs(quarter_car(freq)) / freq  # of a road whose speed is white
    hop = (freq > 6) & (freq < 20)
    assert freq[hop][np.argmax(acceleration[hop])] == pytest.approx(
        np.sqrt((63.3 + 653) / 0.15) / 2 / np.pi, rel=0.2
    )
    carried = np.abs(seat(freq, 4.0, 0.28))
    assert freq[np.argmax(carried)] == pytest.approx(4, rel=0.1)
    assert 1.8 < carried.max() < 2.3


def test_a_ride_shakes_as_much_as_rides_do() -> None:
    """0.1 to 0.8 m/s² on a seat of a car on good to poor roads (unweighted; ISO 2631-1 annex C calls 0.3 to
    0.6 "a little uncomfortable"), more at speed, more on rougher roads.
    """

    def rms(speed: float, road: Any) -> float:
        return float(
            np.mean(
                [
                    np.sqrt(np.sum(shake(Ride(speed, True, road, "occupied", s))[2].amplitude ** 2) / 2)
                    for s in range(5)
                ]
            )
        )

    assert 0.1 < rms(20, "smooth") < rms(20, "average") < rms(20, "rough") < 1.6
    assert rms(10, "average") < rms(30, "average")
    assert rms(20, "rough") == pytest.approx(4 * rms(20, "smooth"), rel=0.05)  # sixteen times the density


def test_somebody_on_the_seat_is_felt() -> None:
    line = [(0, "empty"), (10, "occupied")]
    parked = made("car_seat", timeline=line, drive="parked")
    assert np.array_equal([x.name for x in parked.labels], ["empty", "occupied"])
    force = felt(parked, 0, 40)[:, 2]
    assert np.std(force[: 8 * RATE]) < 1e-9
    assert 1e-4 < np.std(force[15 * RATE :]) < 0.02
    assert np.abs(force[9 * RATE : 12 * RATE] - 1).max() > 0.1
    driving = felt(made("car_seat", timeline=line), 0, 60)[:, 2]

    def share_below(x: Any) -> float:
        power = np.abs(np.fft.rfft(x - x.mean())) ** 2
        return float(power[np.fft.rfftfreq(x.size, 1 / RATE) < 6].sum() / power.sum())

    assert share_below(driving[15 * RATE :]) > 2 * share_below(driving[: 8 * RATE])


@pytest.mark.parametrize("kind", ["driver_head", "car_seat"])
@pytest.mark.parametrize("quantity", ["acceleration", "angular_rate"])
def test_any_cut_gives_the_same_numbers(kind: str, quantity: str) -> None:
    keys: dict[str, Any] = {"quantity": quantity}
    if kind == "driver_head":
        keys["rates_per_h"] = {"glance": 300}
    whole = made(kind, **keys).samples(0, 4000)
    again = made(kind, **keys)
    assert again.unit == ("g" if quantity == "acceleration" else "rad/s")
    assert np.array_equal(again.samples(1000, 1500), whole[1000:2500])
    assert np.array_equal(again.samples(1, 1), whole[1:2])
    assert not np.array_equal(made(kind, 2, **keys).samples(0, 20_000), made(kind, **keys).samples(0, 20_000))
