"""The firmware apps: what each senses, what decides in it, and the scenario that shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coincell import data
from coincell.describe.load import read_toml
from coincell.errors import InputError
from coincell.report.units import size

COLUMNS = ("app", "", "senses", "decides by", "scenario")


def app_rows() -> Iterator[tuple[str, ...]]:
    """A row for each app that is found."""
    shown_by = _scenarios()
    for name in data.names("firmware/apps", ""):
        folder = data.find("firmware/apps", name, "")
        if not (folder / "app.toml").is_file():
            continue
        app = read_toml(folder / "app.toml")
        scenarios = shown_by.get(name, {})
        inputs = dict.fromkeys(name for one in scenarios.values() for name in one.get("signals", {}))
        first = next(iter(scenarios), "")
        more = f" and {len(scenarios) - 1} more" if len(scenarios) > 1 else ""
        title = str(app.get("title", ""))
        yield name, title, ", ".join(inputs), decides_by(folder, app), first + more


def decides_by(folder: Path, app: Mapping[str, Any]) -> str:
    """The kind and size of an app's model; whether it is still to be trained, or a plain rule decides."""
    model = app.get("model")
    if isinstance(model, Mapping) and app.get("judge", "") != app.get("baseline"):
        path = folder / str(model.get("file", ""))
        if not path.is_file():
            return "a model, not trained yet"
        return f"{_kind(path)}, {size(path.stat().st_size)}"
    return "a plain rule" if app.get("baseline") else ""


def _kind(path: Path) -> str:
    if path.suffix != ".json":
        return "int8 network"
    try:
        described = json.loads(path.read_text("utf-8"))
        kind, trees = described.get("kind"), len(described.get("trees", ()))
    except (OSError, ValueError, AttributeError):
        return "a damaged file"
    if kind == "trees":
        return "tree" if trees == 1 else f"forest of {trees}"
    return {"linear": "linear model", "network": "perceptron"}.get(kind, "estimator")


def _scenarios() -> dict[str, dict[str, Mapping[str, Any]]]:
    """For each app the scenarios that run it, by name."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for name in data.names("scenarios"):
        try:
            scenario = read_toml(data.find("scenarios", name))
        except InputError:  # whoever runs it is told
            continue
        firmware = scenario.get("firmware")
        if isinstance(firmware, Mapping) and isinstance(firmware.get("app"), str):
            found.setdefault(Path(firmware["app"]).name, {})[name] = scenario
    return found
