"""The program itself, to which each command is added."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from coincell import __version__

_Function = TypeVar("_Function", bound=Callable[..., Any])

EXPECTATION_FAILED, INTERRUPTED = 1, 130


class _PlainHelp:
    """Help as programs usually give it: flags take no value, arguments and values are in capitals."""

    def get_params(self, ctx: Any) -> list[Any]:
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]  # of the class it is mixed into
        for param in params:
            if getattr(param, "is_flag", False):
                param.metavar = ""
            elif param.metavar is None and not _is_choice(param):
                param.metavar = str(param.name).rpartition("_")[2].upper()
            if param.param_type_name == "argument":
                param.display_type_rich = lambda ctx: None  # its help says what it is
        return params

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        params = self.get_params(ctx)
        return ["[OPTIONS]", *(_usage(param) for param in params if param.param_type_name == "argument")]


def _usage(argument: Any) -> str:
    piece = f"{argument.metavar}" if argument.required else f"[{argument.metavar}]"
    return piece if argument.nargs == 1 else f"{piece}..."


def _is_choice(param: Any) -> bool:
    about = getattr(param, "type_descriptor", None)  # typer from 0.29 on
    return bool(about.is_choice) if about is not None else hasattr(param.type, "choices")


class _Command(_PlainHelp, TyperCommand):
    pass


class _Group(_PlainHelp, TyperGroup):
    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "COMMAND [ARGUMENTS]..."]


class Commands(typer.Typer):
    """A group of commands, the help of each plain."""

    def __init__(self, **options: Any) -> None:
        super().__init__(cls=_Group, **options)

    def command(self, name: str | None = None, **options: Any) -> Callable[[_Function], _Function]:
        return super().command(name, cls=_Command, **options)


app = Commands(
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
