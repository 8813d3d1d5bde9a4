"""Building an app for a board: gather, compile, link, check, remember.

The result depends on the content of the sources, the flags and the compiler alone, so it is cached under
a digest of exactly these and is the same bytes in any folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from coincell import data
from coincell.build import cmsis_nn, linker
from coincell.build.cmsis_nn import CmsisNn
from coincell.build.convert import ConvertedModel
from coincell.build.estimator.code import HEADER, EstimatorCode
from coincell.build.model import Model, model_code
from coincell.build.recipe import App, Hal, Judge, find_app, find_hal
from coincell.build.target import Target
from coincell.build.toolchain import Toolchain, link
from coincell.build.toolchain import toolchain as find_toolchain
from coincell.describe.board import BoardDescription
from coincell.errors import InputError

_CACHE_FORMAT = 2
_IMAGE = "image.elf"
_SCRIPT = "link.ld"
_CODE = (".c", ".h", ".inc")
_SILENT = "sense/silent.c"


@dataclass(frozen=True)
class BuildResult:
    """A linked image. `cached` says that nothing had to be compiled."""

    app: str
    board: str
    hal: str
    toolchain: str
    elf: Path
    sizes: linker.SizeReport
    cached: bool
    model: Model | None = None


@dataclass(frozen=True)
class _Job:
    """One compilation: every file by its relative path, and the command to run among them."""

    files: Mapping[str, bytes]
    command: tuple[str, ...]
    compiler: str

    def digest(self) -> str:
        """Of everything that can change the image."""
        head = {
            "format": _CACHE_FORMAT,
            "compiler": self.compiler,
            "command": self.command[1:],  # not where the interpreter or compiler happens to be installed
            "files": {name: hashlib.sha256(body).hexdigest() for name, body in sorted(self.files.items())},
        }
        return hashlib.sha256(json.dumps(head).encode()).hexdigest()


def build_app(
    app: str,
    board: BoardDescription | Target,
    toolchain: str = "zig",
    out_dir: Path | None = None,
    judge: Judge = "model",
    kernels: CmsisNn | None = None,
) -> BuildResult:
    """Build `firmware/apps/<app>` for `board`; with `out_dir`, also leave the ELF there as `<app>.elf`.

    With its "baseline" or "silent" judge an app is built without its model, which need not exist yet. A
    network calls the `kernels` given; without them, the firmware's own.

    Raises InputError (unknown app, judge or toolchain, sources that do not compile, an image too big for the
    chip, a folder that cannot be written) and MissingToolError (no compiler).
    """
    target = board if isinstance(board, Target) else Target.of(board)
    found, hal, tool = find_app(app), find_hal(target), find_toolchain(toolchain)
    library = None if kernels is None else kernels.on(target.core)
    model = model_of(found, judge, library)
    if model is not None and found.recipe.model is not None:
        file = str(found.folder / found.recipe.model.file)
        linker.check_model_fit(model.flash_bytes, model.arena_bytes, file, target)
    job = _job(found, hal, target, tool, model, judge, library)
    elf = _cache_root() / job.digest() / _IMAGE
    cached = _intact(elf)
    if not cached:
        with writable(_cache_root(), "set XDG_CACHE_HOME to a folder that can be written"):
            _compile(job, elf, found.folder, origins(found, hal, library))
    if out_dir is not None:
        with writable(out_dir, "choose another folder"):
            out_dir.mkdir(parents=True, exist_ok=True)
            elf = Path(shutil.copyfile(elf, out_dir / f"{found.name}.elf"))
    sizes = linker.measure(elf, target)
    linker.check_fit(sizes, found.name, target)
    return BuildResult(found.name, target.name, hal.name, toolchain, elf, sizes, cached, model)


@contextmanager
def writable(folder: Path, mend: str) -> Iterator[None]:
    """Raises InputError, which tells how to `mend` it, when writing to `folder` fails inside."""
    try:
        yield
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(folder), mend=mend) from error


def model_of(app: App, judge: Judge, kernels: CmsisNn | None = None) -> Model | None:
    """The model as C, if the app has one that is asked.

    Raises InputError for a file that is not one, and for `kernels` that nothing would call.
    """
    recipe = app.recipe.model
    if recipe is None or judge != "model":
        if kernels is not None:
            raise InputError(
                f"the app {app.name!r}, built so, has no model that would call them",
                where=str(app.folder / "app.toml"),
                key="--kernels",
                value=cmsis_nn.NAME,
                mend="leave --kernels out",
            )
        return None
    path = app.folder / recipe.file
    if path.suffix == ".json" and recipe.keep_input:
        raise InputError(
            "keep_input is for .tflite models; this one reads the app's own array of features and keeps it",
            where=str(app.folder / "app.toml"),
            key="model.keep_input",
            value=True,
            mend="take the key out",
        )
    return model_code(path, recipe.keep_input, kernels)


def _job(
    app: App,
    hal: Hal,
    target: Target,
    tool: Toolchain,
    model: Model | None,
    judge: Judge,
    kernels: CmsisNn | None,
) -> _Job:
    here = f"hal/{hal.name}"
    files = gather(app, model) | code(hal.folder, here)
    if kernels is not None and isinstance(model, ConvertedModel):
        files |= kernels.files(model.functions)
    files[_SCRIPT] = linker.linker_script(target, app.recipe.stack_bytes).encode()
    sources = shared_sources(files, "startup", "sampling", "sense", "nn", *cmsis_nn.FOLDERS, "model")
    sources += [f"{here}/{name}" for name in hal.sources(app)]
    sources += app_sources(app, files, judge)
    flags = [f"-I{folder}" for folder in ("app", "startup", "hal", here, "sampling", "sense", "nn", "model")]
    flags += [f"-D{name}={value}" for name, value in sorted(app.recipe.defines.items())]
    if kernels is not None:  # before the others: its string.h goes on to ours
        flags[:0] = [f"-I{folder}" for folder in cmsis_nn.INCLUDED]
    if hal.board_header:
        flags.append(f'-DBOARD_HEADER="{hal.board_header}"')
    return _Job(files, tuple(tool.command(target.core, sources, flags, _SCRIPT)), tool.version())


def gather(app: App, model: Model | None) -> dict[str, bytes]:
    """Every file that compiling `app` may need, for whatever machine, by its path: all but a HAL."""
    firmware = data.find("firmware", "startup", "").parent
    files = {
        "hal/hal.h": (firmware / "hal/hal.h").read_bytes(),
        **code(firmware / "startup", "startup"),
        **code(firmware / "sampling", "sampling"),
        **code(firmware / "sense", "sense"),
        **code(app.folder, "app"),
    }
    for neighbour in app.recipe.neighbours:
        folder = app.folder.resolve().parent / neighbour
        files |= code(folder, neighbour) if folder.is_dir() else {}
    if isinstance(model, EstimatorCode):
        files |= {"model/model.c": model.source.encode(), f"model/{HEADER}": model.header.encode()}
    elif model is not None:
        files |= code(firmware / "nn", "nn")
        files |= {"model/model.c": model.source.encode(), "model/nn.h": model.header.encode()}
    return files


def shared_sources(files: Mapping[str, bytes], *folders: str) -> list[str]:
    """Sources in `folders` that go into every app; the linker drops what an app does not call."""
    within = tuple(f"{folder}/" for folder in folders)
    return [name for name in files if name.startswith(within) and name.endswith(".c") and name != _SILENT]


def app_sources(app: App, files: Mapping[str, bytes], judge: Judge) -> list[str]:
    """Paths of the sources that `app.toml` names, with the one by which `judge` answers.

    Raises InputError for one that is not among `files`, and for a judge that the app has not.
    """
    chosen = app.judged_by(judge)
    names = [*app.recipe.sources, *([chosen] if chosen is not None else [])]
    paths = [posixpath.normpath(f"app/{name}") for name in names]
    for path, name in zip(paths, names, strict=True):
        if path not in files:
            raise InputError("no such source file", where=str(app.folder / "app.toml"), value=name)
    return [*paths, _SILENT] if judge == "silent" else paths


def code(folder: Path, prefix: str) -> dict[str, bytes]:
    """Every C file below `folder`, in a fixed order, under `prefix`."""

    def walk(place: Path) -> Iterator[Path]:
        for entry in sorted(place.iterdir()):
            if entry.is_dir():
                yield from walk(entry)
            elif entry.suffix in _CODE:
                yield entry

    return {f"{prefix}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in walk(folder)}


def origins(app: App, hal: Hal, kernels: CmsisNn | None = None) -> dict[str, Path]:
    """Where the folders of a compilation were copied from, those that were."""
    firmware = data.find("firmware", "startup", "").parent
    found = {name: firmware / name for name in ("startup", "sampling", "sense", "nn", "nn_cmsis", "hal")}
    found |= {} if kernels is None else {cmsis_nn.FOLDER: kernels.folder}
    found |= {name: app.folder.resolve().parent / name for name in app.recipe.neighbours}
    return found | {"app": app.folder, f"hal/{hal.name}": hal.folder}


def _compile(job: _Job, elf: Path, app: Path, origins: Mapping[str, Path]) -> None:
    """Compile in a folder beside the entry and move the result into place whole."""
    elf.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=elf.parent.parent, prefix="building-") as name:
        work = Path(name)
        write_files(job.files, work)
        link(job.command, _IMAGE, work, app, origins)
        elf.parent.mkdir(exist_ok=True)
        digest = work / "digest"
        digest.write_text(hashlib.sha256((work / _IMAGE).read_bytes()).hexdigest())
        for path, body in job.files.items():  # where debug information names them: beside the image
            (elf.parent / path).parent.mkdir(parents=True, exist_ok=True)
            (elf.parent / path).write_bytes(body)
        os.replace(work / _IMAGE, elf)
        os.replace(digest, elf.with_suffix(".sha256"))


def write_files(files: Mapping[str, bytes], work: Path) -> None:
    """Put every file into the folder `work`, where a compiler finds them."""
    for path, body in files.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_bytes(body)


def _intact(elf: Path) -> bool:
    """Whether the cache holds this image undamaged."""
    try:
        expected = elf.with_suffix(".sha256").read_text()
        return hashlib.sha256(elf.read_bytes()).hexdigest() == expected
    except (OSError, UnicodeDecodeError):
        return False


def _cache_root() -> Path:
    return user_cache_path("coincell") / "builds"
