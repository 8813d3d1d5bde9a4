"""A host thread that flushes subnormals, as some libraries make it, changes nothing in compiled code."""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Iterator

import pytest
from bare import CACHED
from compiled_twin import BREAKPOINT, M7, Case, CompiledTwin
from random_code import random_words
from unicorn_twin import halfwords

from coincell.cpu import state as st
from coincell.cpu.llvm.host_float_mode import is_ieee, restore_ieee

MXCSR = 28
"""Where x86-64's fenv_t has it (glibc, musl)."""
FLUSH, ROUND_UP = 0x8040, 0x4000
"""FTZ and DAZ; RC."""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="knows MXCSR on Linux only"
)


def set_mode(bits: int) -> None:
    library, buffer = ctypes.CDLL(None), ctypes.create_string_buffer(64)
    library.fegetenv(buffer)
    word = ctypes.c_uint32.from_buffer(buffer, MXCSR)
    word.value = word.value & ~(FLUSH | 0x6000) | bits
    library.fesetenv(buffer)


@pytest.fixture(params=[FLUSH, 0x8000, 0x0040, ROUND_UP, 0x2000, 0x6000])
def mode(request: pytest.FixtureRequest) -> Iterator[int]:
    yield request.param
    set_mode(0)


def test_it_is_noticed_and_mended(mode: int) -> None:
    assert is_ieee()
    set_mode(mode)
    assert not is_ieee()
    restore_ieee()
    assert is_ieee()


def test_compiled_code_does_not_notice(mode: int) -> None:
    """VADD.F64 d0, d1, d2 of two subnormals."""
    twin = CompiledTwin(M7, CACHED, seed=1)
    case = Case(halfwords(0xEE310B02, 32) + BREAKPOINT, "VADD.F64")
    twin.compile([case])
    words = random_words(twin.rng)
    words[st.S + 2 : st.S + 6] = [1, 0, 3, 0]
    words[st.FP_READY], words[st.FPSCR] = 1, 0x10
    set_mode(mode)
    assert twin.run(case, words)[1] == 1
    assert list(twin.compiled.core.state.words[st.S : st.S + 2]) == [4, 0]
