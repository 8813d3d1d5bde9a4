"""The command line: thin. Each command reads its arguments, calls one room and prints what it answers."""

from coincell.cli import looking, making, running, signals  # noqa: F401 - they add their commands to `app`
from coincell.cli.ending import main
from coincell.cli.root import app

__all__ = ["app", "main"]
