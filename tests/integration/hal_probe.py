"""A few lines of C that call the HAL, built and run on an emulated board."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

from coincell.build.app import build_app
from coincell.describe import load_board
from coincell.energy import Ledger, Supply
from coincell.engines.contract import Marker, RunRequest, RunResult
from coincell.engines.native import NativeEngine
from coincell.image import load_image
from coincell.ports import Label, Samples, Signal
from coincell.simtime import PS_PER_S


class Curve:
    """Implements ports.Signal: a function of the time [s]."""

    labels: tuple[Label, ...] = ()
    n_channels = 1

    def __init__(self, value: Callable[[np.ndarray], np.ndarray], unit: str, rate_hz: int) -> None:
        self.value, self.unit, self.rate_hz = value, unit, Fraction(rate_hz)

    def samples(self, start: int, count: int) -> Samples:
        times = np.arange(start, start + count) / float(self.rate_hz)
        return np.broadcast_to(self.value(times), (count,))[:, np.newaxis].astype(float)


def run(
    folder: Path,
    board: str,
    hal: str,
    source: str,
    duration_s: float,
    *,
    signals: Mapping[str, Signal] | None = None,
    capture: str = "",
    toolchain: str = "zig",
) -> RunResult:
    """Run `source`, which calls the groups `hal` ("time pins"). With `capture`, the memory of the symbol
    `taken` is kept at each call of that function."""
    groups = ", ".join(f'"{name}"' for name in hal.split())
    (folder / "app.toml").write_text(f'title = "t"\nsources = ["main.c"]\nhal = [{groups}]\n')
    (folder / "main.c").write_text(f'#include "console.h"\n#include "hal.h"\n{source}')
    about = load_board(board)
    image = load_image(build_app(str(folder), about, toolchain).elf)
    markers = (Marker(capture, capture, ("taken",)),) if capture else ()
    length_ps = int(duration_s * PS_PER_S)
    return NativeEngine().run(RunRequest(about, image, length_ps, signals or {}, markers, strict=True))


def currents_ua(result: RunResult, since_s: float) -> dict[str, float]:
    """Average current of each component from `since_s` on [uA], at 3.3 V."""
    board = load_board(result.board)
    ledger = Ledger(result, board, Supply.of(board, Fraction(33, 10), "3v3_pin_jumper_cut"))
    since_ps = int(since_s * PS_PER_S)
    length_s = (result.duration_ps - since_ps) / PS_PER_S
    return {
        name: float(charge) / length_s * 1e6
        for name, charge in ledger.by_component(since_ps, result.duration_ps).items()
    }
