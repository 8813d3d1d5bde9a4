"""Commands that run firmware: run, exec, debug."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coincell.cli.options import (
    EngineChoice,
    EngineName,
    Json,
    KernelChoice,
    Place,
    Reading,
    Seen,
    Strict,
    Tier,
    Toolchain,
    grouped,
)
from coincell.cli.root import EXPECTATION_FAILED, app
from coincell.errors import FirmwareCrash, InputError

if TYPE_CHECKING:
    from coincell.engines.contract import ConsoleLine


@app.command("run")
@grouped
def run_command(
    scenario: Annotated[Path, typer.Argument(help="A scenario file, for instance scenarios/wake_word.toml.")],
    *,
    json: Json = None,
    trace: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write the battery's current over time as CSV.")
    ] = None,
    seen: Seen,
    choice: EngineChoice,
    toolchain: Toolchain = None,
    library: KernelChoice,
    tier: Tier = "auto",
    strict: Strict = False,
) -> None:
    """Run a scenario and judge it.

    Exit code 0: every expectation holds; 1: one fails; 2: the input is wrong; 3: the firmware crashed.
    """
    from coincell.facade import profile_of, run_compared, write_trace
    from coincell.report import json as document
    from coincell.report.afterwards import Afterwards
    from coincell.report.output import emit
    from coincell.report.profile import profile_section
    from coincell.report.progress import progress
    from coincell.report.terminal import WIDTH, render
    from coincell.scenario import read_scenario

    document.check_writable(json, trace)
    outputs, after = seen.outputs(), Afterwards()
    read, kernels, said = read_scenario(scenario), library.made(), list[str]()
    chosen = toolchain.value if toolchain else None

    def crashed(crash: FirmwareCrash) -> None:
        if trace is not None:
            after.problems.append(InputError("not written: the run did not reach its end", str(trace)))
        if json is not None:
            document.write(crash, json)

    with (
        after.crash_first(crashed),
        progress(read.title, float(read.duration_s)) as advance,
        outputs.wanted(read.title, after) as wanted,
    ):
        engine = choice.made_for(read)
        result, opinion = run_compared(
            read,
            engine,
            choice.engine is EngineName.both,
            tier=tier,
            strict=strict,
            toolchain=chosen,
            kernels=kernels,
            progress=advance,
            doing=advance.doing,
            told=said.append,
            observe=wanted,
        )
    for line in dict.fromkeys(said):
        typer.echo(line, err=True)
    where = profile_of(read, result) if seen.profile is not None else None
    if json != "-":
        emit(render(result), columns=WIDTH)
        if opinion is not None:
            emit(opinion.section(), columns=WIDTH)
    if where is not None:
        emit(profile_section(where), columns=WIDTH, stderr=json == "-")
    outputs.write(result.measured.run.recording, where, read.title, after)
    if json is not None:
        with after.trying():
            document.write(result, json, opinion.document() if opinion else None)
    if trace is not None:
        with after.trying():
            write_trace(read, result, trace)
    after.tell()
    if not result.passed or (opinion and opinion.comparison.exit_code):
        raise typer.Exit(EXPECTATION_FAILED)


@app.command("exec")
@grouped
def exec_command(
    image: Annotated[Path, typer.Argument(help="ELF, Intel HEX, UF2 or raw binary.")],
    *,
    place: Place,
    duration: Annotated[
        str, typer.Option("--for", metavar="TIME", help="Simulated time to stop at: 500ms, 10s, 2min.")
    ] = "10s",
    reading: Reading,
    seen: Seen,
    tier: Tier = "auto",
    strict: Strict = False,
) -> None:
    """Run an image without a scenario, until it exits or the time is up.

    Its console goes to the standard output, the summary to the standard error.

    Exit code 0: it exits with 0 or the time is up; 1: it exits with another code;
    2: the input is wrong; 3: the firmware crashed.
    """
    from coincell.arguments import time_ps
    from coincell.facade import execute
    from coincell.image import load_image
    from coincell.observe.profile import profile as profile_of
    from coincell.report.afterwards import Afterwards
    from coincell.report.execution import summary
    from coincell.report.output import emit
    from coincell.report.profile import profile_section
    from coincell.report.progress import progress
    from coincell.report.terminal import WIDTH

    outputs, after = seen.outputs(), Afterwards()
    until = time_ps(duration, "--for")
    loaded = load_image(image, reading.address_or_none(), reading.format)
    said = []
    with (
        after.crash_first(),
        progress(image.name, until / 1e12) as advance,
        outputs.wanted(image.name, after) as wanted,
    ):

        def say(line: ConsoleLine) -> None:
            said.append(line)
            advance.line(line.text)

        done = execute(
            loaded,
            until,
            *place.given(),
            tier=tier,
            strict=strict,
            on_line=say,
            progress=advance,
            observe=wanted,
        )
    for line in done.console[len(said) :]:  # a last line without an end
        print(line.text, flush=True)
    emit(summary(done), stderr=True)
    where = profile_of(done.recording) if done.recording is not None and seen.profile is not None else None
    if where is not None:
        emit(profile_section(where), columns=WIDTH, stderr=True)
    outputs.write(done.recording, where, image.name, after)
    after.tell()
    if done.exit_code:
        raise typer.Exit(EXPECTATION_FAILED)


@app.command("debug")
@grouped
def debug_command(
    target: Annotated[Path, typer.Argument(help="A scenario file, or an image as `coincell exec` takes it.")],
    *,
    port: Annotated[
        int, typer.Option(help="TCP port on this machine; 0 takes any that is free.", min=0, max=65535)
    ] = 3333,
    place: Place,
    reading: Reading,
    toolchain: Toolchain = None,
    tier: Tier = "auto",
    strict: Strict = False,
) -> None:
    """Wait for GDB at reset, and let it run the firmware.

    Exit code 0: the debugger has gone, or the firmware exited with 0; 1: it exited with another code;
    2: the input is wrong; 3: the firmware crashed.
    """
    from coincell.facade import debug
    from coincell.report.debugging import farewell, greeting

    debuggee, ending = debug(
        target,
        *place.given(),
        port=port,
        address=reading.address_or_none(),
        fmt=reading.format,
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
