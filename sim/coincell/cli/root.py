"""The program itself, to which each command is added."""

from __future__ import annotations

from typing import Annotated

import typer

from coincell import __version__

EXPECTATION_FAILED, INTERRUPTED = 1, 130

app = typer.Typer(
    help="Run TinyML firmware without the hardware: exact timing, energy and battery life.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _options(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"coincell {__version__}")
        raise typer.Exit
