"""Compiled code at work: regions, tiers, the compiler, the cache, and what compiled code calls."""
