"""Compilers that turn C into an ELF for a bare Cortex-M: zig (a pip package) and GNU Arm.

Both build without a C library; the compiler's own run-time (division, soft float) is linked.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from coincell.build.words import in_own_names, shown
from coincell.errors import InputError, MissingToolError


@dataclass(frozen=True)
class _Core:
    zig_cpu: str
    gcc_flags: tuple[str, ...]
    hard_float: bool = False
    dsp: bool = True


_CORES: Mapping[str, _Core] = {
    "cortex-m0": _Core("cortex_m0", ("-mcpu=cortex-m0",), dsp=False),
    "cortex-m0plus": _Core("cortex_m0plus", ("-mcpu=cortex-m0plus",), dsp=False),
    "cortex-m3": _Core("cortex_m3", ("-mcpu=cortex-m3",), dsp=False),
    "cortex-m4": _Core("cortex_m4", ("-mcpu=cortex-m4", "-mfloat-abi=soft")),
    "cortex-m4f": _Core("cortex_m4+vfp4d16sp", ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16"), True),
    "cortex-m7": _Core("cortex_m7+fp_armv8d16sp", ("-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16"), True),
    "cortex-m7+fp.dp": _Core("cortex_m7+fp_armv8d16", ("-mcpu=cortex-m7", "-mfpu=fpv5-d16"), True),
    "cortex-m33": _Core("cortex_m33+dsp+fp_armv8d16sp", ("-mcpu=cortex-m33", "-mfpu=fpv5-sp-d16"), True),
    "cortex-m33+nodsp+nofp": _Core("cortex_m33", ("-mcpu=cortex-m33+nodsp", "-mfloat-abi=soft"), dsp=False),
}

_COMMON = (
    "-std=c11",
    "-O2",
    "-g",
    "-ffreestanding",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-stack-protector",
    "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables",
    "-fno-pic",
    "-fomit-frame-pointer",
    "-fno-common",
    "-fno-unroll-loops",  # unrolled border loops cost flash and registers, and win nothing without a cache
    "-Wall",
    "-Wextra",
    "-Wframe-larger-than=1024",
)
_LINK = ("-Wl,--gc-sections", "-Wl,--build-id=none")


class Toolchain(Protocol):
    """Compiles and links one image. `name` is what `--toolchain` takes."""

    name: str

    def version(self) -> str:
        """What it calls itself; part of the build's cache key. Raises MissingToolError when absent."""

    def command(self, core: str, sources: Sequence[str], flags: Sequence[str], script: str) -> list[str]:
        """The command that links `sources` with linker `script`, less its `-o`. Paths are relative."""


class Zig:
    """clang and lld from the `ziglang` package: the default, no other program needed."""

    name = "zig"

    def _launch(self) -> list[str]:
        if _ziglang() is None:
            raise MissingToolError(
                "compiling firmware needs the zig compiler, which is not installed here.\n"
                "  to get it: pip install -e '.[firmware]' in the checkout   (or: pip install ziglang)\n"
                "  or use GNU Arm instead: --toolchain gcc"
            )
        return [sys.executable, "-m", "ziglang"]

    def version(self) -> str:
        return "zig " + _answer((*self._launch(), "version"))

    def command(self, core: str, sources: Sequence[str], flags: Sequence[str], script: str) -> list[str]:
        spec = _core(core)
        triple = "thumb-freestanding-eabihf" if spec.hard_float else "thumb-freestanding-eabi"
        # zig's own defaults that we do not want: UBSan, and asserts of its C front end on stack frames.
        quiet = ("-fno-sanitize=all", "-fdebug-compilation-dir=.", f"-ffile-prefix-map={_ziglang()}=zig")
        return [
            *self._launch(),
            "cc",
            *("-target", triple, f"-mcpu={spec.zig_cpu}"),
            *(*_COMMON, *quiet, *flags, *_LINK, *sources, f"-Wl,-T,{script}"),
        ]

    def host_command(self, sources: Sequence[str], flags: Sequence[str]) -> list[str]:
        """The command that makes a program for this machine and its C library, less its `-o`."""
        return [*self._launch(), "cc", "-std=c11", "-fno-sanitize=all", *flags, *sources]


class Gcc:
    """`arm-none-eabi-gcc` from the PATH."""

    name = "gcc"
    program = "arm-none-eabi-gcc"

    def version(self) -> str:
        if shutil.which(self.program) is None:
            raise MissingToolError(
                f"--toolchain gcc needs {self.program}, which is not on the PATH.\n"
                "  to get it: apt install gcc-arm-none-eabi, or Arm's GNU Toolchain download\n"
                "  or use the default, zig: pip install ziglang"
            )
        return "gcc " + _answer((self.program, "-dumpfullversion"))

    def command(self, core: str, sources: Sequence[str], flags: Sequence[str], script: str) -> list[str]:
        spec = _core(core)
        floats = ("-mfloat-abi=hard",) if spec.hard_float else ()
        return [
            # startup/libc.c gives functions the names that the run-time ABI has, by its own types
            *(self.program, "-mthumb", *spec.gcc_flags, *floats, *_COMMON, "-Wno-attribute-alias", *flags),
            *("-nostdlib", *_LINK, *sources, "-T", script, "-lgcc"),
        ]


_TOOLCHAINS: Mapping[str, Toolchain] = {tool.name: tool for tool in (Zig(), Gcc())}


def toolchain(name: str) -> Toolchain:
    """The toolchain called `name`. Raises InputError for an unknown name; does not look for the program."""
    try:
        return _TOOLCHAINS[name]
    except KeyError:
        raise InputError("no such toolchain", key="toolchain", value=name, allowed=_TOOLCHAINS) from None


def cores() -> tuple[str, ...]:
    """Names of the cores that firmware can be compiled for."""
    return tuple(_CORES)


def has_dsp(core: str) -> bool:
    """Whether `core` has the DSP extension. Raises InputError for one without compiler settings."""
    return _core(core).dsp


def link(command: Sequence[str], output: str, folder: Path, app: Path, origins: Mapping[str, Path]) -> None:
    """Run a toolchain's command inside `folder`.

    Raises InputError with the compiler's words on failure, about `app` and the files of which `origins` tells
    where they were copied from.
    """
    # Debug information would otherwise name the folder of this build.
    mapped = [*command, f"-ffile-prefix-map={folder}=.", "-o", output]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "0", "LC_ALL": "C"}
    done = subprocess.run(mapped, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        words = in_own_names(done.stderr, origins)
        raise InputError(f"the firmware does not compile:\n{words}", where=shown(app))


def _core(name: str) -> _Core:
    try:
        return _CORES[name]
    except KeyError:
        raise InputError(
            "no compiler settings for this core", key="core", value=name, allowed=_CORES
        ) from None


def _ziglang() -> Path | None:
    """Where the ziglang package lies, if it is installed. Importing it would start the compiler."""
    spec = importlib.util.find_spec("ziglang")
    return Path(spec.origin).parent if spec is not None and spec.origin else None


@lru_cache
def _answer(command: tuple[str, ...]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingToolError(f"{' '.join(command)} does not run:\n{done.stderr.strip()}")
    return done.stdout.strip()
