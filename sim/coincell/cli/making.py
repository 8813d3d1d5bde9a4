"""Commands that make and measure: build, convert, train, evaluate, bench, and the lists of what there is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coincell.cli.options import (
    Board,
    Compiler,
    ExportName,
    Json,
    Judge,
    JudgeName,
    KernelChoice,
    KernelsName,
    Seed,
    ToolchainName,
    grouped,
)
from coincell.cli.root import EXPECTATION_FAILED, app

if TYPE_CHECKING:
    from coincell.build.model import Model


@app.command("build")
@grouped
def build_command(
    name: Annotated[
        str, typer.Argument(metavar="APP", help="An app of `coincell apps`, or a folder with an app.toml.")
    ],
    *,
    board: Annotated[str, typer.Option(help="A board of `coincell boards`.")],
    toolchain: Compiler = ToolchainName.zig,
    out: Annotated[
        Path | None, typer.Option(help="Folder to leave the ELF in; without it, the cache.")
    ] = None,
    judge: Judge = JudgeName.model,
    choice: KernelChoice,
) -> None:
    """Compile an app for a board."""
    from coincell.build.app import build_app
    from coincell.describe import load_board
    from coincell.image import load_image
    from coincell.report.units import size

    about, kernels = load_board(board), choice.made()
    built = build_app(name, about, toolchain.value, out, judge.value, kernels)
    static, stack = load_image(built.elf).ram_static, built.sizes.stack_size
    typer.echo(f"{built.elf}")
    totals = [size(about.chip.memory_total(kind)) for kind in ("flash", "ram")]
    typer.echo(f"flash {size(built.sizes.flash_used)} of {totals[0]}", err=True)
    typer.echo(
        f"RAM   {size(static)} static and {size(stack)} reserved for the stack, of {totals[1]}", err=True
    )
    if kernels is not None:
        _tell_own(built.model)


@app.command("convert")
@grouped
def convert_command(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL", help="An int8 .tflite model, or a .json file of a tree, forest and so on."
        ),
    ],
    *,
    out: Annotated[
        Path | None, typer.Option(help="Folder for its C, with the kernels that it calls.")
    ] = None,
    board: Annotated[str | None, typer.Option(help="A board of `coincell boards` that it must fit.")] = None,
    what: Annotated[
        ExportName,
        typer.Option("--export", help="What goes into the folder: C, or a TensorFlow Lite Micro project."),
    ] = ExportName.c,
    choice: KernelChoice,
) -> None:
    """Show what a model takes, layer by layer, and write it as C or as a project for another runtime."""
    kernels = choice.made()
    if what is ExportName.tflm:
        _convert_for_tflm(model, out, board, choice)
        return
    from coincell.build.export import export
    from coincell.build.linker import check_model_fit
    from coincell.build.model import model_code
    from coincell.build.summary import summary
    from coincell.build.target import Target
    from coincell.describe import load_board
    from coincell.report.output import emit

    target = None if board is None else Target.of(load_board(board))
    if kernels is not None and target is not None:
        kernels = kernels.on(target.core)
    converted = model_code(model, kernels=kernels)
    emit(summary(converted))
    if kernels is not None:
        _tell_own(converted)
    if target is not None:
        check_model_fit(converted.flash_bytes, converted.arena_bytes, str(model), target)
    if out is not None:
        files = export(converted, out, kernels)
        written = f" and {len(files) - 2} files of kernels" if len(files) > 2 else ""
        typer.echo(f"wrote {files[0]}, {files[1].name}{written}", err=True)
        if kernels is not None:
            typer.echo(f"compile them with {kernels.how_to_compile()}", err=True)


def _convert_for_tflm(model: Path, out: Path | None, board: str | None, choice: KernelChoice) -> None:
    from coincell.build.tflm import export_tflm
    from coincell.errors import InputError

    if out is None:
        raise InputError("an export needs a folder", key="--out", mend="add --out FOLDER")
    if board is not None:
        raise InputError(
            "how much a TensorFlow Lite Micro build takes is known when it is built",
            key="--board",
            value=board,
            mend="leave --board out; `coincell exec` refuses an image that does not fit",
        )
    if choice.kernels is not KernelsName.own:
        raise InputError(
            "which kernels a TensorFlow Lite Micro build calls is said when it is built",
            key="--kernels",
            value=choice.kernels.value,
            mend="leave --kernels out; the README.md that is written tells of OPTIMIZED_KERNEL_DIR",
        )
    project = export_tflm(model, out)
    adders = ", ".join(adder.removeprefix("Add") for adder in project.adders)
    typer.echo(f"operators  {adders}")
    typer.echo(
        f"arena      {project.arena_bytes:,} bytes suggested, {project.activations:,} of them activations"
    )
    typer.echo(f"wrote {', '.join(file.name for file in project.files)} to {out}", err=True)


def _tell_own(model: Model | None) -> None:
    """Which layers coincell's own kernels compute although others are wanted."""
    from coincell.build.cmsis_nn import note

    if text := note(model):
        typer.echo(text, err=True)


