"""The command line: thin. Each command reads its arguments, calls one room and prints what it answers."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coincell import __version__
from coincell.errors import CoincellError, FirmwareCrash

if TYPE_CHECKING:
    from coincell.engines.contract import ConsoleLine

EXPECTATION_FAILED, INTERRUPTED = 1, 130
_DEVICE_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What writing to a full or broken device answers."""

app = typer.Typer(
    help="Run TinyML firmware without the hardware: exact timing, energy and battery life.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class ToolchainName(StrEnum):
    """What `--toolchain` takes."""

    zig = "zig"
    gcc = "gcc"


Tier = Annotated[
    str,
    typer.Option(
        help="How the core is run; never changes a result: auto, interpret, compile or random:SEED."
    ),
]
Toolchain = Annotated[
    ToolchainName | None, typer.Option(help="Compiler for the app. Without it: what the scenario says.")
]
Strict = Annotated[bool, typer.Option("--strict", help="An access to something not modelled is an error.")]
Profile = Annotated[
    str | None,
    typer.Option(
        metavar="[FILE.json]",
        help="Show where cycles, calls and energy went; with a file, write it for speedscope too.",
    ),
]
Coverage = Annotated[
    Path | None,
    typer.Option(metavar="FILE.info", help="Write line and branch coverage (lcov)."),
]
Instructions = Annotated[
    Path | None,
    typer.Option(metavar="FILE.txt", help="Write each instruction of a window, with what it changed."),
]
InstructionsFrom = Annotated[
    str | None, typer.Option(metavar="TIME", help="When they begin, in simulated time: 500ms. Else at 0.")
]
InstructionsFor = Annotated[
    str | None, typer.Option(metavar="TIME", help="For how long. Else 1ms, which may be 64,000 lines.")
]
Swo = Annotated[
    Path | None, typer.Option(metavar="FILE.swo", help="Write what goes through the ITM, as on the SWO pin.")
]
Board = Annotated[str | None, typer.Option(help="A board of `coincell boards`.")]
BareCore = Annotated[
    str | None, typer.Option(help="A bare core instead of a board, for instance cortex-m4f.")
]
Flash = Annotated[
    list[str] | None, typer.Option(metavar="BASE:SIZE", help="Flash of a bare core, as in 0x08000000:2M.")
]
Ram = Annotated[
    list[str] | None, typer.Option(metavar="BASE:SIZE", help="RAM of a bare core, as in 0x20000000:640K.")
]
Address = Annotated[str | None, typer.Option(help="Where a raw binary is loaded.")]
Format = Annotated[str | None, typer.Option(help="elf, hex, bin or uf2; otherwise recognised.")]


@app.callback(invoke_without_command=True)
def _options(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"coincell {__version__}")
        raise typer.Exit


@app.command("run")
def run_command(
    scenario: Annotated[Path, typer.Argument(help="A scenario file, for instance scenarios/wake_word.toml.")],
    json: Annotated[
        str | None,
        typer.Option(
            metavar="[FILE.json]", help="Write the result document; without a file, to the standard output."
        ),
    ] = None,
    trace: Annotated[Path | None, typer.Option(help="Write the battery's current over time as CSV.")] = None,
    profile: Profile = None,
    coverage: Coverage = None,
    instructions: Instructions = None,
    instructions_from: InstructionsFrom = None,
    instructions_for: InstructionsFor = None,
    swo: Swo = None,
    toolchain: Toolchain = None,
    tier: Tier = "auto",
    strict: Strict = False,
) -> None:
    """Run a scenario and judge it.

    Exit code 0: every expectation holds; 1: one fails; 2: the input is wrong; 3: the firmware crashed.
    """
    from coincell.arguments import outputs
    from coincell.facade import profile_of, run, write_trace
    from coincell.report import json as document
    from coincell.report.output import emit
    from coincell.report.profile import profile_section
    from coincell.report.progress import progress
    from coincell.report.terminal import WIDTH, render
    from coincell.scenario import read_scenario

    document.check_writable(json, trace)
    seen = outputs(profile, coverage, instructions, instructions_from, instructions_for, swo)
    read = read_scenario(scenario)
    chosen = toolchain.value if toolchain else None
    with progress(read.title, float(read.duration_s)) as advance, seen.wanted(read.title) as wanted:
        result = run(read, tier=tier, strict=strict, toolchain=chosen, progress=advance, observe=wanted)
    where = profile_of(read, result) if profile is not None else None
    if json != "-":
        emit(render(result), columns=WIDTH)
    if where is not None:
        emit(profile_section(where), columns=WIDTH, stderr=json == "-")
    seen.write(result.measured.run.recording, where, read.title)
    if json is not None:
        document.write(result, json)
    if trace is not None:
        write_trace(read, result, trace)
    if not result.passed:
        raise typer.Exit(EXPECTATION_FAILED)


@app.command("exec")
def exec_command(
    image: Annotated[Path, typer.Argument(help="ELF, Intel HEX, UF2 or raw binary.")],
    board: Board = None,
    core: BareCore = None,
    flash: Flash = None,
    ram: Ram = None,
    duration: Annotated[
        str, typer.Option("--for", metavar="TIME", help="Simulated time to stop at: 500ms, 10s, 2min.")
    ] = "10s",
    address: Address = None,
    format: Format = None,
    profile: Profile = None,
    coverage: Coverage = None,
    instructions: Instructions = None,
    instructions_from: InstructionsFrom = None,
    instructions_for: InstructionsFor = None,
    swo: Swo = None,
    tier: Tier = "auto",
    strict: Strict = False,
) -> None:
    """Run an image without a scenario, until it exits or the time is up.

    Its console goes to the standard output, the summary to the standard error.

    Exit code 0: it exits with 0 or the time is up; 1: it exits with another code;
    2: the input is wrong; 3: the firmware crashed.
    """
    from coincell.arguments import number, outputs, time_ps
    from coincell.facade import execute
    from coincell.image import load_image
    from coincell.observe.profile import profile as profile_of
    from coincell.report.execution import summary
    from coincell.report.output import emit
    from coincell.report.profile import profile_section
    from coincell.report.progress import progress
    from coincell.report.terminal import WIDTH

    seen = outputs(profile, coverage, instructions, instructions_from, instructions_for, swo)
    until = time_ps(duration, "--for")
    loaded = load_image(image, None if address is None else number(address, "--address"), format)
    said = []
    with progress(image.name, until / 1e12) as advance, seen.wanted(image.name) as wanted:

        def say(line: ConsoleLine) -> None:
            said.append(line)
            advance.line(line.text)

        done = execute(
            loaded,
            until,
            board,
            core,
            flash or (),
            ram or (),
            tier=tier,
            strict=strict,
            on_line=say,
            progress=advance,
            observe=wanted,
        )
    for line in done.console[len(said) :]:  # a last line without an end
        print(line.text, flush=True)
    emit(summary(done), stderr=True)
    where = profile_of(done.recording) if done.recording is not None and profile is not None else None
    if where is not None:
        emit(profile_section(where), columns=WIDTH, stderr=True)
    seen.write(done.recording, where, image.name)
    if done.exit_code:
        raise typer.Exit(EXPECTATION_FAILED)


@app.command("debug")
def debug_command(
    target: Annotated[Path, typer.Argument(help="A scenario file, or an image as `coincell exec` takes it.")],
    port: Annotated[
        int, typer.Option(help="TCP port on this machine; 0 takes any that is free.", min=0, max=65535)
    ] = 3333,
    board: Board = None,
    core: BareCore = None,
    flash: Flash = None,
    ram: Ram = None,
    address: Address = None,
    format: Format = None,
    toolchain: Toolchain = None,
    tier: Tier = "auto",
    strict: Strict = False,
) -> None:
    """Wait for GDB at reset, and let it run the firmware.

    Exit code 0: the debugger has gone, or the firmware exited with 0; 1: it exited with another code;
    2: the input is wrong; 3: the firmware crashed.
    """
    from coincell.arguments import number
    from coincell.facade import debug
    from coincell.report.debugging import farewell, greeting

    debuggee, ending = debug(
        target,
        board,
        core,
        flash or (),
        ram or (),
        port=port,
        address=None if address is None else number(address, "--address"),
        fmt=format,
        tier=tier,
        strict=strict,
        toolchain=toolchain.value if toolchain else None,
        announce=lambda free, image: print(greeting(free, image), flush=True),
    )
    print(farewell(debuggee, ending), file=sys.stderr)
    if debuggee.crash is not None:
        raise debuggee.crash
    if debuggee.stop.exit_code:
        raise typer.Exit(EXPECTATION_FAILED)


@app.command("build")
def build_command(
    name: Annotated[
        str, typer.Argument(metavar="APP", help="An app of `coincell apps`, or a folder with an app.toml.")
    ],
    board: Annotated[str, typer.Option(help="A board of `coincell boards`.")],
    toolchain: Annotated[ToolchainName, typer.Option(help="Compiler.")] = ToolchainName.zig,
    out: Annotated[
        Path | None, typer.Option(help="Folder to leave the ELF in; without it, the cache.")
    ] = None,
) -> None:
    """Compile an app for a board."""
    from coincell.build.app import build_app
    from coincell.describe import load_board
    from coincell.report.units import size

    built = build_app(name, load_board(board), toolchain.value, out)
    sizes = built.sizes
    typer.echo(f"{built.elf}")
    typer.echo(f"flash {size(sizes.flash_used)} of {size(sizes.flash_size)}", err=True)
    typer.echo(f"RAM   {size(sizes.ram_used)} of {size(sizes.ram_size)}", err=True)


@app.command("train")
def train_command(
    name: Annotated[str, typer.Argument(metavar="APP", help="An app with a training recipe.")],
    seed: Annotated[int, typer.Option(help="Everything random follows from it.", min=0)] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the model and its report; without it, the app's.")
    ] = None,
) -> None:
    """Train an app's network on generated signals and write its .tflite and a report."""
    from coincell.learn.train import train
    from coincell.report.progress import share

    with share(f"training {name}") as advance:
        trained = train(name, seed, out, advance)
    typer.echo(trained.report.markdown())
    typer.echo(f"wrote {trained.model} and {trained.report_file}", err=True)


