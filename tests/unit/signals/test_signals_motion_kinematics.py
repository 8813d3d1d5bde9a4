"""Poses and what a sensor on them feels, against differences of the pose itself and against mechanics."""

from __future__ import annotations

import numpy as np
import pytest

from coincell.signals.motion.event import Event
from coincell.signals.motion.falls import FALLS, fall
from coincell.signals.motion.jets import Array, Jet, clock, constant, cosine, sine, step, window
from coincell.signals.motion.people import mount, person
from coincell.signals.motion.pose import G_M_PER_S2, JOINTS, Mount, Pose, feel, still
from coincell.signals.motion.pulses import Plunge
from coincell.signals.motion.scene import BUMPS, event
from coincell.signals.motion.wander import sines

DT = 1e-4
T = np.arange(0, 2, DT)


def test_jets_are_the_derivatives_of_their_values() -> None:
    now = clock(T)
    angle = sine(now * 7.0) * window(now, 0.2, 0.6, 0.3, 0.5) + cosine(now * now) * 0.3 - constant(2.0, T)
    angle = angle + sines(3, "x", 0.1, 5.0, 0.4, 1.0, 20).at(T)
    assert angle.rate == pytest.approx(np.gradient(angle.value, DT), abs=2e-2)
    assert angle.rate[1:-1] == pytest.approx(np.gradient(angle.value, DT)[1:-1], abs=1e-5)
    assert angle.bend[2:-2] == pytest.approx(np.gradient(angle.rate, DT)[2:-2], abs=2e-2)


def test_a_step_is_the_course_of_least_jerk() -> None:
    """Peaks of minimum jerk: speed 1.875 d/T, acceleration 10/√3 d/T² (Flash and Hogan 1985)."""
    course = step(clock(T), 0.5, 0.8) * 0.3
    assert course.value[[0, -1]] == pytest.approx([0, 0.3])
    assert course.rate.max() == pytest.approx(1.875 * 0.3 / 0.8, rel=1e-6)
    assert course.bend.max() == pytest.approx(10 / np.sqrt(3) * 0.3 / 0.8**2, rel=1e-5)


def _rotations(pose: Pose) -> Array:
    """World from sensor, by multiplying plain rotation matrices, (n, 3, 3)."""
    out = np.broadcast_to(np.eye(3), (T.size, 3, 3))
    for joint in JOINTS:
        if joint not in pose.turns:
            continue
        axis = "xyz".index({"yaw": "z", "pitch": "y", "roll": "x"}[joint.split("_")[-1]])
        i, j = (axis + 1) % 3, (axis + 2) % 3
        angle = pose.turns[joint].value
        turn = np.zeros((T.size, 3, 3))
        turn[:, axis, axis] = 1
        turn[:, i, i] = turn[:, j, j] = np.cos(angle)
        turn[:, i, j], turn[:, j, i] = -np.sin(angle), np.sin(angle)
        out = out @ turn
    return np.asarray(out)


def _wild(joints: tuple[str, ...]) -> Pose:
    now = clock(T)
    turns = {j: sine(now * (1.0 + k)) * (1.4 - 0.1 * k) + 0.2 * k for k, j in enumerate(joints)}
    return Pose(np.zeros((3, T.size)), turns)


def test_angular_rate_is_that_of_the_rotation_matrix() -> None:
    pose = _wild(JOINTS)
    turn = _rotations(pose)
    rate = np.gradient(turn, DT, axis=0)
    spin = np.swapaxes(turn, 1, 2) @ rate
    expected = np.stack([spin[:, 2, 1], spin[:, 0, 2], spin[:, 1, 0]], axis=1)
    assert feel(pose, Mount())[1][5:-5] == pytest.approx(expected[5:-5], abs=1e-4)


