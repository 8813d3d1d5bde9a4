"""From a scenario to its result: find the firmware, run it on an engine, measure, judge."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from coincell.data import UnknownNameError
from coincell.describe import BatteryDescription, BoardDescription, load_battery, load_board
from coincell.engines.contract import Engine, Marker, Progress, RunRequest, RunResult
from coincell.errors import FirmwareCrash, InputError, did_you_mean
from coincell.image import FirmwareImage, load_image
from coincell.observe import Wanted
from coincell.ports import Signal
from coincell.scenario.detection import together
from coincell.scenario.expect import judge
from coincell.scenario.power import account, supply_of
from coincell.scenario.recordings import recording_warnings
from coincell.scenario.result import Found, Measured, Origin, ScenarioResult
from coincell.scenario.schema import Judge, Scenario
from coincell.scenario.timing import latencies
from coincell.scenario.truth import Truth, classified, detected, truth_of
from coincell.scenario.warn import warnings
from coincell.signals import create
from coincell.simtime import seconds


class Builder(Protocol):
    """Compiles an app. The scenario room does not know how: whoever composes it passes the build room's."""

    def __call__(self, app: str, board: BoardDescription, toolchain: str, judge: Judge) -> Path:
        """The ELF of `app` for `board`, with that judge. Raises InputError or MissingToolError."""


def run_scenario(
    scenario: Scenario,
    engine: Engine,
    build: Builder,
    *,
    tier: str = "auto",
    strict: bool = False,
    toolchain: str | None = None,
    progress: Progress | None = None,
    observe: Wanted | None = None,
    beside: Engine | None = None,
) -> ScenarioResult:
    """Run `scenario` on `engine` and judge it. Where the app's plain rule is compared, that runs on `beside`,
    or on `engine` too.

    Raises InputError for anything wrong in what the scenario names, FirmwareCrash from the engine.
    """
    prepared = prepare(scenario, build, tier=tier, strict=strict, toolchain=toolchain)
    board, battery = prepared.request.board, prepared.battery
    origin = _origin(scenario, board, battery, prepared.request.image, prepared.toolchain)
    plainly = _plainly(scenario, prepared, build) if scenario.expect.needs_baseline() else None
    try:
        run = engine.run(replace(prepared.request, observe=observe), progress)
        plain = (beside or engine).run(plainly, progress) if plainly else None
    except FirmwareCrash as crash:
        crash.origin = origin
        raise
    rules = detected(scenario, run, prepared.truth)
    classes = classified(scenario, run, prepared.truth)
    baseline = _found(scenario, plain, prepared.truth) if plain else None
    energy, life = account(scenario, run, board, battery, rules)
    detections = together(rules) if rules else None
    measured = Measured(run, detections, latencies(run.spans), energy, life, rules, classes, baseline)
    return ScenarioResult(
        origin=origin,
        measured=measured,
        verdicts=judge(scenario.expect, measured),
        warnings=(*warnings(measured), *recording_warnings(prepared.request)),
    )


def _plainly(scenario: Scenario, prepared: Prepared, build: Builder) -> RunRequest:
    """The same for the app's plain rule. Raises InputError where the app has none beside its model."""
    request = prepared.request
    image = _image(scenario, request.board, build, prepared.toolchain, "baseline")
    if image.segments == request.image.segments:
        raise InputError(
            "this app decides by its plain rule: it has no model that could be better",
            where=str(scenario.path),
            key=f"expect.{scenario.expect.needs_baseline()}",
            mend="firmware/README.md says what a judge and a baseline are",
        )
    return replace(request, image=image, markers=())


def _found(scenario: Scenario, run: RunResult, truth: Truth) -> Found:
    rules = detected(scenario, run, truth)
    return Found(together(rules) if rules else None, classified(scenario, run, truth))


@dataclass(frozen=True)
class Prepared:
    """What a scenario's names stand for, and what an engine is asked."""

    request: RunRequest
    battery: BatteryDescription
    truth: Truth
    toolchain: str


def prepare(
    scenario: Scenario,
    build: Builder,
    *,
    tier: str = "auto",
    strict: bool = False,
    toolchain: str | None = None,
) -> Prepared:
    """Find and build what `scenario` names. Raises InputError for anything wrong in it."""
    with _named_by(scenario, "board", scenario.board):
        board = load_board(scenario.board)
    with _named_by(scenario, "battery", scenario.battery.name):
        battery = load_battery(scenario.battery.name)
    tool = toolchain or scenario.firmware.toolchain
    check(scenario, board)
    supply_of(scenario, board, battery)
    signals = {name: _signal(scenario, name) for name in scenario.signals}
    truth = truth_of(scenario, signals)
    image = _image(scenario, board, build, tool, scenario.firmware.judge)
    request = RunRequest(
        board=board,
        image=image,
        duration_ps=seconds(scenario.duration_s),
        signals=signals,
        markers=_markers(scenario, image),
        seed=scenario.seed,
        strict=strict or scenario.strict,
        tier=tier,
    )
    return Prepared(request, battery, truth, tool)


