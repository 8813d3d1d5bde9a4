"""The composition root: descriptions, an image and signals become a machine that runs."""

from coincell.machine.board import Machine
from coincell.machine.markers import Markers
from coincell.machine.processor import Processor
from coincell.machine.runners import Runner, Schedule

__all__ = ["Machine", "Markers", "Processor", "Runner", "Schedule"]
