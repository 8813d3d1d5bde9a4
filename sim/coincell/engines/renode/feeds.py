"""Inputs as Renode takes them: files, and the monitor's lines that feed them.

Which form an input has is the platform's `Feed.kind`. Formats are those of renode-infrastructure 0c7d0762,
src/Emulator/Peripherals/Peripherals: Sound/NRF52840_PDM.cs:46 and 180, Sensors/LSM9DS1_IMU.cs:113,
Sensors/LSM6DSO_IMU.cs:45 and 64; and src/Emulator/Main: Sound/PCMDecoder.cs:48-69,
Peripherals/Sensor/SensorSamplesFifo.cs:152, Utilities/RESD/.
"""

from __future__ import annotations

import tempfile
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import numpy as np

from coincell.engines.contract import Taken
from coincell.engines.renode.folder import Input
from coincell.engines.renode.platform import Feed
from coincell.errors import InputError
from coincell.ports import Signal
from coincell.signals.resd import sample_type, write_resd
from coincell.signals.resd_recording import block_of

_STEREO = ("Left", "Right")


def pdm(name: str, feed: Feed, taken: Taken) -> tuple[Input, ...]:
    """What the native PDM block gave the firmware, as the raw 16-bit mono files that Renode's takes.

    No WAV: every two bytes of the file are a sample, so a header would be heard (PCMDecoder.cs:54-67).
    Renode's block announces a buffer and its end together, so firmware with two buffers hears nothing in the
    second, and the buffer meant for it a period late (NRF52840_PDM.cs:153-229). The second buffer is left
    out of the file: then every other one comes at its time.
    """
    samples = np.frombuffer(taken.data, "<i2").reshape(-1, taken.n_channels)
    size = taken.first_buffer // taken.n_channels
    kept = np.concatenate([samples[:size], samples[2 * size :]])
    sides = _STEREO[: taken.n_channels]
    made: list[Input] = []
    for side, channel in zip(sides, kept.T, strict=True):
        variable = name if len(sides) == 1 else f"{name}_{side.lower()}"
        line = f"{feed.object} SetInputFile ${variable}" + (f" {side}" if len(sides) > 1 else "")
        script = "" if made else _exact(feed, taken)
        made.append(Input(variable, f"{variable}.s16le", channel.astype("<i2").tobytes(), line, script))
    return tuple(made)


def _exact(feed: Feed, taken: Taken) -> str:
    """What gives Renode's buffers the chip's period, where a second has no whole number of them; else ""."""
    each_s = Fraction(taken.first_buffer, taken.n_channels) / taken.rate_hz
    theirs_hz = int(taken.rate_hz) // taken.first_buffer * taken.n_channels
    if each_s * theirs_hz == 1:
        return ""
    facts = {
        "BLOCK": feed.object,
        "MAXCNT": taken.first_buffer,
        "PERIOD": each_s.numerator,
        "HZ": each_s.denominator,
    }
    head = "".join(f"{name} = {value!r}\n" for name, value in facts.items())
    body = files("coincell.engines.renode").joinpath("sound.ipy").read_text("utf-8")
    return f"# -*- coding: utf-8 -*-\n{head}\n{body}"


def resd(name: str, feed: Feed, signal: Signal, duration_s: float) -> Input:
    """A signal as a RESD file of one block at constant frequency, from the start of virtual time.

    `feed.kind` is "resd:METHOD:TYPE": the method of the sensor that takes the file, and the type of its
    samples, such as "resd:FeedAccelerationSamplesFromRESD:acceleration".
    """
    _, method, type = f"{feed.kind}::".split(":")[:3]
    if not (method and type):
        raise InputError(
            "this feed names no method and type",
            key=f"inputs.{name}",
            value=feed.kind,
            allowed=["resd:METHOD:TYPE"],
        )
    data = _resd_of(signal, type, duration_s)
    return Input(name, f"{name}.resd", data, f"{feed.object} {method} ${name}")


def _resd_of(signal: Signal, type: str, duration_s: float) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.resd"
        write_resd(path, [block_of(signal, sample_type(type), duration_s)])
        return path.read_bytes()


_MOTION = {
    "g": ("acceleration in g", 1.0, "FeedAccelerationSample"),
    "rad/s": ("rotation in degrees per second", 180 / np.pi, "FeedAgularRateSample"),
}
"""Unit -> what the file holds, its factor, and the method that reads it (LSM9DS1_IMU.cs:113 and 128: the
second is spelt so)."""


def lsm9ds1(name: str, feed: Feed, signal: Signal, duration_s: float) -> Input:
    """Acceleration or rotation as the text file of Renode's LSM9DS1: a sample a line, taken one at each
    reading.

    Renode's model has no data rate: what firmware reads when depends on how often it reads. Its magnetometer
    ignores the samples that it is fed (LSM9DS1_Magnetic.cs:113-144).
    """
    _check_motion("LSM9DS1", name, signal)
    what, factor, method = _MOTION[signal.unit]
    rows = signal.samples(0, max(1, round(duration_s * signal.rate_hz))) * factor
    lines = [f"# {name}: {what} at {float(signal.rate_hz):g} Hz"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in rows]
    data = ("\n".join(lines) + "\n").encode()
    return Input(name, f"{name}.txt", data, f"{feed.object} {method} ${name}")


_LSM6DSO = {
    "g": ("acceleration", "FeedAccelerationSamplesFromRESD", 0x10),
    "rad/s": ("angular rate", "FeedAngularRateSamplesFromRESD", 0x11),
}
"""Unit -> type of the samples, the method that reads them, the register of the data rate: LSM6DSO_IMU.cs:45,
64, 227 and 235."""
_LSM6DSO_RATES_HZ = (12, 26, 52, 104, 208, 416, 833, 1660, 3330, 6660)
"""Of ODR's codes from 1 on: LSM6DSO_IMU.cs:753-786, 1197-1211."""


def lsm6dso(name: str, feed: Feed, signal: Signal, duration_s: float) -> Input:
    """Acceleration or rotation as a RESD file, read at the data rate that is the next above the signal's.

    Renode's model takes the rate at which it reads the file from its registers when it is given the file, and
    0 is an error (renode-infrastructure 0c7d0762, src/Emulator/Main/Core/Machine.cs:128-134). Firmware has
    not run then, so the rate is set first and cleared afterwards.
    """
    _check_motion("LSM6DSO", name, signal)
    type, method, register = _LSM6DSO[signal.unit]
    code = next((n for n, hz in enumerate(_LSM6DSO_RATES_HZ, 1) if hz >= signal.rate_hz), 10)
    lines = [
        f"{feed.object} WriteByte 0x{register:X} 0x{code << 4:X}",
        f"{feed.object} {method} ${name}",
        f"{feed.object} WriteByte 0x{register:X} 0x0",
    ]
    return Input(name, f"{name}.resd", _resd_of(signal, type, duration_s), "\n".join(lines))


def _check_motion(sensor: str, name: str, signal: Signal) -> None:
    """Raises InputError for what is neither acceleration nor rotation on three axes."""
    if signal.unit not in _MOTION or signal.n_channels != 3:
        raise InputError(
            f"Renode's {sensor} is fed with acceleration or rotation on three axes",
            key=f"signals.{name}",
            value=f"{signal.n_channels} channels in {signal.unit}",
            allowed=[f"3 channels in {unit}" for unit in _MOTION],
        )
