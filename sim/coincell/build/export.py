"""A converted model as a folder of C that any build can take: the model, its header and the kernels."""

from __future__ import annotations

from pathlib import Path

from coincell import data
from coincell.build.app import code, writable, write_files
from coincell.build.convert import ConvertedModel


def export(model: ConvertedModel, folder: Path) -> list[Path]:
    """Write `model.c`, `nn.h` and the kernels into `folder`; they need memcpy and memset, and no more.

    Raises InputError when it cannot be written.
    """
    kernels = data.find("firmware", "nn", "")
    files = {"model.c": model.source.encode(), "nn.h": model.header.encode()}
    files |= {name.removeprefix("nn/"): body for name, body in code(kernels, "nn").items()}
    with writable(folder, "choose another folder"):
        folder.mkdir(parents=True, exist_ok=True)
        write_files(files, folder)
    return [folder / name for name in files]
