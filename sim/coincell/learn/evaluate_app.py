"""How well an app does its job: its scenario under many unseen seeds, by its model and by its plain rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from coincell import data
from coincell.build.app import build_app
from coincell.build.recipe import App, Judge
from coincell.describe import BoardDescription
from coincell.engines.native import NativeEngine
from coincell.errors import InputError
from coincell.learn.processes import run_all
from coincell.learn.progress import Progress
from coincell.scenario import Scenario, classification, detection, read_scenario, run_scenario
from coincell.scenario.classification import Classification
from coincell.scenario.detection import Detections
from coincell.scenario.expect import Expect
from coincell.simtime import PS_PER_S

_APART = 1_000_000
"""Seeds of an evaluation lie beyond those that people write into scenarios."""


@dataclass(frozen=True)
class Run:
    """What one run of the scenario found."""

    rules: tuple[Detections, ...]
    classes: Classification | None
    duration_ps: int


@dataclass(frozen=True)
class Outcome:
    """All runs by one judge. `rules` has an entry for each [detect] table; `together` is all of them."""

    judge: Judge
    n_runs: int
    hours: float
    rules: tuple[Detections, ...]
    together: Detections | None
    classes: Classification | None


def evaluate_app(
    app: App,
    scenario: Path | None = None,
    n_seeds: int = 10,
    seed: int = 1,
    toolchain: str = "zig",
    jobs: int = 1,
    progress: Progress = lambda _done, _what: None,
) -> tuple[Scenario, list[Outcome]]:
    """Run `scenario`, or scenarios/APP.toml, `n_seeds` times, by the app's model and by its baseline.

    Raises InputError when there is no such scenario, or it does not say what is right; FirmwareCrash.
    """
    path = scenario or data.find("scenarios", app.name)
    read = read_scenario(path)
    if not read.detect and read.classify is None:
        raise InputError(
            "this scenario does not say what a right answer is", str(path), mend="add [detect] or [classify]"
        )
    judges = app.judges
    work = [(judge, seed * _APART + number) for judge in judges for number in range(n_seeds)]
    runs: dict[Judge, list[Run]] = {judge: [] for judge in judges}
    for (judge, _), run in zip(work, run_all(partial(_run, path, toolchain), work, jobs), strict=True):
        runs[judge].append(run)
        done = sum(map(len, runs.values()))
        progress(done / len(work), f"{done} of {len(work)} runs")
    return read, [_pooled(judge, found) for judge, found in runs.items()]


def _run(path: Path, toolchain: str, item: tuple[Judge, int]) -> Run:
    judge, seed = item
    scenario = read_scenario(path)
    firmware = scenario.firmware.model_copy(update={"judge": judge})
    changed = scenario.model_copy(update={"seed": seed, "firmware": firmware, "expect": Expect()})

    def build(app: str, board: BoardDescription, toolchain: str, judge: Judge) -> Path:
        return build_app(app, board, toolchain, judge=judge).elf

    measured = run_scenario(changed, NativeEngine(), build, toolchain=toolchain).measured
    return Run(measured.rules, measured.classified, measured.run.duration_ps)


def _pooled(judge: Judge, runs: Sequence[Run]) -> Outcome:
    rules = tuple(detection.pooled(same) for same in zip(*(run.rules for run in runs), strict=True))
    together = [detection.together(run.rules) for run in runs if run.rules]
    classes = [run.classes for run in runs if run.classes is not None]
    return Outcome(
        judge=judge,
        n_runs=len(runs),
        hours=sum(run.duration_ps for run in runs) / PS_PER_S / 3600,
        rules=rules,
        together=detection.pooled(together) if together else None,
        classes=classification.pooled(classes) if classes else None,
    )
