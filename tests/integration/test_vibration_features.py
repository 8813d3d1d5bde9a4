"""Features of the app that feels a machine, compiled for this machine, beside scipy's and closed forms."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest
from kernel_models import host_compiler
from scipy import signal

from coincell import data

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
RATE_HZ, DOWN, POINTS, SETTLING = 80_000 / 3, 32, 256, 16
LENGTH = DOWN * (SETTLING + POINTS)
SLOW, ONCE, TWICE, HALVES, MANY, RING, CREST, OUTER, INNER = range(9)
TIME = np.arange(LENGTH) / RATE_HZ
SHAFT_HZ = 24.5


class Machine:
    """The app's look and features, fresh."""

    def __init__(self, folder: Path) -> None:
        sense = data.find("firmware", "sense", "")
        app = data.find("firmware/apps", "machine_health", "")
        sources = [sense / f"{name}.c" for name in ("biquad", "integer", "spectrum")]
        sources += [app / "look.c", app / "features.c"]
        check = ["-fsanitize=undefined", "-fno-sanitize=alignment", "-fsanitize-undefined-trap-on-error"]
        flags = ["-std=c11", "-O1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror", *check, f"-I{sense}"]
        out = folder / "machine.so"
        subprocess.run([*host_compiler(), *flags, *map(str, sources), "-o", str(out)], check=True)
        self.c = ctypes.CDLL(str(out))
        self.c.look_add.restype = self.c.features_add.restype = ctypes.c_bool

    def look(self, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.c.look_begin()
        over = [self.c.look_add(ctypes.c_int16(step)) for step in np.rint(steps).astype(int).tolist()]
        assert over == [False] * (LENGTH - 1) + [True]
        slow, ring = ((ctypes.c_int16 * POINTS).in_dll(self.c, name) for name in ("look_slow", "look_ring"))
        return np.array(slow), np.array(ring)

    def features(self, steps: np.ndarray) -> np.ndarray | None:
        self.look(steps)
        told = self.c.features_add(self.c.look_slow, self.c.look_ring)
        return np.array((ctypes.c_int16 * 9).in_dll(self.c, "features")) if told else None


def healthy(rng: np.random.Generator) -> np.ndarray:
    """Some imbalance at 1 x, less at 2 x, noise; steps of 0.244 mg."""
    turn = 2 * np.pi * (SHAFT_HZ * TIME + rng.uniform())
    return 200 * np.sin(turn) + 60 * np.sin(2 * turn + 1) + rng.normal(0, 120, LENGTH)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    made = Machine(tmp_path_factory.mktemp("machine_health"))
    made.c.look_slow = (ctypes.c_int16 * POINTS).in_dll(made.c, "look_slow")
    made.c.look_ring = (ctypes.c_int16 * POINTS).in_dll(made.c, "look_ring")
    rng = np.random.default_rng(1)
    assert [made.features(healthy(rng)) for _ in range(16)] == [None] * 16
    return made


def test_movement_and_ringing_are_scipys(machine: Machine) -> None:
    steps = np.rint(np.random.default_rng(2).normal(0, 1000, LENGTH))
    slow, ring = machine.look(steps)
    sections = signal.butter(4, 2500, "highpass", fs=RATE_HZ, output="sos")
    high = np.abs(signal.sosfilt(sections, steps)).reshape(-1, DOWN).mean(1)[SETTLING:]
    assert np.abs(slow - 4 * steps.reshape(-1, DOWN).mean(1)[SETTLING:]).max() <= 1
    assert np.abs(ring - 4 * high).max() <= 2


def test_a_healthy_machine_stays_near_its_signature(machine: Machine) -> None:
    rng = np.random.default_rng(3)
    seen = np.array([machine.features(healthy(rng)) for _ in range(12)])
    assert np.abs(seen.mean(0))[[SLOW, ONCE, TWICE, RING]].max() < 25  # 0.3 dB
    assert np.abs(seen.mean(0)).max() < 400  # single lines of noise scatter by 300: means of 16 and of 12


def test_imbalance_is_a_line_at_the_shafts_speed_and_nothing_else(machine: Machine) -> None:
    rng = np.random.default_rng(4)
    turn = 2 * np.pi * SHAFT_HZ * TIME
    seen = np.mean([machine.features(healthy(rng) * [1] + 600 * np.sin(turn)) for _ in range(8)], axis=0)
    alone = np.array([0.8e3, 0.4e3])  # 800 and 400 where the phases agree and where not: between both
    low, high = 256 * np.log2((alone[::-1] / 200) ** 2)
    assert low < seen[ONCE] < high
    assert abs(seen[RING]) < 25
    assert abs(seen[OUTER]) < 256


@pytest.mark.parametrize(("which", "orders"), [(HALVES, (1.5, 2.5, 3.5)), (MANY, (3, 4, 5, 6, 7, 8))])
def test_a_loose_foot_shows_at_halves_and_multiples_of_the_shafts_speed(
    machine: Machine, which: int, orders: tuple[float, ...]
) -> None:
    rng = np.random.default_rng(6)
    turn = 2 * np.pi * SHAFT_HZ * TIME
    knocks = sum(150 * np.sin(order * turn + order) for order in orders)
    seen = np.mean([machine.features(healthy(rng) + knocks) for _ in range(8)], axis=0)
    assert seen[which] > 1024  # from noise to 150 steps: over 12 dB
    assert abs(seen[ONCE]) < 60
    assert seen[HALVES + MANY - which] < seen[which] - 512  # neighbours: windows of 0.3 s leak


@pytest.mark.parametrize(
    ("which", "orders"), [(OUTER, 9 / 2 * (1 - 7.94 / 39.04)), (INNER, 9 / 2 * (1 + 7.94 / 39.04))]
)
def test_blows_that_balls_make_are_known_by_their_rate(machine: Machine, which: int, orders: float) -> None:
    """A resonance at 4 kHz, struck at the defect's rate; its power adds to that of the noise."""
    rng = np.random.default_rng(5)
    since = np.arange(0, TIME[-1], 1 / (orders * SHAFT_HZ))
    ringing = np.zeros(LENGTH)
    for start in since:
        after = TIME - start
        late = after >= 0
        ringing[late] += 2000 * np.exp(-after[late] * 1500) * np.sin(2 * np.pi * 4000 * after[late])
    seen = np.mean([machine.features(healthy(rng) + ringing) for _ in range(4)], axis=0)
    assert seen[which] > 512
    assert seen[which] > seen[OUTER + INNER - which] + 512
    assert seen[RING] > 256
    assert seen[CREST] > 128
    assert abs(seen[ONCE]) < 60
