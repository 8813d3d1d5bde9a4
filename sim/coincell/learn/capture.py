"""Feature vectors of an app's own firmware: it runs on the emulated board, whose sensors feel a scene.

The app is built with a judge that says nothing. Whenever it is called, its features are taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coincell.build.app import build_app
from coincell.describe import BoardDescription, load_board
from coincell.engines.contract import Marker, RunRequest
from coincell.engines.native import NativeEngine
from coincell.errors import InputError, did_you_mean
from coincell.image import FirmwareImage, load_image
from coincell.learn.captured import Captured, key_of, load, save
from coincell.learn.dataset import Features
from coincell.learn.processes import run_all
from coincell.learn.progress import Progress
from coincell.learn.recipe import FeatureType
from coincell.learn.scenes import DrawnScene
from coincell.simtime import PS_PER_S, seconds

FEATURES, JUDGE = "features", "judge"
"""What an app that learns calls its array and its function."""


@dataclass(frozen=True)
class Firmware:
    """An app with its silent judge, for a board."""

    board: BoardDescription
    image: FirmwareImage
    toolchain: str

    @cached_property
    def digest(self) -> str:
        """Of all that it is."""
        return key_of(self.image.path.read_bytes())

    def n_features(self, kind: FeatureType) -> int:
        """Elements of the array `features`, of that type. Raises InputError when its size is none of it."""
        size = self.image.symbols[FEATURES].size
        if size % np.dtype(kind).itemsize:
            raise InputError(
                f"the firmware's array is no array of {kind}: it has {size} bytes",
                key=FEATURES,
                value=kind,
                mend="let `features` in training.toml be the type that features.h gives the array",
            )
        return size // np.dtype(kind).itemsize


def silent_firmware(app: str, board: str, toolchain: str = "zig") -> Firmware:
    """Build `app` for `board`, to learn from. Raises InputError when it lacks what can be learned from."""
    about = load_board(board)
    image = load_image(build_app(app, about, toolchain, judge="silent").elf)
    for name, is_function, mend in (
        (JUDGE, True, "let main.c call `judge(features)` for every vector"),
        (FEATURES, False, "features.c defines it: the newest vector, as a global array"),
    ):
        symbol = image.symbols.get(name)
        if symbol is None or symbol.is_function != is_function or not symbol.size:
            what = "function" if is_function else "array"
            raise InputError(
                f"the firmware has no {what} `{name}`, so nothing can be learned from it", app, mend=mend
            )
    return Firmware(about, image, toolchain)


def check_inputs(firmware: Firmware, scenes: Sequence[DrawnScene]) -> None:
    """Raises InputError for a signal of an input that the board has not."""
    board = firmware.board
    for scene in scenes:
        for name in scene.signals:
            if name not in board.inputs:
                raise InputError(
                    f"board {board.name} has no input of that name",
                    scene.where,
                    "signals",
                    name,
                    sorted(board.inputs),
                    did_you_mean(name, board.inputs) or f"`coincell boards {board.name}` shows what it has",
                )


def capture(
    firmware: Firmware,
    scenes: Sequence[DrawnScene],
    progress: Progress = lambda _done, _what: None,
    jobs: int = 1,
) -> list[Captured]:
    """What the firmware computed in each scene, from the cache where it was run before.

    `jobs` processes run what is not there; they change no result. Raises InputError, FirmwareCrash.
    """
    check_inputs(firmware, scenes)
    keys = [_key(firmware, scene) for scene in scenes]
    found = {index: known for index, key in enumerate(keys) if (known := load(key)) is not None}
    left = [index for index in range(len(scenes)) if index not in found]
    one = partial(_run_scene_of, firmware.image.path, firmware.board.name, firmware.toolchain)
    for index, captured in zip(left, run_all(one, [scenes[index] for index in left], jobs), strict=True):
        save(keys[index], captured)
        found[index] = captured
        progress(len(found) / len(scenes), f"{len(found)} of {len(scenes)} scenes")
    return [found[index] for index in range(len(scenes))]


def as_features(captured: Captured, kind: FeatureType) -> Features:
    """The vectors of a scene as numbers, shape (n, d)."""
    return captured.vectors.view(np.dtype(kind).newbyteorder("<")).astype(kind)


def run_scene(firmware: Firmware, scene: DrawnScene) -> Captured:
    """Run one scene on the emulated board, from reset to its end."""
    signals = scene.make()
    request = RunRequest(
        firmware.board,
        firmware.image,
        seconds(scene.duration_s),
        signals,
        (Marker(JUDGE, JUDGE, (FEATURES,)),),
        seed=scene.seed,
    )
    spans = NativeEngine().run(request).spans
    size = firmware.image.symbols[FEATURES].size
    taken = b"".join(span.captured[f"entry:{FEATURES}"] for span in spans)
    vectors: NDArray[np.uint8] = np.frombuffer(taken, np.uint8).reshape(len(spans), size)
    time_s = np.array([span.start_ps / PS_PER_S for span in spans])
    return Captured(vectors, time_s, {name: signal.labels for name, signal in signals.items()})


def _run_scene_of(image: Path, board: str, toolchain: str, scene: DrawnScene) -> Captured:
    """`run_scene`, in whatever process."""
    return run_scene(_firmware(image, board, toolchain), scene)


@cache
def _firmware(image: Path, board: str, toolchain: str) -> Firmware:
    """Read once in each process."""
    return Firmware(load_board(board), load_image(image), toolchain)


def _key(firmware: Firmware, scene: DrawnScene) -> str:
    return key_of(
        firmware.digest, firmware.board.model_dump_json(), scene.seed, str(scene.duration_s), scene.signals
    )
