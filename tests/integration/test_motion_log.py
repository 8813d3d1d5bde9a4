"""The motion_log app on the emulated Nano 33 BLE Sense: what the IMU senses is what the firmware prints."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from coincell.build.app import build_app
from coincell.describe import BoardDescription, load_board
from coincell.engines.contract import RunRequest, RunResult
from coincell.engines.native import NativeEngine
from coincell.image import load_image
from coincell.ports import Label, Samples, Signal
from coincell.simtime import PS_PER_S

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
DURATION_S = 3
LSB_MG, LSB_MDPS = 0.122, 17.5


class Still:
    """Implements ports.Signal."""

    labels: tuple[Label, ...] = ()
    n_channels = 3
    rate_hz = Fraction(100)

    def __init__(self, values: tuple[float, float, float], unit: str) -> None:
        self.values, self.unit = values, unit

    def samples(self, start: int, count: int) -> Samples:
        return np.tile(np.array(self.values), (count, 1))


def board(errors: str = "none") -> BoardDescription:
    described = load_board("nano33ble_sense")
    parts = (
        part.model_copy(update={"options": {"errors": errors}}) if part.name == "imu" else part
        for part in described.part
    )
    return described.model_copy(update={"part": tuple(parts)})


def run(signals: dict[str, Signal], described: BoardDescription, **options) -> RunResult:
    image = load_image(build_app("motion_log", described).elf)
    request = RunRequest(described, image, DURATION_S * PS_PER_S, signals=signals, strict=True, **options)
    return NativeEngine().run(request)


def numbers(result: RunResult, what: str) -> list[list[int]]:
    lines = [line.text.split() for line in result.console if line.text.startswith(what)]
    return [[int(word) for word in words[1:]] for words in lines]


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("sign", [1, -1])
def test_gravity_and_turning_on_each_axis(axis, sign):
    up, turn = [0.0] * 3, [0.0] * 3
    up[axis], turn[axis] = float(sign), float(sign) * np.radians(90)
    result = run({"acceleration": Still(tuple(up), "g"), "rotation": Still(tuple(turn), "rad/s")}, board())
    means = numbers(result, "mean")
    assert len(means) == DURATION_S - 1
    # whole LSBs and whole milligrams, both cut towards zero; the first second has the settling in it
    assert means[1][:3] == pytest.approx([1000 * v for v in up], abs=LSB_MG + 1)
    assert means[1][3:] == pytest.approx([90_000 * np.sign(v) for v in turn], abs=LSB_MDPS + 1)
    assert means[0][axis] == pytest.approx(1000 * sign, rel=0.02)
    rising = [sample[axis] * sign for sample in numbers(result, "sample")]
    assert rising[0] == pytest.approx(500, abs=2)  # one sample to discard
    assert rising[2:] == pytest.approx([1000, 1000], abs=2)


def test_the_core_sleeps_and_the_sensor_keeps_its_rate():
    signals: dict[str, Signal] = {"acceleration": Still((0.0, 0.0, 1.0), "g")}
    result = run(signals, board(), keep_samples=True)
    assert not any(line.text == "lost" for line in result.console)
    core = result.cores[0]
    assert core.active_ps / result.duration_ps < 0.002
    taken = result.samples["acceleration"]
    assert (taken.rate_hz, taken.n_channels) == (119, 3)
    on_ps = next(s.time_ps for s in result.states if s.component == "imu" and s.state.startswith("gyro"))
    fetches = (result.duration_ps - on_ps) / PS_PER_S * 119 // 24  # every 24 samples, all that are there
    assert fetches * 24 - 2 <= len(taken.data) / 6 <= (result.duration_ps - on_ps) / PS_PER_S * 119
    values = np.frombuffer(taken.data, "<i2").reshape(-1, 3)
    assert set(values[1:, 2]) == {round(1000 / LSB_MG)}


def test_the_same_samples_leave_whatever_the_tier():
    signals: dict[str, Signal] = {
        "acceleration": Still((0.3, 0.2, 0.9), "g"),
        "rotation": Still((0.1, 0.0, 0.0), "rad/s"),
    }
    first, second = (run(signals, board("typical"), seed=7, tier=tier) for tier in ("auto", "interpret"))
    assert first.sample_digests == second.sample_digests
    assert set(first.sample_digests) == {"acceleration", "rotation"}
    assert first.console == second.console
    assert first.states == second.states
    other = run(signals, board("typical"), seed=8)
    assert other.sample_digests != first.sample_digests


def test_without_the_sensor_the_firmware_says_so():
    described = board()
    parts = tuple(part for part in described.part if part.name != "imu")
    inputs = {k: v for k, v in described.inputs.items() if not v.startswith("imu.")}
    result = run({}, described.model_copy(update={"part": parts, "inputs": inputs}))
    assert [line.text for line in result.console] == ["no imu"]
