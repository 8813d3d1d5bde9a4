"""One registry serves blocks and devices: names from descriptions, classes from modules loaded when asked."""

from __future__ import annotations

import sys

import pytest

from coincell.errors import InputError
from coincell.registry import Registry


@pytest.fixture
def shapes(tmp_path, monkeypatch):
    """A package of two modules whose classes enter themselves, and the registry they enter."""
    package = tmp_path / "shapes_on_paper"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from coincell.registry import Registry\n"
        "shapes = Registry('shape', 'shapes_on_paper', ('round', 'square'))\n"
    )
    for name in ("round", "square"):
        (package / f"{name}.py").write_text(
            "from shapes_on_paper import shapes\n"
            f"@shapes.register('{name}')\nclass Shape:\n    title = '{name} one'\n"
        )
    monkeypatch.syspath_prepend(tmp_path)
    from shapes_on_paper import shapes

    yield shapes
    for module in [m for m in sys.modules if m.startswith("shapes_on_paper")]:
        del sys.modules[module]


def test_modules_are_imported_when_a_name_is_first_asked_for(shapes):
    assert "shapes_on_paper.round" not in sys.modules
    assert shapes.find("round")().title == "round one"
    assert shapes.names() == ["round", "square"]


def test_an_unknown_name_is_told_with_its_place_and_those_that_exist(shapes):
    with pytest.raises(InputError) as caught:
        shapes.find("oval", where="drawing.toml", key="shape")
    text = str(caught.value)
    assert text.startswith("drawing.toml: shape: no such shape")
    assert "'oval'" in text
    assert "round, square" in text


def test_two_classes_cannot_have_one_name():
    registry: Registry[object] = Registry("shape", "coincell", ())
    registry.register("round")(type("First", (), {}))
    with pytest.raises(TypeError, match="shape round"):
        registry.register("round")(type("Second", (), {}))
    assert registry.find("round").__name__ == "First"
