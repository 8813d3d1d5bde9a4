"""Seeing inside a run: where cycles and energy go, which lines ran, and every instruction of a window."""

from coincell.observe.recording import Observation, Recording, Wanted, Window

__all__ = ["Observation", "Recording", "Wanted", "Window"]
