"""How bodies and things move, and what a sensor fixed to them feels."""
