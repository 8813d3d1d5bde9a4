"""coincell runs a microcontroller's firmware without the microcontroller."""

__version__ = "0.1.0"
