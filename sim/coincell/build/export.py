"""A converted model as a folder of C that any build can take."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from coincell import data
from coincell.build.app import code, writable, write_files
from coincell.build.cmsis_nn import CmsisNn
from coincell.build.estimator.code import HEADER, EstimatorCode
from coincell.build.model import Model


def export(model: Model, folder: Path, kernels: CmsisNn | None = None) -> list[Path]:
    """Write a network as `model.c`, `nn.h` and the kernels, which need memcpy and memset and no more, or the
    copy of CMSIS-NN that it was converted for; an estimator as `model.c` and `model.h`, which need nothing.

    Raises InputError when it cannot be written.
    """
    if isinstance(model, EstimatorCode):
        return write({"model.c": model.source.encode(), HEADER: model.header.encode()}, folder)
    own = data.find("firmware", "nn", "")
    files = {"model.c": model.source.encode(), "nn.h": model.header.encode()}
    files |= {Path(name).name: body for name, body in code(own, "nn").items()}
    if kernels is not None:
        files |= {Path(name).name: body for name, body in kernels.bridge(model.functions).items()}
    return write(files, folder)


def write(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write `files`, by their names in `folder`. Raises InputError when they cannot be written."""
    with writable(folder, "choose another folder"):
        folder.mkdir(parents=True, exist_ok=True)
        write_files(files, folder)
    return [folder / name for name in files]
