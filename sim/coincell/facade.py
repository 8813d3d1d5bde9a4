"""The rooms put together: what `import coincell`, the command line and pytest all call.

Nothing is imported before it is needed: `import coincell` stays quick.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coincell.build.cmsis_nn import CmsisNn
    from coincell.build.recipe import Judge
    from coincell.describe import BoardDescription
    from coincell.engines.assembly import BareChip
    from coincell.engines.bench import BenchResult
    from coincell.engines.contract import ConsoleLine, Engine, Progress
    from coincell.engines.execute import Execution
    from coincell.engines.gdb import Debuggee, Farewell
    from coincell.engines.renode.engine import RenodeEngine
    from coincell.image import FirmwareImage
    from coincell.learn.evaluation_report import AppEvaluation
    from coincell.learn.wake_word.evaluation_report import EvaluationReport
    from coincell.observe import Wanted
    from coincell.observe.profile import Profile
    from coincell.ports import Label
    from coincell.report.comparison import SecondOpinion
    from coincell.scenario import Scenario, ScenarioResult


def run(
    scenario: str | Path | Scenario,
    *,
    engine: str | Engine = "native",
    tier: str = "auto",
    strict: bool = False,
    toolchain: str | None = None,
    kernels: CmsisNn | None = None,
    progress: Progress | None = None,
    doing: Callable[[str], None] = lambda what: None,
    told: Callable[[str], None] = lambda line: None,
    observe: Wanted | None = None,
) -> ScenarioResult:
    """Run a scenario, given as a file or as read by `read_scenario`, and judge it.

    `engine` is one, or its name as in `engine_named`; `toolchain` overrides the scenario's; the app's network
    calls `kernels`, without them the firmware's own; `strict` makes an access to something not modelled an
    error;
    `tier` chooses how the core is run and `observe` what is seen of it; neither changes the result.
    `doing` is told what is done before the firmware runs, and "" when that is done; `told` which layers
    `kernels` do not compute.
    Raises CoincellError: InputError, MissingToolError or FirmwareCrash.
    """
    from coincell.engines.native import NativeEngine
    from coincell.errors import InputError
    from coincell.scenario import Scenario, read_scenario, run_scenario

    read = scenario if isinstance(scenario, Scenario) else read_scenario(scenario)
    if kernels is not None and read.app is None:
        raise InputError(
            "this scenario runs an image that has been built already, with its kernels",
            where=str(read.path),
            key="firmware.path",
            value=str(read.firmware.path),
            mend="leave --kernels out",
        )

    def build(app: str, board: BoardDescription, toolchain: str, judge: Judge) -> Path:
        doing(f"compiling {Path(app).name} with {toolchain}")
        beside = judge == "baseline" != read.firmware.judge  # a plain rule calls no kernels
        elf = build_elf(app, board, toolchain, judge, None if beside else kernels, told)
        doing("")
        return elf

    return run_scenario(
        read,
        engine_named(engine) if isinstance(engine, str) else engine,
        build,
        tier=tier,
        strict=strict,
        toolchain=toolchain,
        progress=progress,
        observe=observe,
        beside=NativeEngine(),  # only the firmware itself is another engine's, and its records are of that
    )


def run_compared(
    scenario: Scenario,
    engine: Engine,
    compared: bool,
    *,
    tier: str = "auto",
    strict: bool = False,
    toolchain: str | None = None,
    kernels: CmsisNn | None = None,
    progress: Progress | None = None,
    doing: Callable[[str], None] = lambda what: None,
    told: Callable[[str], None] = lambda line: None,
    observe: Wanted | None = None,
) -> tuple[ScenarioResult, SecondOpinion | None]:
    """Run a scenario on `engine`. Where Renode's run is to be `compared`, what comes back is the native
    engine's result, and how far Renode is from it.

    Raises CoincellError.
    """
    from coincell.engines.renode.engine import RenodeEngine
    from coincell.report.comparison import SecondOpinion
    from coincell.scenario.comparison import compare

    def on(engine: Engine, progress: Progress | None = None) -> ScenarioResult:
        return run(
            scenario,
            engine=engine,
            tier=tier,
            strict=strict,
            toolchain=toolchain,
            kernels=kernels,
            progress=progress,
            doing=doing,
            told=told,
            observe=observe,
        )

    result = on(engine, progress)
    if not (compared and isinstance(engine, RenodeEngine)):
        return result, None
    first = on(engine.native_again())
    runs = first.measured.run, result.measured.run
    compared_runs = compare(*runs, nets=engine.nets, ports=engine.ports)
    return first, SecondOpinion(compared_runs, engine.deviations, runs[1].engine_report)


def renode_engine(
    scenario: Scenario,
    renode: Path | None = None,
    keep: Path | None = None,
    time_s: float | None = None,
    records: Path | None = None,
) -> RenodeEngine:
    """Renode as the engine of `scenario`, whose expectations go into the folder that it runs.

    `renode` is where it is, `keep` where that folder is left, `time_s` how long it may take [s]; `records` is
    what a Renode elsewhere wrote in such a folder, instead of all that.
    """
    from fractions import Fraction

    from coincell.describe import load_board
    from coincell.engines.renode.engine import RenodeEngine
    from coincell.engines.renode.platform import RenodePlatform, leds_of
    from coincell.engines.renode.robot import Answer, robot_text
    from coincell.scenario.runner import labels_of

    def robot(platform: RenodePlatform) -> str:
        answer: Answer | None = None
        labels: Sequence[Label] = ()
        if len(scenario.detect) == 1:
            (rule,), (labels,) = scenario.detect, labels_of(scenario).detect
            answer = Answer(
                rule.labels,
                rule.net,
                rule.level == "high",
                rule.within_s,
                rule.early_s,
                rule.latency_from == "start",
            )
        return robot_text(
            scenario.title,
            Fraction(scenario.duration_s),
            scenario.expect.model_dump(),
            uarts=tuple(dict.fromkeys(platform.uarts.values())),
            answer=answer,
            labels=labels,
            leds=leds_of(load_board(scenario.board), platform),
        )

    return RenodeEngine(renode, keep, time_s, records, robot)


def engine_named(name: str) -> Engine:
    """The engine called `name`. Raises InputError naming those that exist."""
    from coincell.errors import InputError

    if name == "renode":
        from coincell.engines.renode.engine import RenodeEngine

        return RenodeEngine()
    if name != "native":
        raise InputError("no such engine", key="engine", value=name, allowed=["native", "renode"])
    from coincell.engines.native import NativeEngine

    return NativeEngine()


def build_elf(
    app: str,
    board: BoardDescription,
    toolchain: str,
    judge: Judge = "model",
    kernels: CmsisNn | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> Path:
    """The ELF of `app` for `board`, with its `judge` and `kernels`, from the cache when nothing changed.

    `told` is which layers `kernels` do not compute, in a line for the user.
    """
    from coincell.build.app import build_app
    from coincell.build.cmsis_nn import note

    built = build_app(app, board, toolchain, judge=judge, kernels=kernels)
    if kernels is not None and (text := note(built.model)):
        told(text)
    return built.elf


def write_trace(scenario: Scenario, result: ScenarioResult, path: Path) -> None:
    """Write the battery's current over the run as CSV. Raises InputError when the file cannot be written."""
    from coincell.errors import InputError
    from coincell.scenario.power import current_trace

    trace = current_trace(scenario, result.measured.run)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            trace.write_csv(file)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(path)) from error


