"""Firmware images: what was compiled, whoever compiled it."""

from coincell.image.load import load_image
from coincell.image.model import FirmwareImage, LineSpan, Segment, Symbol

__all__ = ["FirmwareImage", "LineSpan", "Segment", "Symbol", "load_image"]
