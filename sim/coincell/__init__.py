"""coincell runs a microcontroller's firmware without the microcontroller.

    import coincell

    result = coincell.run("scenarios/wake_word.toml")
    result.passed, result.measured.energy.average_a, result.measured.life.central_s

What is named here is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coincell.errors import CoincellError, FirmwareCrash, InputError, MissingToolError
    from coincell.facade import execute, run
    from coincell.image import load_image
    from coincell.scenario import Scenario, ScenarioResult, read_scenario, to_document

__version__ = "0.1.0"

_HOMES = {
    "CoincellError": "errors",
    "FirmwareCrash": "errors",
    "InputError": "errors",
    "MissingToolError": "errors",
    "Scenario": "scenario",
    "ScenarioResult": "scenario",
    "execute": "facade",
    "load_image": "image",
    "read_scenario": "scenario",
    "run": "facade",
    "to_document": "scenario",
}

__all__ = [
    "CoincellError",
    "FirmwareCrash",
    "InputError",
    "MissingToolError",
    "Scenario",
    "ScenarioResult",
    "execute",
    "load_image",
    "read_scenario",
    "run",
    "to_document",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'coincell' has no attribute {name!r}")
    return getattr(import_module(f"coincell.{_HOMES[name]}"), name)