def profile_of(scenario: Scenario, result: ScenarioResult) -> Profile:
    """Where cycles and energy of a run went that was observed. Raises InputError for one that was not."""
    from coincell.errors import InputError
    from coincell.observe.profile import profile
    from coincell.scenario.power import shared_out

    run = result.measured.run
    if run.recording is None:
        raise InputError("this run was not observed", mend="run it with observe=Wanted(counts=True)")
    return profile(run.recording, *shared_out(scenario, run))


def execute(
    image: FirmwareImage,
    duration_ps: int | None,
    board: str | None = None,
    core: str | None = None,
    flash: Sequence[str] = (),
    ram: Sequence[str] = (),
    *,
    tier: str = "auto",
    strict: bool = False,
    on_line: Callable[[ConsoleLine], None] | None = None,
    progress: Progress | None = None,
    observe: Wanted | None = None,
) -> Execution:
    """Run an image without a scenario, on a board or on a bare core with memories such as "0x20000000:640K".

    Raises InputError unless there is either a board, or a core with flash and RAM; FirmwareCrash.
    """
    from coincell.engines.execute import exec_image

    target = _image_place(board, core, flash, ram)
    return exec_image(
        image,
        target,
        duration_ps,
        tier=tier,
        strict=strict,
        on_line=on_line,
        progress=progress,
        observe=observe,
    )


def debug(
    target: Path,
    board: str | None = None,
    core: str | None = None,
    flash: Sequence[str] = (),
    ram: Sequence[str] = (),
    *,
    port: int = 3333,
    address: int | None = None,
    fmt: str | None = None,
    tier: str = "auto",
    strict: bool = False,
    toolchain: str | None = None,
    announce: Callable[[int, FirmwareImage], None] = lambda port, image: None,
) -> tuple[Debuggee, Farewell]:
    """Serve one debugger on a scenario (a .toml file), or on an image as `execute` takes it.

    Returns when the debugger has gone; `announce` hears the port that it may connect to, and what runs.
    Raises InputError, MissingToolError.
    """
    from coincell.engines.assembly import Plan, plan_of
    from coincell.engines.gdb import Debuggee, serve
    from coincell.errors import InputError
    from coincell.image import load_image
    from coincell.scenario import prepare, read_scenario
    from coincell.simtime import NEVER

    if target.suffix == ".toml":
        if board or core or flash or ram or fmt or address is not None:
            raise InputError(
                "a scenario says itself what runs where",
                where=str(target),
                mend="leave --board, --core, --flash, --ram, --address and --format out",
            )
        scenario = read_scenario(target)
        request = prepare(scenario, build_elf, tier=tier, strict=strict, toolchain=toolchain).request
        plan, end_ps = plan_of(request), request.duration_ps
    else:
        place = _image_place(board, core, flash, ram)
        plan, end_ps = Plan(load_image(target, address, fmt), place, {}, 0, strict, tier), NEVER
    debuggee = Debuggee(plan, end_ps)
    return debuggee, serve(debuggee, port, lambda port: announce(port, plan.image))


