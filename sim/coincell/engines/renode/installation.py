"""Where Renode is on this machine, and which one it is. Nothing is ever downloaded."""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from json import loads
from pathlib import Path
from typing import Any

from coincell.engines.renode.children import Child
from coincell.errors import InputError, MissingToolError

OPTION, VARIABLE = "--renode", "COINCELL_RENODE"
RECORD = "renode-run.json"
ANSWER_LIMIT_S = 30.0
"""For `renode --version`: it takes a second or two, more from a slow disk. An estimate."""
_MOST_BYTES = 1 << 16
_NAMES = ("renode.exe", "renode.bat") if platform.system() == "Windows" else ("renode",)
_ON_MAC = "Renode.app/Contents/MacOS"
_VERSION = re.compile(r"^Renode\w*(?:,? v(?:ersion )?)\s*(\d+\.\d+\.\d+)\S*(?: \((.*)\))?\s*$", re.MULTILINE)
"""1.14 prints "Renode, version 1.14.0.36150 (build)", 1.15 and 1.16 "Renode v1.15.3.10370", later ones
"Renode v1.16.1": renode-infrastructure v1.14.0 EmulationManager.cs:197-213; renode v1.15.3 and 06854d4d,
src/Renode/Program.cs:102-150. On Windows the program is called RenodeWPF."""
_BUILD = re.compile(r"^\s+build: *(.+?)\s*$", re.MULTILINE)

