"""An app's C compiled for the machine that compiles: the limit of what running it elsewhere can reach."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from coincell.build.app import app_sources, code, gather, model_of, origins, shared_sources, write_files
from coincell.build.recipe import Judge, find_app, find_hal
from coincell.build.target import Target
from coincell.build.toolchain import Zig, link

FAMILY = "host"
FLAGS = ("-O2",)
"""And zig's own default: instructions of this CPU, which also lets it use vectors."""


def build_host(
    app: str, program: Path, defines: Mapping[str, int] | None = None, judge: Judge = "model"
) -> None:
    """Make `program` of the app's own C, its network and the kernels, with the HAL `hal/host`.

    `defines` override those of app.toml; `judge` is as for build_app. Nothing is kept beside `program`.
    Raises InputError (unknown app, a group of hal.h that a host lacks, C that does not compile here) and
    MissingToolError (no zig).
    """
    found, hal = find_app(app), find_hal(Target(FAMILY, "", FAMILY, ()))
    here = f"hal/{hal.name}"
    files = gather(found, model_of(found, judge)) | code(hal.folder, here)
    sources = shared_sources(files, "sense", "nn", "model")
    sources += ["startup/console.c", *(f"{here}/{name}" for name in hal.sources(found))]
    sources += app_sources(found, files, judge)
    link_host(
        files,
        sources,
        {**found.recipe.defines, **(defines or {})},
        program,
        found.folder,
        origins(found, hal),
    )


def link_host(
    files: Mapping[str, bytes],
    sources: Sequence[str],
    defines: Mapping[str, int | str],
    program: Path,
    app: Path,
    origins: Mapping[str, Path],
) -> None:
    """Make `program` of the `sources` among `files`. Raises InputError, about `app`, and MissingToolError."""
    folders = ("app", "startup", "hal", "sense", "nn", "model")
    # Only for "..." includes: an app's features.h is not the one that <stdint.h> asks a C library for.
    flags = [*FLAGS, *(word for folder in folders for word in ("-iquote", folder))]
    flags += [f"-D{name}={value}" for name, value in sorted(defines.items())]
    with tempfile.TemporaryDirectory(prefix="coincell-host-") as name:
        work = Path(name)
        write_files(files, work)
        link(Zig().host_command(sources, flags), str(program.resolve()), work, app, origins)
