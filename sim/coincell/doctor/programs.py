"""Programs and packages: whether they are here, in which version, and what each is for.

Nothing is imported that is large, and nothing is started that could take long or change anything.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from coincell import __version__
from coincell.errors import CoincellError, InputError
from coincell.learn.tensorflow import TO_GET as TENSORFLOW

_ANSWER_LIMIT_S = 10.0


@dataclass(frozen=True)
class Tool:
    """One of the things that coincell uses, or can use."""

    name: str
    purpose: str
    version: str
    """"" where it is missing or broken."""
    detail: str = ""
    """Where it is, and what else is known of it."""
    problem: str = ""
    """What is wrong with one that is there."""
    to_get: str = ""
    """How to get it where it is missing, how to mend it where it is broken; one way a line."""

    @property
    def state(self) -> str:
        """ "present", "missing" or "broken"."""
        return "broken" if self.problem else "present" if self.version else "missing"


def tools() -> tuple[Tool, ...]:
    """All of them, in the order in which a newcomer meets them. Never raises."""
    return (
        Tool("Python", "runs coincell", platform.python_version(), sys.executable),
        Tool("coincell", "this program", __version__, str(Path(__file__).parents[1])),
        _llvm(),
        _package("ziglang", "ziglang", ("ziglang",), "compiles apps and kernels: --toolchain zig"),
        _program(
            ("arm-none-eabi-gcc", "-dumpfullversion"),
            r"^(\S+)$",
            "compiles apps: --toolchain gcc",
            "apt install gcc-arm-none-eabi, or Arm's GNU Toolchain download",
        ),
        _package(
            "TensorFlow",
            "tensorflow",
            ("tensorflow-cpu", "tensorflow"),
            "trains networks: coincell train",
            TENSORFLOW,
        ),
        _package("capstone", "capstone", ("capstone",), "disassembles: --instructions"),
        _package("matplotlib", "matplotlib", ("matplotlib",), "draws signals: coincell signals show --png"),
        _package("unicorn", "unicorn", ("unicorn",), "is compared with: coincell bench, and the tests"),
        _program(
            ("qemu-system-arm", "--version"),
            r"version (\S+)",
            "is compared with: coincell bench",
            "apt install qemu-system-arm",
        ),
        _program(
            ("gdb-multiarch", "--version"),
            r"^GNU gdb.* (\S+)$",
            "debugs firmware: coincell debug",
            "apt install gdb-multiarch; elsewhere it is arm-none-eabi-gdb",
        ),
        *_renode(),
    )


def _llvm() -> Tool:
    purpose, to_get = "compiles guest code for this machine", "pip install llvmlite"
    try:
        from llvmlite.binding import llvm_version_info
    except Exception as error:  # whatever a broken package answers with
        return Tool("llvmlite", purpose, "", problem=str(error), to_get=to_get)
    llvm = ".".join(map(str, llvm_version_info))
    return Tool("llvmlite", purpose, metadata.version("llvmlite"), f"LLVM {llvm}", to_get=to_get)


def _package(name: str, module: str, distributions: tuple[str, ...], purpose: str, to_get: str = "") -> Tool:
    """A Python package, found without importing it."""
    spec = find_spec(module)
    version = detail = ""
    if spec is not None:
        version = next(filter(None, map(_version, distributions)), "of unknown version")
        detail = str(Path(spec.origin).parent) if spec.origin else ""
    return Tool(name, purpose, version, detail, to_get=to_get or f"pip install {distributions[0]}")


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _program(command: tuple[str, ...], pattern: str, purpose: str, to_get: str) -> Tool:
    """A program of the PATH, asked for its version."""
    name = command[0]
    path = shutil.which(name)
    if path is None:
        return Tool(name, purpose, "", to_get=to_get)
    problem = ""
    try:
        done = subprocess.run(
            [path, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ANSWER_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        problem = f"no answer within {_ANSWER_LIMIT_S:g} s"
    except OSError as error:
        problem = f"cannot be started: {error.strerror}"
    else:
        match = re.search(pattern, done.stdout, re.MULTILINE)
        if match and not done.returncode:
            return Tool(name, purpose, match[1], path, to_get=to_get)
        problem = (done.stderr or done.stdout).strip()[:200] or f"ended with {done.returncode}"
    return Tool(name, purpose, "", path, problem, to_get)


def _renode() -> Iterator[Tool]:
    from coincell.engines.renode.installation import (
        PACKAGES,
        VARIABLE,
        NotInstalledError,
        find,
        renode_run_command,
    )

    purpose = "runs the same scenarios on its own models"
    runner = shutil.which("renode-run")
    to_get = (
        f"{runner} download"
        if runner
        else f"a portable package from {PACKAGES}, on the PATH or named by {VARIABLE};\n"
        f"or {renode_run_command()} && renode-run download"
    )
    try:
        found = find()
    except NotInstalledError:
        yield Tool("Renode", purpose, "", to_get=to_get)
    except CoincellError as error:
        problem, _, mend = str(error).partition("\n  to mend: ")
        if isinstance(error, InputError):  # only the variable names one here
            mend = f"correct {VARIABLE}, or unset it: then Renode is looked for"
        yield Tool("Renode", purpose, "", problem=problem, to_get=mend)
    else:
        detail = f"{' '.join(found.command)}, found by: {found.origin}"
        build = f"; build {found.build}" if found.build else ""
        yield Tool("Renode", purpose, found.version, detail + build, to_get=to_get)
    version = _version("renode-run") or ("of unknown version" if runner else "")
    yield Tool("renode-run", "downloads Renode", version, runner or "", to_get=renode_run_command())
