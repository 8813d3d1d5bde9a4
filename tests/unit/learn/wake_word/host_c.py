"""The app's C, compiled for this computer."""

import ctypes
import shutil
import subprocess
import sys
from pathlib import Path

from coincell.data import find

APP = find("firmware/apps", "wake_word", "")


def compile_shared(folder: Path, sources: list[Path], includes: tuple[Path, ...] = ()) -> ctypes.CDLL:
    """A library of `sources`. By the system's compiler, or by ziglang's, which the test extra installs."""
    compiler = ["cc"] if shutil.which("cc") else [sys.executable, "-m", "ziglang", "cc"]
    library = folder / "app.so"
    flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    flags += [f"-I{path}" for path in includes]
    subprocess.run([*compiler, *flags, "-o", str(library), *map(str, sources)], check=True)
    return ctypes.CDLL(str(library))