def check(scenario: Scenario, board: BoardDescription) -> None:
    """Names in the scenario must exist on the board. Raises InputError with those that do."""
    where = str(scenario.path)
    page = f"`coincell boards {board.name}` shows what it has"
    for name in scenario.signals:
        if name not in board.inputs:
            raise InputError(
                f"board {board.name} has no input of that name",
                where=where,
                key=f"signals.{name}",
                value=name,
                allowed=sorted(board.inputs),
                mend=_near(name, board.inputs, page),
            )
    nets = sorted(wire.net for wire in board.wire)
    for rule in scenario.detect:
        if rule.net not in nets:
            raise InputError(
                f"board {board.name} has no net of that name",
                where=where,
                key="detect.net",
                value=rule.net,
                allowed=nets,
                mend=_near(rule.net, nets, page),
            )
    ways = [way.name for way in board.attach]
    attach = scenario.battery.attach
    if attach is not None and attach not in ways:
        raise InputError(
            f"board {board.name} has no attachment of that name",
            where=where,
            key="battery.attach",
            value=attach,
            allowed=ways,
            mend=_near(attach, ways, page),
        )


def _near(name: str, known: Iterable[str], otherwise: str) -> str:
    return " ".join(filter(None, (did_you_mean(name, known), otherwise)))


@contextmanager
def _named_by(scenario: Scenario, key: str, name: str) -> Iterator[None]:
    """Tell in which file and key an unknown `name` stands; names inside descriptions are not ours."""
    try:
        yield
    except UnknownNameError as error:
        if error.value != name:
            raise
        if key == "firmware.app" and scenario.beside(Path(name)).is_dir():
            error.mend = f'for the folder beside this file say "./{name}"; or {error.mend}'
        raise replace(error, where=str(scenario.path), key=key) from error


def _signal(scenario: Scenario, name: str) -> Signal:
    recipe = scenario.recipe(name)
    with _named_by(scenario, f"signals.{name}.signal", str(recipe.get("signal"))):
        try:
            return create(recipe, scenario.seed, f"{scenario.path}, signals.{name}")
        except InputError as error:
            if not error.where or error.where != recipe.get("path"):
                raise
            key = error.key if error.key in ("type", "channel", "columns") else "path"
            inside = f"{error.where}: {error.key}: " if key == "path" and error.key else f"{error.where}: "
            raise replace(
                error,
                problem=inside + error.problem,
                where=str(scenario.path),
                key=f"signals.{name}.{key}",
            ) from error


def _image(
    scenario: Scenario, board: BoardDescription, build: Builder, toolchain: str, judge: Judge
) -> FirmwareImage:
    firmware = scenario.firmware
    if scenario.app is not None:
        if scenario.app != firmware.app and not Path(scenario.app, "app.toml").is_file():
            raise InputError(
                "there is no app.toml in this folder, or no such folder",
                where=str(scenario.path),
                key="firmware.app",
                value=firmware.app,
                mend=f"firmware/README.md says what it holds; looked at: {scenario.app}",
            )
        with _named_by(scenario, "firmware.app", scenario.app):
            return load_image(build(scenario.app, board, toolchain, judge))
    assert firmware.path is not None
    path = scenario.beside(firmware.path)
    if not path.exists():
        raise InputError(
            "no such firmware file",
            where=str(scenario.path),
            key="firmware.path",
            value=str(firmware.path),
            mend=f"check the path, or build it first; looked at: {path}",
        )
    return load_image(path, firmware.address)


def _markers(scenario: Scenario, image: FirmwareImage) -> tuple[Marker, ...]:
    markers = []
    for name, use in scenario.markers.items():
        for key, symbol in [
            ("function", use.function),
            *(("capture_entry", s) for s in use.capture_entry),
            *(("capture_return", s) for s in use.capture_return),
        ]:
            known = image.symbols.get(symbol)
            if known is None or (key == "function" and not known.is_function):
                fit = sorted(s.name for s in image.symbols.values() if key != "function" or s.is_function)
                raise InputError(
                    "the firmware has no symbol of that name"
                    if image.symbols
                    else f"a {image.format} image has no symbols, so nothing in it can be marked",
                    where=str(scenario.path),
                    key=f"markers.{name}.{key}",
                    value=symbol,
                    allowed=fit,
                    mend=did_you_mean(symbol, fit) or "give a symbol of the image, or use its ELF",
                )
        markers.append(Marker(name, use.function, use.capture_entry, use.capture_return))
    return tuple(markers)


def labels_of(scenario: Scenario) -> Truth:
    """Labels that the scenario's tables mean. Raises InputError as `prepare` does."""
    return truth_of(scenario, {name: _signal(scenario, name) for name in scenario.signals})


def _origin(
    scenario: Scenario, board: BoardDescription, battery: BatteryDescription, image: FirmwareImage, tool: str
) -> Origin:
    digest = hashlib.sha256()
    for segment in image.segments:
        digest.update(segment.address.to_bytes(4, "little") + len(segment.data).to_bytes(4, "little"))
        digest.update(segment.data)
    firmware = scenario.firmware
    return Origin(
        title=scenario.title,
        file=scenario.path.name,
        digest=scenario.digest,
        board=board.name,
        board_title=board.title,
        firmware=Path(scenario.app).resolve().name if scenario.app else image.path.name,
        firmware_format=image.format,
        firmware_digest=digest.hexdigest(),
        toolchain=tool if firmware.app else "",
        battery=battery.name,
        battery_title=battery.title,
        attach=board.attachment(scenario.battery.attach).name,
        seed=scenario.seed,
    )
