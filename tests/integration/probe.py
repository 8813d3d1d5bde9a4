"""Builds the probe app once and patches what it does into the image."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from coincell.build.app import build_app
from coincell.build.target import Target
from coincell.describe import BoardDescription, load_board
from coincell.engines.contract import Marker, RunRequest, RunResult
from coincell.engines.native import NativeEngine
from coincell.image import FirmwareImage, Segment, load_image

SOURCE = Path(__file__).parent / "machine_probe"
MODE = (0xC01CE110).to_bytes(4, "little")
MS = 10**9


@cache
def board() -> BoardDescription:
    return load_board("nano33ble_sense")


@cache
def _image() -> FirmwareImage:
    return load_image(build_app(str(SOURCE), board()).elf)


def probe(mode: int) -> FirmwareImage:
    """The probe that does `mode`."""
    image = _image()
    patched = tuple(
        Segment(s.address, s.data.replace(MODE, mode.to_bytes(4, "little"))) for s in image.segments
    )
    assert patched != image.segments
    return replace(image, segments=patched)


def run(
    mode: int, duration_ps: int = 5 * MS, tier: str = "interpret", markers: tuple[Marker, ...] = (), **more
) -> RunResult:
    """Run the probe on the Nano 33 BLE Sense."""
    request = RunRequest(board(), probe(mode), duration_ps, tier=tier, markers=markers, **more)
    return NativeEngine().run(request)


__all__ = ["MS", "Target", "board", "probe", "run"]
