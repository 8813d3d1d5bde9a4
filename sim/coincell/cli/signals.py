"""The group `coincell signals`: the list, a look at one, and one as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coincell.cli.options import Seed
from coincell.cli.root import Commands, app

if TYPE_CHECKING:
    from coincell.ports import Signal

group = Commands(help="List the ready-made signals; look at one, or write it to a file.")
app.add_typer(group, name="signals")

Name = Annotated[str, typer.Argument(metavar="NAME", help="A signal of `coincell signals`.")]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="Where it begins: 90s, 2.5h, 29d.")]


@group.callback(invoke_without_command=True)
def _list(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        from coincell.report.lists import listing
        from coincell.report.output import emit

        emit(listing("signals"))


@group.command("show")
def show_command(
    name: Name,
    png: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw it: over time, its spectrum, its labels.")
    ] = None,
    start: From = None,
    duration: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="For how long. Else what suits the signal.")
    ] = None,
    view: Annotated[
        str, typer.Option(help="What is drawn below it: auto, spectrum, spectrogram or envelope.")
    ] = "auto",
    seed: Seed = 1,
) -> None:
    """Say what a signal is like, and draw it."""
    from coincell.arguments import moment_s
    from coincell.report.output import emit
    from coincell.report.signal_look import look, summary

    if png is not None:
        from coincell.report.signal_picture import check, draw

        check(png, view)
    signal, description = _signal(name, seed)
    from_s = None if start is None else moment_s(start, "--from")
    for_s = None if duration is None else moment_s(duration, "--for")
    seen = look(name, description, seed, signal, from_s, for_s)
    emit(summary(seen))
    if png is not None:
        draw(seen, png, view)
        typer.echo(f"wrote {png}", err=True)


@group.command("export")
def export_command(
    name: Name,
    to: Annotated[Path, typer.Option(metavar="FILE", help="A file that ends in .wav, .csv or .resd.")],
    duration: Annotated[str, typer.Option("--for", metavar="TIME", help="For how long: 10s, 2h.")],
    start: From = None,
    full_scale: Annotated[
        float | None,
        typer.Option(help="What a WAV file's 1.0 stands for, in the signal's unit. Else 1.", min=0),
    ] = None,
    seed: Seed = 1,
) -> None:
    """Write a signal to a file, to be read by other programs or by a recipe of its own."""
    from coincell.arguments import moment_s
    from coincell.report.json import check_writable
    from coincell.signals.export import export

    check_writable(to)
    signal, _ = _signal(name, seed)
    from_s = moment_s(start or "0", "--from")
    told = export(signal, to, from_s, moment_s(duration, "--for"), full_scale)
    typer.echo(f"wrote {to}; to read it back: {told}", err=True)


def _signal(name: str, seed: int) -> tuple[Signal, str]:
    from coincell.signals.recipes import parse

    recipe = parse({"signal": name}, f"sensors/signals/{name}.toml")
    return recipe.make(seed), recipe.description
