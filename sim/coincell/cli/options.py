"""Options that several commands take, each said once; groups of them, and how typer gets to see those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from coincell.build.cmsis_nn import CmsisNn
    from coincell.engines.native import NativeEngine
    from coincell.engines.renode.engine import RenodeEngine
    from coincell.report.observed import Outputs
    from coincell.scenario import Scenario


class ToolchainName(StrEnum):
    """What `--toolchain` takes."""

    zig = "zig"
    gcc = "gcc"


class JudgeName(StrEnum):
    """What `--judge` takes."""

    model = "model"
    baseline = "baseline"
    silent = "silent"


class KernelsName(StrEnum):
    """What `--kernels` takes."""

    own = "own"
    cmsis_nn = "cmsis-nn"


class ExportName(StrEnum):
    """What `--export` takes."""

    c = "c"
    tflm = "tflm"


Tier = Annotated[
    str,
    typer.Option(
        help="How the core is run; never changes a result: auto, interpret, compile or random:SEED."
    ),
]
Toolchain = Annotated[
    ToolchainName | None, typer.Option(help="Compiler for the app. Without it: what the scenario says.")
]
Compiler = Annotated[ToolchainName, typer.Option(help="Compiler.")]
Judge = Annotated[
    JudgeName,
    typer.Option(
        help="Who answers in the app: its model, the plain rule beside it, or nobody (for training)."
    ),
]
Kernels = Annotated[
    KernelsName, typer.Option(help="What computes a network's layers: coincell's own kernels, or CMSIS-NN.")
]
CmsisNnPath = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        help="Your copy of CMSIS-NN, with Include and Source. Without it: what COINCELL_CMSIS_NN says.",
    ),
]
Seed = Annotated[int, typer.Option(help="Everything random follows from it.", min=0)]
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
Json = Annotated[
    str | None,
    typer.Option(
        metavar="[FILE.json]", help="Write the document of results; without a file, to the standard output."
    ),
]


class EngineName(StrEnum):
    """What `--engine` takes."""

    native = "native"
    renode = "renode"
    both = "both"


_ENGINE = "Engine"
"""Of `--help`: a panel of its own."""
Engine = Annotated[
    EngineName,
    typer.Option(
        rich_help_panel=_ENGINE, help="What runs the board: coincell itself, Renode, or both to compare them."
    ),
]
Renode = Annotated[
    Path | None,
    typer.Option(
        rich_help_panel=_ENGINE,
        metavar="PATH",
        help="Renode's program, or the folder it is in. Else it is looked for.",
    ),
]
RenodeTime = Annotated[
    float | None,
    typer.Option(
        rich_help_panel=_ENGINE,
        metavar="SECONDS",
        min=1,
        help="How long Renode may take. Else 2 min and 60 times the run.",
    ),
]
Keep = Annotated[
    Path | None,
    typer.Option(
        rich_help_panel=_ENGINE, metavar="DIR", help="Leave the folder that Renode runs, to run it by hand."
    ),
]
Records = Annotated[
    Path | None,
    typer.Option(
        rich_help_panel=_ENGINE,
        metavar="FILE",
        help="Run no Renode: take records.txt of one that ran the kept folder elsewhere.",
    ),
]


@dataclass(frozen=True)
class EngineChoice:
    """Which engine runs a scenario, and what Renode needs to know."""

    engine: Engine = EngineName.native
    renode: Renode = None
    renode_time: RenodeTime = None
    keep: Keep = None
    renode_records: Records = None

    def made_for(self, scenario: Scenario) -> NativeEngine | RenodeEngine:
        """The engine; Renode where both are wanted. Raises InputError."""
        from coincell.engines.native import NativeEngine
        from coincell.errors import InputError
        from coincell.facade import renode_engine

        if self.renode_records is not None and (self.renode or self.keep or self.renode_time):
            raise InputError(
                "no Renode runs here when its records are given",
                key="--renode-records",
                value=str(self.renode_records),
                mend="leave --renode, --keep and --renode-time out",
            )
        if self.engine is not EngineName.native:
            return renode_engine(scenario, self.renode, self.keep, self.renode_time, self.renode_records)
        given = {
            "--renode": self.renode,
            "--keep": self.keep,
            "--renode-time": self.renode_time,
            "--renode-records": self.renode_records,
        }
        for key, value in given.items():
            if value is not None:
                raise InputError(
                    "this is for Renode, and the native engine runs",
                    key=key,
                    value=str(value),
                    mend="add --engine renode or --engine both",
                )
        return NativeEngine()


@dataclass(frozen=True)
class KernelChoice:
    """Which kernels a network calls."""

    kernels: Kernels = KernelsName.own
    cmsis_nn: CmsisNnPath = None

    def made(self) -> CmsisNn | None:
        """The library, None for the firmware's own. Raises InputError."""
        from coincell.build.cmsis_nn import CmsisNn
        from coincell.errors import InputError

        if self.kernels is KernelsName.cmsis_nn:
            return CmsisNn.at(self.cmsis_nn)
        if self.cmsis_nn is not None:
            raise InputError(
                "a copy of CMSIS-NN is named, and nothing calls it",
                key="--cmsis-nn",
                value=str(self.cmsis_nn),
                mend="add --kernels cmsis-nn",
            )
        return None


@dataclass(frozen=True)
class Seen:
    """What is to be seen of a run beside its result."""

    profile: Profile = None
    coverage: Coverage = None
    instructions: Instructions = None
    instructions_from: InstructionsFrom = None
    instructions_for: InstructionsFor = None
    swo: Swo = None

    def outputs(self) -> Outputs:
        """The same, checked. Raises InputError, MissingToolError."""
        from coincell.arguments import outputs

        return outputs(
            self.profile,
            self.coverage,
            self.instructions,
            self.instructions_from,
            self.instructions_for,
            self.swo,
        )


@dataclass(frozen=True)
class Place:
    """What an image runs on."""

    board: Board = None
    core: BareCore = None
    flash: Flash = None
    ram: Ram = None

    def given(self) -> tuple[str | None, str | None, list[str], list[str]]:
        """As the facade takes them."""
        return self.board, self.core, self.flash or [], self.ram or []


@dataclass(frozen=True)
class Reading:
    """How an image is read."""

    address: Address = None
    format: Format = None

    def address_or_none(self) -> int | None:
        """Raises InputError for what is no address."""
        from coincell.arguments import number

        return None if self.address is None else number(self.address, "--address")


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """`command` as typer wants it: in the place of a group, a parameter for each of its options."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    parameters = []
    for parameter in signature(command).parameters.values():
        group = groups.get(parameter.name)
        if group is None:
            shown = [(parameter.name, parameter.default, hints[parameter.name])]
        else:
            inside = get_type_hints(group, include_extras=True)
            shown = [(field.name, field.default, inside[field.name]) for field in fields(group)]
        for name, default, annotation in shown:
            parameters.append(Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation))

    def ungrouped(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    ungrouped.__doc__ = command.__doc__
    ungrouped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    ungrouped.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # inspect looks for it
    return ungrouped
