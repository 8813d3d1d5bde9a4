"""Arm's CMSIS-NN as the library of kernels: a copy that the user has; nothing of it comes with coincell."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from coincell import data
from coincell.build.cmsis_calls import NEEDED, PREFIX, translated
from coincell.build.convert import ConvertedModel
from coincell.build.estimator.code import EstimatorCode
from coincell.build.node import Call, Layer
from coincell.build.own_kernels import OwnKernels
from coincell.build.toolchain import has_dsp
from coincell.errors import InputError

NAME = "cmsis-nn"
VARIABLE = "COINCELL_CMSIS_NN"
FOLDER, BRIDGE = "cmsis_nn", "nn_cmsis"
"""Where the copy lies among the files of a compilation, and what of firmware calls it."""
FOLDERS = (BRIDGE, FOLDER)
INCLUDED = (BRIDGE, FOLDER, f"{FOLDER}/Include")
"""Folders in which headers are looked for, and those sources of the library that the bridge includes."""
_INCLUDE, _SOURCES = "Include", "Source"
_HEADER = f"{_INCLUDE}/arm_nnfunctions.h"
_ORIGIN = "https://github.com/ARM-software/CMSIS-NN"
_WORD = re.compile(r"\barm_\w+")
_DEFINED = re.compile(r"^(?![ #/*}]|static|typedef)[^;{}()#]*?\b(arm_\w+)\([^;{}]*\)\s*\{", re.MULTILINE)


@dataclass(frozen=True)
class CmsisNn:
    """CMSIS-NN in `folder`, for a core with the DSP extension or without. What it lacks, the firmware's own
    kernels compute."""

    folder: Path
    functions: frozenset[str]
    dsp: bool = True
    headers: tuple[str, ...] = ("nn_kernels.h", "nn_cmsis.h")

    @classmethod
    def at(cls, path: Path | None) -> CmsisNn:
        """The copy at `path`, or where the environment says. Raises InputError when there is none."""
        named = path or Path(os.environ.get(VARIABLE) or ".")
        if path is None and not os.environ.get(VARIABLE):
            raise InputError(
                "where is the copy of CMSIS-NN?",
                key="--cmsis-nn",
                mend=f"get one from {_ORIGIN} and add --cmsis-nn PATH, or set {VARIABLE}",
            )
        missing = [part for part in (_HEADER, _SOURCES) if not (named / part).exists()]
        if missing:
            raise InputError(
                f"this is no copy of CMSIS-NN: it has no {' and no '.join(missing)}",
                where=str(named),
                key="--cmsis-nn" if path is not None else VARIABLE,
                mend=f"name the folder that holds {_INCLUDE} and {_SOURCES}, as in {_ORIGIN}",
            )
        return cls(named, frozenset(_WORD.findall(_text(named / _HEADER))))

    def fitted(self, layer: Layer) -> Layer:
        """The layer by the library, if that has a function for it."""
        calls = [self._fitted(call) for call in layer.calls]
        whole = tuple(call for call in calls if call is not None)
        return replace(layer, calls=whole) if len(whole) == len(calls) else OwnKernels().fitted(layer)

    def on(self, core: str) -> CmsisNn:
        """The same copy for `core`."""
        return replace(self, dsp=has_dsp(core))

    def _fitted(self, call: Call) -> Call | None:
        found = translated(call, self.dsp)
        return found if found is not None and NEEDED[found.function] in self.functions else None

    def bridge(self, functions: Iterable[str]) -> dict[str, bytes]:
        """The files of firmware/nn_cmsis that define those of `functions` that are there."""
        called = sorted({f"{PREFIX}refused", *(name for name in functions if name.startswith(PREFIX))})
        names = ("nn_cmsis.h", *(f"{name}.c" for name in called))
        return {f"{BRIDGE}/{name}": (_bridge() / name).read_bytes() for name in names}

    def files(self, functions: Iterable[str]) -> dict[str, bytes]:
        """What compiling calls of `functions` takes: bridge, headers, and those sources that are needed."""
        files = self.bridge(functions)
        files[f"{BRIDGE}/string.h"] = (_bridge() / "string.h").read_bytes()
        needed = self._sources(set(_WORD.findall(b"".join(files.values()).decode())))
        for path in (*sorted((self.folder / _INCLUDE).rglob("*.h")), *needed):
            files[f"{FOLDER}/{path.relative_to(self.folder).as_posix()}"] = path.read_bytes()
        return files

    def how_to_compile(self) -> str:
        """What a compiler needs beside an exported model."""
        return f"-I{self.folder} -I{self.folder / _INCLUDE} and the sources below {self.folder / _SOURCES}"

    def _sources(self, names: set[str]) -> list[Path]:
        """The files that define functions of these `names`, and all that those name in turn."""
        texts = {path: _text(path) for path in sorted((self.folder / _SOURCES).rglob("*.c"))}
        defined = {name: path for path, text in texts.items() for name in _DEFINED.findall(text)}
        seen: set[Path] = set()
        while found := {defined[name] for name in names if name in defined} - seen:
            seen |= found
            names = {name for path in found for name in _WORD.findall(texts[path])}
        return sorted(seen)


def _bridge() -> Path:
    return data.find("firmware", BRIDGE, "")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def note(model: ConvertedModel | EstimatorCode | None) -> str:
    """A line that tells which layers of `model` the library does not compute; "" when it computes all."""
    layers = model.layers if isinstance(model, ConvertedModel) else ()
    own = [layer.name for layer in layers if not all(name.startswith(PREFIX) for name in layer.functions)]
    return f"not by CMSIS-NN but by coincell's own kernels: {', '.join(own)}" if own else ""
