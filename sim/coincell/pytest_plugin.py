"""Scenario files as pytest tests."""
