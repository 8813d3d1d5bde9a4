"""Firmware images: what was compiled, whoever compiled it."""

from coincell.image.lines import LineSpan
from coincell.image.load import load_image
from coincell.image.model import Call, FirmwareImage, Segment, Symbol

__all__ = ["Call", "FirmwareImage", "LineSpan", "Segment", "Symbol", "load_image"]