@app.command("evaluate")
def evaluate_command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="APP", help="An app whose app.toml says how it is evaluated; options override it."
        ),
    ],
    words: Annotated[int | None, typer.Option(help="How many words are said.", min=1)] = None,
    hours: Annotated[float | None, typer.Option(help="Hours of other talk.", min=0)] = None,
    snr_db: Annotated[float | None, typer.Option(help="Speech above noise, in dB.")] = None,
    seed: Annotated[int, typer.Option(help="Everything random follows from it.", min=0)] = 1,
    board: Board = None,
    toolchain: Annotated[ToolchainName, typer.Option(help="Compiler.")] = ToolchainName.zig,
    json: Annotated[
        str | None,
        typer.Option(metavar="[FILE.json]", help="Write the document; without a file, to standard output."),
    ] = None,
) -> None:
    """Count what an app's detector finds and what it imagines, on the emulated board.

    Exit code 0: the targets of its description hold; 1: one fails.
    """
    from json import dumps

    from coincell.facade import evaluate
    from coincell.report.json import check_writable, write_text
    from coincell.report.progress import share

    check_writable(json)
    with share(f"evaluating {name}") as advance:
        report = evaluate(
            name,
            board=board,
            toolchain=toolchain.value,
            words=words,
            hours=hours,
            snr_db=snr_db,
            seed=seed,
            progress=advance,
        )
    if json != "-":
        typer.echo(report.markdown(), nl=False)
    if json is not None:
        write_text(dumps(report.document(), indent=2) + "\n", json)
    if not report.passed:
        for target in report.targets:
            if not target.holds:
                typer.echo(f"coincell: target fails: {target.text}", err=True)
        raise typer.Exit(EXPECTATION_FAILED)


