"""An app's judge alone, compiled for this machine: the same C, on vectors that were captured before."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from coincell.build.app import app_sources, gather, model_of, origins, shared_sources
from coincell.build.host import FAMILY, link_host
from coincell.build.recipe import Judge, find_app, find_hal
from coincell.build.target import Target
from coincell.errors import InputError

_MAIN = "app/main.c"
HARNESS = ("judging.c", "host.c")
"""Of hal/host: what calls a judge on this machine."""


def build_judge(app: str, program: Path, judge: Judge) -> None:
    """Make `program` of the app's judge, and of its other sources but main.c, which has the hardware.

    Raises InputError (unknown app, no such judge, C that needs what only the board has) and MissingToolError
    (no zig).
    """
    found, hal = find_app(app), find_hal(Target(FAMILY, "", FAMILY, ()))
    here = f"hal/{hal.name}"
    files = gather(found, model_of(found, judge))
    files |= {f"{here}/{name}": (hal.folder / name).read_bytes() for name in HARNESS}
    sources = shared_sources(files, "sense", "nn", "model")
    sources += ["startup/console.c", *(f"{here}/{name}" for name in HARNESS)]
    sources += [path for path in app_sources(found, files, judge) if path != _MAIN]
    link_host(files, sources, found.recipe.defines, program, found.folder, origins(found, hal))


def answers(program: Path, scenes: Sequence[bytes], n_vectors: Sequence[int]) -> list[bytes]:
    """What the judge `program` says to the vectors of each scene: a byte each, the class.

    Each scene is judged from the start, as after a reset. Raises InputError when the judge fails.
    """
    said = []
    for vectors, count in zip(scenes, n_vectors, strict=True):
        done = subprocess.run([program], input=vectors, capture_output=True, check=False)
        if done.returncode or len(done.stdout) != count:
            raise InputError(
                "the app's judge fails on this machine",
                value=f"{len(done.stdout)} answers to {count} vectors, exit code {done.returncode}",
                mend="features.h must declare the size of `features`, and judge() must keep to the array",
            )
        said.append(done.stdout)
    return said
