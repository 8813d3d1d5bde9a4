"""Sounds of places: wind, music, machines, talk, and scenes that go from one to the next."""
