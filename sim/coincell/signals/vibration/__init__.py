"""How rotating machines shake: shaft, gears, rolling bearings, their faults, and how those grow [g]."""
