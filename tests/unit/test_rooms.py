"""A room imports only rooms above it (DESIGN, section 1), by reading the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import coincell

PACKAGE = Path(coincell.__file__).parent
ROOMS = (
    # ground
    *("simtime", "errors", "data", "ports", "registry"),
    # description and image
    *("describe", "image"),
    # the core
    *("isa", "timing", "cpu"),
    # around it
    *("peripherals", "devices", "signals", "energy"),
    # looking into it
    "observe",
    # engines.contract is the seam that the ledger and scenarios share: see EXEMPT
    *("machine", "engines"),
    *("scenario", "report", "build", "learn", "fleet"),
    # faces
    *("arguments", "doctor", "facade", "cli", "pytest_plugin"),
)
EXEMPT = {
    "engines.contract": "image",  # the seam ranks right after what it names
}


def rank(module: str) -> int:
    """Place of a module (without the leading `coincell.`) in the order of rooms."""
    for prefix, place in EXEMPT.items():
        if module == prefix or module.startswith(prefix + "."):
            return ROOMS.index(place)
    return ROOMS.index(module.split(".")[0])


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Modules of coincell that a file imports, anywhere in it, with the line."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("coincell."):
                    yield alias.name.removeprefix("coincell."), node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "coincell":
                for alias in node.names:
                    if not alias.name.startswith("__"):
                        yield alias.name, node.lineno
            elif node.module.startswith("coincell."):
                yield node.module.removeprefix("coincell."), node.lineno


SOURCES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def room_of(path: Path) -> str:
    """`sim/coincell/cpu/core.py` is `cpu.core`."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def test_every_room_has_its_place():
    found = {room_of(path).split(".")[0] for path in SOURCES}
    assert found <= set(ROOMS), f"not in the list of rooms: {found - set(ROOMS)}"


@pytest.mark.parametrize("path", SOURCES, ids=room_of)
def test_a_room_imports_only_rooms_above_it(path):
    own = room_of(path)
    below = [
        f"line {line}: {module}"
        for module, line in imports(path)
        if module.split(".")[0] != own.split(".")[0] and rank(module) > rank(own)
    ]
    assert not below, f"{own} imports rooms below it"


def test_nothing_is_imported_relatively():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: relative import"


def test_the_test_sees_what_it_must(tmp_path):
    """It would notice a ground room that imports the command line."""
    path = tmp_path / "simtime.py"
    path.write_text("def f():\n    from coincell.cli import main\n")
    ((module, line),) = imports(path)
    assert (module, line) == ("cli", 2)
    assert rank(module) > rank("simtime")