def test_acceleration_is_the_second_difference_of_the_place() -> None:
    """A sensor on two levers, all joints turning at once; the place by rotation matrices alone."""
    where = Mount(joint_m=(0.1, 0.2, 0.5), limb_m=(0.05, -0.1, -0.6))
    inner, outer = _wild(JOINTS[:3]), _wild(JOINTS[:6])
    place = _rotations(inner) @ np.array(where.joint_m) + _rotations(outer) @ np.array(where.limb_m)
    pull = np.gradient(np.gradient(place, DT, axis=0), DT, axis=0) + np.array([0, 0, G_M_PER_S2])
    expected = np.einsum("nji,nj->ni", _rotations(outer), pull)
    assert feel(outer, where)[0][5:-5] == pytest.approx(expected[5:-5], abs=1e-3)


def test_pushes_go_where_one_is_heading() -> None:
    ahead = Pose(np.outer((2.0, 0.0, 0.0), np.ones(T.size)), {"yaw": constant(1.2, T)})
    assert feel(ahead, Mount())[0][0] == pytest.approx([2.0, 0.0, G_M_PER_S2])
    leaning = Pose(
        ahead.push, {"pitch": constant(np.pi / 2, T)}
    )  # face down, pushed towards the head's crown
    assert feel(leaning, Mount())[0][0] == pytest.approx([-G_M_PER_S2, 0.0, 2.0])


@pytest.mark.parametrize("placement", ["wrist", "hand", "waist", "pocket"])
def test_mounts_are_right_handed_and_worn_about_alike(placement: str) -> None:
    who = person("training", 4)
    frames = np.array([mount(who, placement, wear).axes for wear in range(40)])  # type: ignore[arg-type]
    assert np.linalg.det(frames) == pytest.approx(1.0)
    assert frames @ np.swapaxes(frames, 1, 2) == pytest.approx(np.broadcast_to(np.eye(3), (40, 3, 3)))
    assert not np.array_equal(frames[0], frames[1])
    usual = frames.mean(axis=0)
    slack = np.degrees(np.arccos(np.clip(np.einsum("nij,ij->ni", frames, usual), -1, 1)))
    assert slack.max() < 75


def test_standing_still_weighs_one_g() -> None:
    force, rate = feel(still(T), Mount())
    assert np.array_equal(force, np.tile([0, 0, G_M_PER_S2], (T.size, 1)))
    assert not rate.any()


@pytest.mark.parametrize(
    "plunge",
    [
        Plunge(0.8, 0.7, 3.0, 0.15, 1),
        Plunge(0.5, 0.4, 1.5),
        Plunge(1.0, 1.0, 60.0, 0.4, 3, sudden=True),
    ],
)
def test_a_plunge_goes_down_its_height_and_ends_at_rest(plunge: Plunge) -> None:
    t = np.arange(0, plunge.total_s + 0.1, 1e-5)
    up = plunge.up(t)
    speed = np.cumsum(up) * 1e-5
    assert speed[-1] == pytest.approx(0, abs=0.03)
    assert -speed.min() == pytest.approx(plunge.speed_m_per_s, rel=0.01)
    landed = np.searchsorted(t, plunge.fall_s + plunge.impact_s)
    assert np.cumsum(speed)[landed] * 1e-5 == pytest.approx(-plunge.height_m, rel=0.01)
    assert up.max() == pytest.approx(plunge.peak_g * G_M_PER_S2, rel=0.01)
    assert not up[t > plunge.total_s + 1e-3].any()


def test_free_fall_takes_as_long_as_it_should() -> None:
    drop = Plunge(1.0, 1.0, 1e7, sudden=True)
    assert drop.fall_s == pytest.approx(np.sqrt(2 / G_M_PER_S2))
    assert drop.speed_m_per_s == pytest.approx(np.sqrt(2 * G_M_PER_S2))


DONE = {"sit_down_hard": 0.0, "jump": 0.0, "stumble": 0.7, "drop": 0.0}
"""How long after its label an event has stopped moving up or down [s]."""


def _until(thing: Event, later_s: float, dt: float = 2e-4) -> tuple[Pose, Array]:
    """The pose up to the end of its first label, and vertical speed [m/s]."""
    pose = thing.pose(np.arange(0, thing.spans[0][2] + later_s, dt))
    return pose, np.cumsum(pose.push[2]) * dt


