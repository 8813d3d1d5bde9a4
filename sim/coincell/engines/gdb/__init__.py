"""GDB's remote serial protocol over a running machine: what `coincell debug` serves."""

from coincell.engines.gdb.debuggee import Debuggee
from coincell.engines.gdb.server import Farewell, serve

__all__ = ["Debuggee", "Farewell", "serve"]
