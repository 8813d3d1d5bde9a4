"""The seam between models and kernel libraries."""

from __future__ import annotations

from typing import Protocol

from coincell.build.node import Layer


class Kernels(Protocol):
    """A library of kernels. `headers` declare what its calls need."""

    @property
    def headers(self) -> tuple[str, ...]:
        """What the model's C includes."""

    def fitted(self, layer: Layer) -> Layer:
        """`layer`, whose calls are of the plain kernels of firmware/nn, by calls of this library's; for an
        operator that it has not, by the firmware's own."""