_PROGRAM_MARKS = (b"#!", b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""How scripts and programs of Linux, Windows and macOS begin."""
PACKAGES = "https://github.com/renode/renode/releases"


def renode_run_command() -> str:
    """What installs renode-run for the Python that runs here; pip refuses --user in a virtual environment."""
    user = "" if sys.prefix != sys.base_prefix else "--user "
    return f"pip3 install --upgrade {user}git+https://github.com/antmicro/renode-run"


def _to_get() -> str:
    return f"""\
  to get it, either: unpack a portable package from {PACKAGES}
      and put its folder on the PATH, or give it by {OPTION} or {VARIABLE}
  or: {renode_run_command()}
      and then: renode-run download"""


class NotInstalledError(MissingToolError):
    """There is no Renode in any of the places where it is looked for."""


@dataclass(frozen=True)
class Installation:
    """A Renode that answers."""

    command: tuple[str, ...]
    """What starts it; arguments follow."""
    origin: str
    """How it was found: "--renode", "COINCELL_RENODE", "PATH", "renode-run" or "application folder"."""
    version: str
    """"1.16.1"."""
    build: str
    """What it says of its build: "1.16.1+20260820git06854d4d1"; "" where it says nothing."""


def find(explicit: Path | None = None) -> Installation:
    """The Renode to use: `explicit` (a file, or a folder that holds it), else the first of the other places.

    In order: $COINCELL_RENODE, the PATH, what renode-run has downloaded, application folders.
    Raises InputError for a wrong explicit path or variable, NotInstalledError where there is none,
    MissingToolError where the one that was found does not run.
    """
    if explicit is not None:
        return _answering(_given(str(explicit), OPTION), OPTION)
    named = os.environ.get(VARIABLE)
    if named:
        return _answering(_given(shutil.which(named) or named, VARIABLE), VARIABLE)
    on_path = next(filter(None, map(shutil.which, _NAMES)), None)
    if on_path:
        return _answering((str(Path(on_path).absolute()),), "PATH")
    record = record_file()
    for folder in _recorded(record):
        program = _program_in(folder)
        if program is not None and os.access(program, os.X_OK):
            return _answering((str(program.absolute()),), "renode-run")
    looked: list[str | Path] = ["the PATH", record]
    for command in _application_folders():
        looked.append(command[-1])
        if Path(command[-1]).is_file():
            return _answering(command, "application folder")
    raise NotInstalledError(_nothing(looked))


def record_file() -> Path:
    """Where renode-run lists its downloads, on every system: renode-run 898ff4f3, renode_run/defaults.py."""
    return Path.home() / ".config" / "renode" / RECORD


def _given(text: str, where: str) -> tuple[str, ...]:
    """The program that a user named. Raises InputError."""
    path = Path(text).expanduser()
    program: Path | None = path
    fits = [f"the file {_NAMES[0]}, or a folder that holds it"]
    mend = f"correct {where}, or leave it out: then Renode is looked for"
    if not path.exists():
        raise InputError("there is nothing at this path", where, value=text, allowed=fits, mend=mend)
    if path.is_dir():
        inner = ("", "Contents/MacOS", _ON_MAC)  # an application's folder will do
        program = next(filter(None, (_program_in(path / place) for place in inner)), None)
    if program is None or not program.is_file():
        raise InputError("there is no Renode in this folder", where, value=text, allowed=fits, mend=mend)
    if not os.access(program, os.X_OK):
        if not _looks_like_a_program(program):
            raise InputError("this file is no program", where, value=str(program), allowed=fits, mend=mend)
        raise InputError(
            "this file is not executable",
            where,
            value=str(program),
            mend=f"chmod +x {shlex.quote(str(program))}",
        )
    return (str(program.absolute()),)  # Renode is started in another folder


def _looks_like_a_program(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4).startswith(_PROGRAM_MARKS)
    except OSError:
        return True  # what cannot be read is not judged


def _program_in(folder: Path) -> Path | None:
    """Renode's program in a folder, if it is there."""
    return next((folder / name for name in _NAMES if (folder / name).is_file()), None)


def _recorded(record: Path) -> Iterator[Path]:
    """Folders that renode-run's record names, its defaults first. A record that cannot be read names none.

    Layout 2.0 (renode-run 898ff4f3, renode_run/utils.py, ConfigFile) has "default": {variant: folder} and
    "installations": {folder: {"variant": …}}; before it, variants stood at the top: {variant: folder}.
    """
    try:
        read: Any = loads(record.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return
    table = read if isinstance(read, dict) else {}
    defaults, installed = (
        value if isinstance(value := table.get(key), dict) else {} for key in ("default", "installations")
    )
    variants = ("dotnet-portable", "mono-portable")
    of_variants = [where.get(variant) for where in (defaults, table) for variant in variants]
    for folder in (*of_variants, *installed):
        if isinstance(folder, str) and folder:
            yield Path(folder)


def _application_folders() -> Iterator[tuple[str, ...]]:
    """Where installers put it: renode 06854d4d, tools/packaging/make_osx_portable.sh, windows/renode.iss."""
    system = platform.system()
    if system == "Darwin":
        for root in (Path("/Applications"), Path.home() / "Applications"):
            yield (str(root / _ON_MAC / "renode"),)
            mono = shutil.which("mono")
            if mono:  # up to 1.16.0: renode v1.16.0, README.md:125
                yield mono, str(root / _ON_MAC / "bin" / "Renode.exe")
    elif system == "Windows":
        for variable in ("ProgramFiles", "LOCALAPPDATA"):
            if variable in os.environ:
                yield (str(Path(os.environ[variable], "Renode", "renode.exe")),)


def _answering(command: tuple[str, ...], origin: str) -> Installation:
    """Ask the program what it is. Raises MissingToolError, or InputError for one that the user named."""
    said, problem = _asked(command)
    match = _VERSION.search(said)
    if match and not problem:
        build = _BUILD.search(said)
        return Installation(command, origin, match[1], (build[1] if build else match[2]) or "")
    words = "\n".join(f"    {line[:200]}" for line in said.strip().splitlines()[:5])
    told = f"{problem or 'it says'}:\n{words or '    (nothing)'}"
    verdict = "does not run as Renode" if problem else "is not Renode"
    if origin in (OPTION, VARIABLE):
        raise InputError(
            f"this program {verdict}; asked for --version, {told}",
            where=origin,
            value=command[-1],
            mend=f"correct {origin}, or repair what it names",
        )
    raise MissingToolError(
        f"{command[-1]} (found by: {origin}) {verdict}.\n  asked for --version, {told}\n"
        f"  to mend: repair or remove it, or name another by {OPTION} or {VARIABLE}"
    )


def _asked(command: tuple[str, ...]) -> tuple[str, str]:
    """What the program prints when asked for its version, and what is wrong."""
    heard = bytearray()

    def hear(data: bytes) -> None:
        heard.extend(data[: _MOST_BYTES - len(heard)])

    try:
        child = Child([*command, "--version"], hear)
    except OSError as error:
        return "", f"it cannot be started ({error.strerror})"
    try:
        ended = child.wait(ANSWER_LIMIT_S)
    finally:
        code = child.end()
    problem = "" if ended else f"no answer within {ANSWER_LIMIT_S:g} s"
    return heard.decode("utf-8", "replace"), problem or (f"it ended with {code}" if code else "")


def _nothing(looked: list[str | Path]) -> str:
    program = shutil.which("renode-run")
    hint = f"\n  renode-run is here, and has downloaded nothing: run `{program} download`" if program else ""
    places = ", ".join(str(place) for place in looked)
    return f"Renode is not installed here.{hint}\n{_to_get()}\n  looked at: {places}"
