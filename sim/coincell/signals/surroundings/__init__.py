"""Signals of the surroundings: who passes, what a room does over days, smoke, seats, eyelids, doors.

The papers and standards named in this room are quoted from memory, but for the zones of PIR detectors (read
in Sensors 16, 2016, 126) and the definition of PERCLOS: their numbers are `estimate`. What burns, and how
often people do what, is estimated throughout.
"""
