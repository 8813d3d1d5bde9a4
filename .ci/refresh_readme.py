"""Put the present output of the README's first command into the README: `python .ci/refresh_readme.py`."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

from rich.console import Console

import coincell
from coincell.report.terminal import WIDTH, show

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"(?<=```text\n).*?(?=\n```)", re.DOTALL)


def shortened(report: str) -> str:
    """The report from its first section on, without the assumptions and all but the last expectation."""
    lines = [line.rstrip() for line in report[report.index("Heard") :].splitlines()]
    text = "\n".join(lines).rstrip()
    text = re.sub(r"  assumed: .*?\n\n", "  …\n\n", text, flags=re.DOTALL)
    return re.sub(r"(Expectations\n).*\n", r"\1  …\n", text, flags=re.DOTALL)


def main() -> None:
    """Run the scenario and rewrite the block."""
    out = StringIO()
    show(coincell.run(ROOT / "scenarios/wake_word.toml"), Console(file=out, width=WIDTH))
    readme = ROOT / "README.md"
    text = readme.read_text("utf-8")
    block = shortened(out.getvalue())
    readme.write_text(BLOCK.sub(lambda _: block, text, count=1), "utf-8")


if __name__ == "__main__":
    main()
