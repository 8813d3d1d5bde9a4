"""The host's floating-point mode: compiled code relies on IEEE 754's, which libraries built for speed change.

A shared library linked with -ffast-math turns subnormals off for the thread that loads it. Python's floats
feel that too, which is how it is noticed.
"""

from __future__ import annotations

import ctypes
import sys

from coincell.errors import CoincellError

_LEAST, _ONE, _TWO, _SMALL = sys.float_info.min, 1.0, 2.0, 2.0**-60


def is_ieee() -> bool:
    """Whether this thread keeps subnormals and rounds to nearest."""
    return _LEAST / _TWO * _TWO == _LEAST and _ONE + _SMALL == _ONE and _ONE - _SMALL == _ONE


def restore_ieee() -> None:
    """Give this thread the C library's default mode. Raises CoincellError when that does not help."""
    library = ctypes.CDLL(None)
    try:
        # macOS has a variable; glibc and musl take -1 for the default.
        default = ctypes.c_void_p(ctypes.addressof(ctypes.c_byte.in_dll(library, "_FE_DFL_ENV")))
    except ValueError:
        default = ctypes.c_void_p(-1)
    library.fesetenv(default)
    if not is_ieee():
        raise CoincellError("something switched this thread's floating point to flush subnormals, for good")
