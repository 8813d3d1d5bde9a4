"""`import coincell` is quick, and offers what it says."""

from __future__ import annotations

import subprocess
import sys

import pytest

import coincell


@pytest.mark.parametrize("name", coincell.__all__)
def test_every_public_name_exists(name):
    assert getattr(coincell, name).__doc__


def test_the_lazy_table_is_the_public_list():
    assert set(coincell._HOMES) == set(coincell.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_here"):
        _ = coincell.nothing_here


@pytest.mark.parametrize("module", ["coincell", "coincell.pytest_plugin"])
def test_importing_loads_nothing_heavy(module):
    heavy = ("numpy", "scipy", "llvmlite", "pydantic", "rich", "simpy")
    code = f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
