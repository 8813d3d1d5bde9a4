"""Signals of the body: heartbeat as electricity and as light, and glucose, of people who do not exist."""
