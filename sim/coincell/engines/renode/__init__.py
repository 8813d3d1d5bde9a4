"""Renode as an engine: the same scenario on another emulator's models of the same board."""