@pytest.mark.parametrize("name", [*FALLS, *DONE])
def test_momentum_balances(name: str) -> None:
    """Nobody is left with a speed, and who falls comes down by the height of a hip."""
    for number in range(4):
        who = person("held-out", number)
        thing = event(name, who, "waist", number)
        _, speed = _until(thing, DONE.get(name, 0.0))
        assert np.abs(speed).max() > 0.3
        assert np.abs(speed[-1]) < 0.08
        if name in FALLS:
            assert np.sum(speed) * 2e-4 == pytest.approx(0.12 - who.hip_m, abs=0.08)


@pytest.mark.parametrize("name", [*FALLS, *BUMPS])
@pytest.mark.parametrize("placement", ["wrist", "waist", "pocket"])
def test_events_leave_no_trace(name: str, placement: str) -> None:
    thing = event(name, person("training", 2), placement, 3)  # type: ignore[arg-type]
    for t in (np.array([0.0]), thing.length_s + np.array([0.0, 5.0])):
        pose = thing.pose(t)
        assert np.abs(pose.push).max() < 0.05
        assert all(np.abs(angle.value).max() < 1e-3 for angle in pose.turns.values())
        assert thing.claim is None or np.abs(thing.claim(t).value).max() < 1e-9


def test_falls_are_as_hard_and_quick_as_measured() -> None:
    """Speeds and times of descent within a deviation of Choi et al. 2015 on average, and within three each;
    trunks turn faster than the threshold of Bourke and Lyons 2008; first nearly weightless, then 3 g and
    more.
    """
    speeds, times = [], []
    for name in FALLS:
        for number in range(6):
            pose, speed = _until(fall(name, person("training", number), "waist", number), 0.0)
            force, rate = feel(pose, Mount())
            size = np.linalg.norm(force, axis=1) / G_M_PER_S2
            hit = int(np.argmax(size))
            assert 2.5 < size[hit] < 7.5, name
            assert 0.05 < np.sum(size[:hit] < 0.7) * 2e-4 < 0.6, name
            assert np.linalg.norm(rate, axis=1).max() > 3.1, name
            speeds.append(-speed.min())
            times.append(np.argmin(speed) * 2e-4)
    assert np.mean(speeds) == pytest.approx(2.14, abs=0.63)
    assert np.mean(times) == pytest.approx(0.583, abs=0.255)
    assert np.abs(np.array(speeds) - 2.14).max() < 3 * 0.63
    assert np.abs(np.array(times) - 0.583).max() < 3 * 0.255


def _lying(name: str) -> Array:
    thing = fall(name, person("training", 1), "waist", 5)  # type: ignore[arg-type]
    _, begin, end = thing.spans[1]
    return np.asarray(feel(thing.pose(np.array([(begin + end) / 2])), Mount())[0][0] / G_M_PER_S2)


def test_people_lie_as_they_fell() -> None:
    assert _lying("fall_forward")[0] < -0.9  # gravity pulls at the chest: the floor pushes against forward
    assert _lying("fall_backward")[0] > 0.9
    assert _lying("fall_slip")[0] > 0.9
    assert abs(_lying("fall_sideways")[1]) > 0.9


def test_a_flop_on_a_bed_is_a_soft_fall() -> None:
    for number in range(6):
        who = person("training", number)
        flop, fell = (
            _until(event(name, who, "waist", number), 0.0)[1].min() for name in ("flop_on_bed", "fall_slip")
        )
        assert fell < 1.3 * flop < 0
    assert _lying("flop_on_bed")[0] > 0.9


def test_a_jet_of_a_faded_pose_keeps_the_product_rule() -> None:
    now = clock(T)
    pose = Pose(np.zeros((3, T.size)), {"pitch": sine(now * 5.0)}).faded(step(now, 0.5, 1.0))
    angle: Jet = pose.turns["pitch"]
    assert angle.rate[1:-1] == pytest.approx(np.gradient(angle.value, DT)[1:-1], abs=1e-5)
