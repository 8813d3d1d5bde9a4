"""firmware/sense compiled for this machine, to be called from Python. Overflow and misuse of memory trap."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import numpy as np
from kernel_models import host_compiler

from coincell import data

SENSE = data.find("firmware", "sense", "")


def load(folder: Path, app: str | None = None) -> ctypes.CDLL:
    """A library of all of it but what needs an app or a console, and of an app's features."""
    sources = [str(path) for path in sorted(SENSE.glob("*.c")) if path.name not in ("silent.c", "say.c")]
    if app:
        sources += [f"-I{SENSE}", *_of(app)]
    check = ["-fsanitize=undefined", "-fno-sanitize=alignment", "-fsanitize-undefined-trap-on-error"]
    flags = ["-std=c11", "-O1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror", *check]
    subprocess.run([*host_compiler(), *flags, *sources, "-o", str(folder / "sense.so")], check=True)
    library = ctypes.CDLL(str(folder / "sense.so"))
    for name, result in RESULTS.items():
        getattr(library, name).restype = result
    return library


class Read:
    """An app's features after every reading that gave some."""

    def __init__(self, folder, app: str, size: int) -> None:
        self.library = load(folder, app)
        self.library.features_add.restype = ctypes.c_bool
        self.features = np.ctypeslib.as_array((ctypes.c_int16 * size).in_dll(self.library, "features"))

    def after(self, *readings: np.ndarray) -> dict[int, np.ndarray]:
        """By the number of readings; each of `readings` is one argument's, in turn."""
        found = {}
        for number, values in enumerate(zip(*readings, strict=True), 1):
            if self.library.features_add(*(int(value) for value in values)):
                found[number] = self.features.copy().astype(int)
        return found


def _of(app: str) -> list[str]:
    """What of an app needs no hardware and decides nothing."""
    folder = data.find("firmware/apps", app, "")
    return [str(p) for p in sorted(folder.glob("*.c")) if p.stem not in ("main", "judge", "threshold")]


RESULTS = {
    "sense_sqrt": ctypes.c_uint32,
    "sense_log2_q8": ctypes.c_int32,
    "sense_mean": ctypes.c_int32,
    "sense_power": ctypes.c_uint32,
    "sense_variance": ctypes.c_uint32,
    "sense_crossings": ctypes.c_uint32,
    "sense_bin_power": ctypes.c_uint64,
    "sense_band_power": ctypes.c_uint64,
    "sense_peak": ctypes.c_uint32,
    "sense_biquad": ctypes.c_int32,
    "sense_detect": ctypes.c_bool,
    "sense_hold": ctypes.c_bool,
    "sense_smooth": ctypes.c_uint8,
    "sense_elect": ctypes.c_int,
    "sense_highest": ctypes.c_int,
    "sense_sort": None,
    "sense_queue_put": ctypes.c_bool,
    "sense_queue_front": ctypes.c_void_p,
}


class Statistics(ctypes.Structure):
    _fields_ = [
        ("squares", ctypes.c_int64),
        ("sum", ctypes.c_int32),
        ("count", ctypes.c_uint16),
        ("least", ctypes.c_int16),
        ("most", ctypes.c_int16),
    ]


class BiquadDesign(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int32) for name in ("b0", "b1", "b2", "a1", "a2")]


class BiquadState(ctypes.Structure):
    _fields_ = [*[(name, ctypes.c_int32) for name in ("x1", "x2", "y1", "y2")], ("rest", ctypes.c_uint32)]


class Detector(ctypes.Structure):
    _fields_ = [
        ("need", ctypes.c_uint8),
        ("of", ctypes.c_uint8),
        ("refractory", ctypes.c_uint16),
        ("quiet", ctypes.c_uint16),
        ("recent", ctypes.c_uint32),
    ]


class Holder(ctypes.Structure):
    _fields_ = [("hold", ctypes.c_uint16), ("left", ctypes.c_uint16)]


class Smoother(ctypes.Structure):
    _fields_ = [("of", ctypes.c_uint8), ("next", ctypes.c_uint8), ("recent", ctypes.c_uint8 * 16)]


class Vote(ctypes.Structure):
    _fields_ = [
        ("need", ctypes.c_uint8),
        ("of", ctypes.c_uint8),
        ("next", ctypes.c_uint8),
        ("recent", ctypes.c_uint8 * 16),
        ("holds", ctypes.c_uint8),
    ]


class Queue(ctypes.Structure):
    _fields_ = [
        ("items", ctypes.c_void_p),
        ("size", ctypes.c_uint16),
        ("count", ctypes.c_uint16),
        ("in_", ctypes.c_uint16),
        ("out", ctypes.c_uint16),
        ("lost", ctypes.c_uint32),
    ]
