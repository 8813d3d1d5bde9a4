"""LSM9DS1 against its data sheet (DocID025715 Rev 2, table 21) and ST's driver lsm9ds1-pid.

Scale factors are those of the driver's conversions (lsm9ds1_reg.c:102-160), rates those of its enumeration
(lsm9ds1_reg.h:1007-1050).
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from sensor_bench import Bench, I2c, Still

from coincell.errors import InputError

LYING = (0.25, -0.5, 1.0)


def made(acceleration=LYING, rotation=(0.5, -1.0, 2.0), **options):
    bench = Bench(
        signals={
            "acceleration": Still(acceleration, "g"),
            "rotation": Still(rotation, "rad/s"),
            "magnetic_field": Still((20e-6, 0.0, -45e-6), "T"),
        },
        **options,
    )
    bench.on()
    return bench, I2c(bench.target(0x6B))


def test_identity_and_defaults():
    bench, imu = made()
    magnetometer = I2c(bench.target(0x1E))
    assert imu.byte(0x0F) == 0x68
    assert magnetometer.byte(0x0F) == 0x3D
    # data sheet, table 21: everything else that can be written begins as 0
    defaults = {0x1E: 0x38, 0x1F: 0x38, 0x22: 0x04}
    for register in (*range(0x04, 0x0E), *range(0x10, 0x14), *range(0x1E, 0x25), 0x2E, *range(0x30, 0x38)):
        assert imu.byte(register) == defaults.get(register, 0), hex(register)


def test_it_answers_only_with_supply_and_after_its_boot():
    bench = Bench()
    target = bench.target(0x6B)
    assert not target.start(False)
    bench.nets.net("VDD_ENV_ENABLE").drive("test", True)
    bench.wait(9.9)
    assert not target.start(False)
    bench.wait(0.2)
    assert target.start(False)
    I2c(target).write(0x20, 0x60)
    bench.nets.net("VDD_ENV_ENABLE").drive("test", False)
    assert not target.start(False)
    bench.on()
    assert I2c(target).byte(0x20) == 0  # forgot everything


@pytest.mark.parametrize(("code", "mg"), [(0, 0.061), (2, 0.122), (3, 0.244), (1, 0.732)])
def test_acceleration_scale(code, mg):
    bench, imu = made()
    imu.write(0x20, 0x60 | code << 3)
    bench.wait(100)
    assert imu.words(0x28) * mg == pytest.approx(np.array(LYING) * 1000, abs=mg / 2)


@pytest.mark.parametrize(("code", "mdps"), [(0, 8.75), (1, 17.5), (3, 70)])
def test_rotation_scale(code, mdps):
    bench, imu = made()
    imu.write(0x10, 0x60 | code << 3)
    bench.wait(100)
    # 2 rad/s are 114.6 degrees per second: within every scale
    assert imu.words(0x18) * float(mdps) == pytest.approx(np.degrees([0.5, -1, 2]) * 1000, abs=mdps / 2)


@pytest.mark.parametrize(("code", "tesla"), [(0, 0.14e-7), (1, 0.29e-7), (2, 0.43e-7), (3, 0.58e-7)])
def test_magnetic_scale_and_auto_increment(code, tesla):
    bench, _ = made()
    magnetometer = I2c(bench.target(0x1E))
    magnetometer.write(0x21, code << 5)
    magnetometer.write(0x22, 0)
    bench.wait(400)
    assert magnetometer.byte(0x27) & 0x0F == 0x0F
    field = np.frombuffer(magnetometer.read(0xA8, 6), "<i2") * tesla
    assert field == pytest.approx([20e-6, 0, -45e-6], abs=tesla / 2)
    assert magnetometer.byte(0x27) == 0
    assert len(set(magnetometer.read(0x28, 4))) == 1  # without bit 7 the register stays


def test_beyond_full_scale_it_stays_at_the_end():
    bench, imu = made(acceleration=(5.0, -5.0, 0.0))
    imu.write(0x20, 0x60)
    bench.wait(100)
    assert list(imu.words(0x28)) == [32767, -32768, 0]


@pytest.mark.parametrize(
    ("register", "code", "rate_hz"),
    [(0x20, n, rate) for n, rate in enumerate((10, 50, 119, 238, 476, 952), 1)]
    + [(0x10, n, rate) for n, rate in enumerate((14.9, 59.5, 119, 238, 476, 952), 1)],
)
def test_samples_come_at_the_rate_from_the_moment_it_is_set(register, code, rate_hz):
    bench, imu = made()
    flag, out = (0x01, 0x28) if register == 0x20 else (0x02, 0x18)
    bench.wait(3.21)
    imu.write(register, code << 5)
    for _ in range(3):
        bench.wait(1000 / rate_hz - 0.002)
        assert not imu.byte(0x17) & flag
        bench.wait(0.002 + 1e-6)
        assert imu.byte(0x27) & flag
        imu.words(out)
        assert not imu.byte(0x17) & flag


def test_with_the_gyroscope_on_both_sample_in_step_at_its_rate():
    bench, imu = made()
    imu.write(0x20, 0xC0)  # 952 Hz, but
    imu.write(0x10, 0x40)  # 59.5 Hz
    bench.wait(1000 / 59.5 - 0.01)
    assert imu.byte(0x17) & 3 == 0
    bench.wait(0.02)
    assert imu.byte(0x17) & 3 == 3
    bench.wait(100)
    burst = imu.words(0x18, 12)  # gyroscope, accelerometer, and round again
    assert burst[:6] == pytest.approx(burst[6:])
    assert burst[3:6] * 0.061 == pytest.approx(np.array(LYING) * 1000, abs=0.031)


def test_block_data_update_never_mixes_two_samples():
    """A value that goes from 0x00FF to 0x0100 and is read across a new sample."""
    for bdu, expected in ((0x44, 0x00FF), (0x04, 0x01FF)):
        step = Still((0.0, 0.0, 0.0), "g", rate_hz=1000)
        step.samples = lambda start, count: np.repeat(  # type: ignore[method-assign]
            np.where(np.arange(start, start + count) < 230, 0x00FF, 0x0100)[:, np.newaxis] * 0.061e-3, 3, 1
        )
        bench = Bench(signals={"acceleration": step})
        bench.on()
        imu = I2c(bench.target(0x6B))
        imu.write(0x22, bdu)
        imu.write(0x20, 0x40)
        bench.wait(165)  # the sample at 180 ms is the latest
        target = imu.target
        assert target.start(False)
        assert target.write(0x28)
        assert target.start(True)
        low = target.read()
        bench.wait(200)
        assert low | target.read() << 8 == expected


class TestFifo:
    def gathering(self, mode=0xC0, control=0x02, **options):
        bench, imu = made(**options)
        imu.write(0x2E, mode)
        imu.write(0x23, control)
        imu.write(0x20, 0x60)
        return bench, imu

    def test_level_and_contents(self):
        bench, imu = self.gathering()
        bench.wait(10.5 * 1000 / 119)
        assert imu.byte(0x2F) & 0x7F == 10
        rows = imu.words(0x28, 30).reshape(-1, 3)
        assert imu.byte(0x2F) & 0x7F == 0
        assert rows[-1] * 0.061 == pytest.approx(np.array(LYING) * 1000, abs=0.031)
        assert rows[0] * 0.061 == pytest.approx(np.array(LYING) * 500, abs=0.031)  # one unsettled sample

    def test_overrun_keeps_the_newest(self):
        ramp = Still((0, 0, 0), "g", rate_hz=119)
        ramp.samples = lambda start, count: np.repeat(  # type: ignore[method-assign]
            np.arange(start, start + count)[:, np.newaxis] * 1e-3, 3, 1
        )
        bench = Bench(signals={"acceleration": ramp})
        bench.on()
        imu = I2c(bench.target(0x6B))
        for register, value in ((0x2E, 0xC0), (0x23, 0x02), (0x20, 0x60)):
            imu.write(register, value)
        bench.wait(32.5 * 1000 / 119)
        assert imu.byte(0x2F) & 0x7F == 32  # full, nothing lost
        bench.wait(8 * 1000 / 119)
        assert imu.byte(0x2F) & 0x7F == 0x40 | 32
        rows = imu.words(0x28, 96).reshape(-1, 3)[:, 0] * 0.061
        assert np.diff(rows) == pytest.approx(np.ones(31), abs=0.07)
        # sample number 8 (the ninth) is the oldest left: later than the start by nine periods
        begun = bench.sim.now / 1e12 - 40.5 / 119
        delay = 2**0.5 / (2 * np.pi * 50)
        assert rows[0] == pytest.approx((begun + 9 / 119 - delay) * 119, abs=0.05)
        assert imu.byte(0x2F) & 0x7F == 0

    def test_fifo_mode_keeps_the_oldest_and_stops(self):
        bench, imu = self.gathering(mode=0x20)
        bench.wait(1000)
        assert imu.byte(0x2F) & 0x7F == 32
        assert imu.words(0x28)[2] == pytest.approx(500 / 0.061, abs=1)  # the first, unsettled

    def test_threshold_and_stop_on_it(self):
        bench, imu = self.gathering(mode=0xC0 | 5)
        bench.wait(4.5 * 1000 / 119)
        assert imu.byte(0x2F) == 4
        bench.wait(1000 / 119)
        assert imu.byte(0x2F) == 0x80 | 5
        bench, imu = self.gathering(mode=0xC0 | 5, control=0x03)
        bench.wait(1000)
        assert imu.byte(0x2F) == 0x80 | 0x40 | 5

    def test_bypass_empties_it(self):
        bench, imu = self.gathering()
        bench.wait(100)
        imu.write(0x2E, 0x00)
        imu.write(0x2E, 0xC0)
        assert imu.byte(0x2F) & 0x7F == 0


def test_what_left_is_written_down_once():
    bench, imu = made()
    imu.write(0x20, 0x60)
    bench.wait(100)
    seen = imu.read(0x28, 6)
    imu.read(0x28, 6)
    bench.wait(100)
    seen += imu.read(0x28, 6)
    left = bench.device.tallies["acceleration"]
    assert (left.n_samples, left.rate_hz) == (2, 119)
    assert left.digest == sha256(seen).hexdigest()
    assert bench.device.tallies["rotation"].n_samples == 0


def test_states_by_what_is_on():
    bench, imu = made()
    magnetometer = I2c(bench.target(0x1E))
    imu.write(0x20, 0x60)
    magnetometer.write(0x22, 0)
    imu.write(0x10, 0x60)
    imu.write(0x12, 0x80)
    magnetometer.write(0x22, 3)
    imu.write(0x10, 0x80)  # 238 Hz has no low-power mode
    imu.write(0x22, 0x05)  # SW_RESET
    assert bench.states == [
        *("off", "power_down", "accelerometer", "accelerometer_and_magnetometer"),
        *("gyroscope_and_magnetometer", "gyroscope_low_power_119hz_and_magnetometer"),
        *("gyroscope_low_power_119hz", "gyroscope", "power_down"),
    ]


def test_errors_are_the_specimens_own():
    still = {"acceleration": Still((0.0, 0.0, 0.0), "g")}
    means = []
    for seed in (1, 1, 2):
        bench = Bench(signals=still, options={"errors": "typical"}, seed=seed)
        bench.on()
        imu = I2c(bench.target(0x6B))
        for register, value in ((0x2E, 0xC0), (0x23, 0x02), (0x20, 0x60)):
            imu.write(register, value)
        rows = []
        for _ in range(60):
            bench.wait(30 * 1000 / 119)
            count = imu.byte(0x2F) & 0x3F
            rows.append(imu.words(0x28, 3 * count).reshape(-1, 3) * 0.061)
        values = np.concatenate(rows)[2:]
        means.append(values.mean(0))
        # 0.15 mg/√Hz over the 50 Hz that 119 Hz keeps, and the rounding to 0.061 mg
        assert values.std(0) == pytest.approx((0.15**2 * 50 + 0.061**2 / 12) ** 0.5 * np.ones(3), rel=0.06)
        assert np.abs(values.mean(0)).max() < 90
    assert np.array_equal(means[0], means[1])
    assert not np.allclose(means[0], means[2], atol=1)


@pytest.mark.parametrize(
    ("register", "value", "says"),
    [(0x06, 0x2A, "INT_GEN_CFG_XL"), (0x24, 0x01, "CTRL_REG10"), (0x2E, 0x60, "FIFO_CTRL.FMODE")],
)
def test_what_the_model_lacks_is_refused(register, value, says):
    _, imu = made()
    with pytest.raises(InputError, match="its model lacks") as refusal:
        imu.write(register, value)
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [({"address": 0x50}, "0x6a"), ({"errors": "some"}, "typical"), ({"magnetometer_address": 1}, "0x1c")],
)
def test_wrong_options_are_refused(options, says):
    with pytest.raises(InputError) as refusal:
        Bench(options=options)
    assert says in str(refusal.value)
