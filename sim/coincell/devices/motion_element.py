"""The sensing elements of a motion sensor, with the errors that its description states."""

from __future__ import annotations

import numpy as np

from coincell.devices.registry import DeviceContext
from coincell.devices.sampled import Element, Errors
from coincell.errors import InputError

_UNITS = {"acceleration": 1e-3, "rotation": float(np.radians(1e-3)), "magnetic_field": 1e-7}
"""What descriptions give noise and offset in: mg, millidegrees per second, milligauss."""


def element(context: DeviceContext, quantity: str) -> Element:
    """What senses `quantity`.

    Parameters `<quantity>_noise` [unit/√Hz] and `<quantity>_offset`; the part's option `errors` is "typical",
    or "none" for a part without either. Raises InputError for another.
    """
    about, name = context.description, f"{context.part.name}.{quantity}"
    kind = context.part.options.get("errors", "typical")
    if kind not in ("typical", "none"):
        raise InputError(
            "a sensor has the errors of its data sheet, or none",
            key=f"part.{context.part.name}.options.errors",
            value=kind,
            allowed=["typical", "none"],
        )
    errors = Errors()
    if kind == "typical":
        noise, offset = (float(about.parameter(f"{quantity}_{what}")) for what in ("noise", "offset"))
        errors = Errors.drawn(context.seed, name, noise * _UNITS[quantity], offset * _UNITS[quantity])
    return Element(context.signals.get(quantity), errors, context.seed, name)


def address(context: DeviceContext, option: str, allowed: tuple[int, int]) -> int:
    """The seven-bit address that the part's option says; the first of `allowed` without one."""
    chosen = context.part.options.get(option, allowed[0])
    if chosen not in allowed or not isinstance(chosen, int):
        raise InputError(
            f"{context.part.name} cannot have this address",
            key=f"part.{context.part.name}.options.{option}",
            value=chosen,
            allowed=[f"0x{choice:02x}" for choice in allowed],
        )
    return chosen