@app.command("train")
def train_command(
    name: Annotated[str, typer.Argument(metavar="APP", help="An app with a training recipe.")],
    seed: Seed = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the model and its report; without it, the app's.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="An eighth of the scenes, as a trial; with --out.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Learn from your own recordings, FOLDER/LABEL/*.wav, .csv or .resd."
        ),
    ] = None,
    with_scenes: Annotated[
        bool, typer.Option("--with-scenes", help="With --data: from generated scenes too.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(help="Processes that run scenes; without it, one a processor.", min=1)
    ] = None,
    toolchain: Compiler = ToolchainName.zig,
) -> None:
    """Train an app's model on what its own firmware computes of generated signals; write it and a report."""
    from coincell.learn.processes import processors
    from coincell.learn.train import train
    from coincell.report.progress import share

    with share(f"training {name}") as advance:
        trained = train(
            name,
            seed,
            out,
            advance,
            quick=quick,
            jobs=jobs or processors(),
            recordings=data,
            with_scenes=with_scenes,
            toolchain=toolchain.value,
        )
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
    seed: Seed = 1,
    board: Board = None,
    toolchain: Compiler = ToolchainName.zig,
    json: Json = None,
    scenario: Annotated[
        Path | None, typer.Option(help="Scenario that is run; without it, the one called like the app.")
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="How many seeds it is run with.", min=1)] = None,
    jobs: Annotated[
        int | None, typer.Option(help="Processes that run scenarios; without it, one a processor.", min=1)
    ] = None,
) -> None:
    """Count what an app finds and what it imagines, on the emulated board.

    An app whose app.toml has a table "evaluate" hears scenes (--words, --hours, --snr-db, --board). The exit
    code is 0 when its targets hold, 1 when one fails.

    Any other app runs its scenario with --seeds other seeds, ten without the option, by its model and by the
    plain rule beside it.
    """
    from json import dumps

    from coincell.build.recipe import find_app
    from coincell.errors import InputError
    from coincell.facade import evaluate
    from coincell.report.json import check_writable, write_text
    from coincell.report.progress import share

    check_writable(json)
    found = find_app(name)
    for_words = {"--words": words, "--hours": hours, "--snr-db": snr_db, "--board": board}
    for_scenarios = {"--scenario": scenario, "--seeds": seeds, "--jobs": jobs}
    of_words = found.recipe.evaluate is not None
    for key, value in (for_scenarios if of_words else for_words).items():
        if value is not None:
            how = (
                "by scenes that its app.toml describes" if of_words else "by a scenario, which says the rest"
            )
            raise InputError(f"this app is evaluated {how}", key=key, value=str(value), mend="leave it out")
    if not of_words:
        from coincell.facade import evaluate_app
        from coincell.learn.processes import processors

        with share(f"evaluating {name}") as advance:
            outcome = evaluate_app(
                name,
                scenario=scenario,
                n_seeds=seeds or 10,
                seed=seed,
                toolchain=toolchain.value,
                jobs=jobs or processors(),
                progress=advance,
            )
        if json != "-":
            typer.echo(outcome.markdown(), nl=False)
        if json is not None:
            write_text(dumps(outcome.document(), indent=2) + "\n", json)
        return
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
        typer.Argument(metavar="PROGRAM", help="network, branchy, filter or whole; else all."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Shorter runs; less exact.")] = False,
    json: Json = None,
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


@app.command("boards")
def boards_command(
    name: Annotated[
        str | None, typer.Argument(metavar="BOARD", help="One board, with all that a scenario may name.")
    ] = None,
) -> None:
    """List the boards that can be emulated; or show one: inputs, nets, LEDs, ways to attach a battery."""
    from coincell.describe import load_board
    from coincell.report.board import board_page
    from coincell.report.lists import listing
    from coincell.report.output import emit

    emit(listing("boards") if name is None else board_page(load_board(name)))


for _what, _text in {
    "sensors": "List the sensors and other parts that boards carry.",
    "apps": "List the firmware apps.",
    "batteries": "List the batteries.",
}.items():
    _list_command(_what, _text)
