"""Signals of the surroundings: who passes, what a room does over days, smoke, seats, eyelids, doors."""
