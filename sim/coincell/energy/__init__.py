"""What the board drew, exactly, and how long a battery lasts, honestly."""

from coincell.energy.cell import TwoWell
from coincell.energy.ledger import Entry, Ledger, SpanEnergy
from coincell.energy.life import BatteryLife, Share, Spreads, life
from coincell.energy.profile import DayProfile, Happening, compose, whole_run
from coincell.energy.recorder import Recorder
from coincell.energy.supply import Supply
from coincell.energy.trace import Trace

__all__ = [
    "BatteryLife",
    "DayProfile",
    "Entry",
    "Happening",
    "Ledger",
    "Recorder",
    "Share",
    "SpanEnergy",
    "Spreads",
    "Supply",
    "Trace",
    "TwoWell",
    "compose",
    "life",
    "whole_run",
]