def _image_place(
    board: str | None, core: str | None, flash: Sequence[str], ram: Sequence[str]
) -> BoardDescription | BareChip:
    """Where an image runs. Raises InputError unless there is either a board, or a core with flash and RAM."""
    from coincell.describe import load_board
    from coincell.engines.assembly import BareChip
    from coincell.engines.execute import parse_places
    from coincell.errors import InputError

    if board is not None and core is not None:
        raise InputError(
            "either a board or a bare core, not both",
            mend="leave --board out, or leave --core, --flash and --ram out",
        )
    if board is not None:
        if flash or ram:
            raise InputError("a board brings its own memories", mend="leave --flash and --ram out")
        return load_board(board)
    if core is not None:
        if not (flash and ram):
            raise InputError(
                "a bare core needs memories",
                mend="add for instance --flash 0x08000000:2M --ram 0x20000000:640K",
            )
        return BareChip(core, parse_places(flash, "--flash"), parse_places(ram, "--ram"))
    raise InputError(
        "say where the image runs: either a board, or a bare core",
        mend="--board nano33ble_sense, or --core cortex-m4f --flash 0x0:1M --ram 0x20000000:256K",
    )


def evaluate(
    app: str,
    *,
    board: str | None = None,
    toolchain: str = "zig",
    words: int | None = None,
    hours: float | None = None,
    snr_db: float | None = None,
    seed: int = 1,
    progress: Callable[[float, str], None] = lambda ratio, text: None,
) -> EvaluationReport:
    """Count what `app`'s detector finds and imagines on an emulated board, and judge it by the app's targets.

    Its plain rule, if there is one, hears the same. What is None is taken from `[evaluate]` of the app's
    description. Raises CoincellError.
    """
    from coincell.build.recipe import find_app
    from coincell.learn.wake_word.evaluate_detector import evaluate_detector

    changed = {"board": board, "words": words, "hours": hours, "snr_db": snr_db}
    given = {key: value for key, value in changed.items() if value is not None}
    return evaluate_detector(find_app(app), given, seed, toolchain, progress)


def evaluate_app(
    app: str,
    *,
    scenario: Path | None = None,
    n_seeds: int = 10,
    seed: int = 1,
    toolchain: str = "zig",
    jobs: int = 1,
    progress: Callable[[float, str], None] = lambda ratio, text: None,
) -> AppEvaluation:
    """Run an app's scenario with many seeds, by its model and by its plain rule, and add up what they found.

    Raises CoincellError.
    """
    from coincell.build.recipe import find_app
    from coincell.learn.evaluate_app import evaluate_app as count
    from coincell.learn.evaluation_report import AppEvaluation

    found = find_app(app)
    read, outcomes = count(found, scenario, n_seeds, seed, toolchain, jobs, progress)
    command = f"coincell evaluate {found.name} --seeds {n_seeds} --seed {seed}"
    command += f" --scenario {read.path.name}" if scenario else ""
    return AppEvaluation(
        app=found.name,
        board=read.board,
        scenario=read.path.name,
        title=read.title,
        command=command,
        model_sha256=found.model_sha256,
        outcomes=tuple(outcomes),
    )


def bench(
    programs: Sequence[str] = (),
    *,
    quick: bool = False,
    toolchain: str = "zig",
    progress: Callable[[float, str], None] = lambda ratio, text: None,
) -> BenchResult:
    """Measure how fast guest code runs here, beside the other emulators found on this machine.

    `programs` are names of `benchmarks/`; without any, all. Raises CoincellError.
    """
    from coincell import data
    from coincell.build.app import build_app
    from coincell.build.host import build_host
    from coincell.build.target import Memory, Target
    from coincell.describe import load_board
    from coincell.engines.bench import MEMORIES, Program, choose, run_bench
    from coincell.machine.cores import memory_timing

    memories = tuple(Memory(kind, *place, kind) for kind, place in MEMORIES.items())
    target = Target("bare", "cortex-m4f", "bare", memories)
    chip = load_board("nano33ble_sense").chip

    def read_program(name: str) -> Program:
        app = str(data.find("benchmarks", name, ""))
        elf = build_app(app, target, toolchain).elf.read_bytes()
        return Program(name, elf, lambda path, rounds: build_host(app, path, {"BENCH_ROUNDS": rounds}))

    read = [read_program(name) for name in choose(programs)]
    return run_bench(read, memory_timing(chip), f"{chip.name} flash and cache", quick, progress)
