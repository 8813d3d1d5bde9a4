"""FPv4-SP: the single-precision floating-point instructions."""
