"""What the world sounds like: generated signals and recordings, pure functions of a recipe and a seed."""

from coincell.signals.blocks import BLOCK, RATE_HZ, Gridded, mix
from coincell.signals.csv_recording import CsvRecording, write_csv
from coincell.signals.level import level_db_spl, pressure_pa
from coincell.signals.lexicon import CONFUSABLE, OTHER, WAKE_WORD
from coincell.signals.recipes import create, parse
from coincell.signals.recording import Recording, write_wav
from coincell.signals.resd_recording import ResdRecording, write_signal

__all__ = [
    "BLOCK",
    "CONFUSABLE",
    "OTHER",
    "RATE_HZ",
    "WAKE_WORD",
    "CsvRecording",
    "Gridded",
    "Recording",
    "ResdRecording",
    "create",
    "level_db_spl",
    "mix",
    "parse",
    "pressure_pa",
    "write_csv",
    "write_signal",
    "write_wav",
]