@app.command("bench")
def bench_command(
    programs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PROGRAM]...", help="network, branchy, filter or whole; else all."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Shorter runs; less exact.")] = False,
    json: Annotated[
        str | None,
        typer.Option(metavar="[FILE.json]", help="Write the document; without a file, to standard output."),
    ] = None,
) -> None:
    """Measure guest instructions per second, beside other emulators found on this machine."""
    from coincell.facade import bench
    from coincell.report.bench import show, write
    from coincell.report.json import check_writable
    from coincell.report.output import emit
    from coincell.report.progress import share

    check_writable(json)
    with share("bench") as advance:
        result = bench(programs or (), quick=quick, progress=advance)
    if json != "-":
        emit(show(result))
    if json is not None:
        write(result, json)
    if result.disagreements:
        raise typer.Exit(EXPECTATION_FAILED)


def _list_command(what: str, text: str) -> None:
    def show_list() -> None:
        from coincell.report.lists import listing
        from coincell.report.output import emit

        emit(listing(what))

    show_list.__doc__ = text
    app.command(what)(show_list)


for _what, _text in {
    "boards": "List the boards that can be emulated.",
    "sensors": "List the sensors and other parts that boards carry.",
    "signals": "List the ready-made signals.",
    "apps": "List the firmware apps.",
    "batteries": "List the batteries.",
}.items():
    _list_command(_what, _text)


def main(arguments: list[str] | None = None) -> None:
    """Entry point: what goes wrong becomes one message on the standard error and an exit code."""
    from coincell.arguments import with_files
    from coincell.report.output import prepare_streams

    prepare_streams()
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(_guarded(lambda: app(with_files(given), prog_name="coincell")))


def _guarded(action: Callable[[], Any]) -> int:
    try:
        code = _ended(action)
        sys.stdout.flush()  # here, where a full disk can still be told
        return code
    except BrokenPipeError:  # the reader of a pipe went away, as `| head` does
        _drop_output()
        return 0
    except OSError as error:
        if error.errno not in _DEVICE_ERRORS:
            raise
        _drop_output()
        with suppress(OSError):
            print(f"coincell: the output cannot be written: {error.strerror}", file=sys.stderr)
        return CoincellError.exit_code


def _ended(action: Callable[[], Any]) -> int:
    try:
        action()
    except SystemExit as done:  # how typer ends, also after a wrong usage (2)
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    except CoincellError as error:
        _tell(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("coincell: interrupted", file=sys.stderr)
        return INTERRUPTED
    return 0


def _tell(error: CoincellError) -> None:
    if isinstance(error, FirmwareCrash):
        from coincell.report.crash import tell

        tell(error)
    else:
        print(f"coincell: {error}", file=sys.stderr)


def _drop_output() -> None:
    """What is still buffered goes nowhere, or Python complains about it when it ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


__all__ = ["app", "main"]
