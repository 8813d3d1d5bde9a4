"""Scenario files are tests, and hand-written tests get a `coincell` fixture.

`pytest scenarios/` collects every TOML file that begins as a scenario does. Nothing but pytest is imported
until a scenario runs, so a suite that has none pays nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from coincell.scenario import Scenario, ScenarioResult
    from coincell.scenario.expect import Verdict

_SCHEMA = re.compile(rb"^\s*schema\s*=\s*[\"']coincell\.scenario/", re.MULTILINE)
_HEAD_BYTES = 4096
"""So far into a file its schema is looked for."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """Collect TOML files that say they are scenarios."""
    if file_path.suffix != ".toml" or not _is_scenario(file_path):
        return None
    return ScenarioFile.from_parent(parent, path=file_path)


def _is_scenario(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _SCHEMA.search(file.read(_HEAD_BYTES)) is not None
    except OSError:
        return False


class ScenarioFile(pytest.File):
    """One scenario file holds one test."""

    def collect(self) -> Iterator[ScenarioItem]:
        """The scenario."""
        yield ScenarioItem.from_parent(self, name="scenario")


class ScenarioFailedError(Exception):
    """Expectations of a scenario do not hold; the text is one line that names them, then the report."""


@dataclass(frozen=True)
class _Headline:
    """What pytest's short summary, `--tb=line` and JUnit files show of a failure."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class _Failure:
    """A failure without a traceback. pytest looks for these two names; a plain string has no headline."""

    def __init__(self, path: Path, text: str) -> None:
        self.reprcrash = _Headline(str(path), text.partition("\n")[0])
        self._text = text

    def __str__(self) -> str:
        return self._text

    def toterminal(self, writer: Any) -> None:
        """Print it."""
        for line in self._text.splitlines():
            writer.line(line)


class ScenarioItem(pytest.Item):
    """Runs the scenario; passes when every expectation holds."""

    def runtest(self) -> None:
        """Run and judge."""
        from coincell.facade import run

        result = run(self.path)
        if not result.passed:
            failures = "; ".join(_sentence(verdict) for verdict in result.failed)
            raise ScenarioFailedError(f"{failures}\n{_report(result)}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The report, or the one clear message; a traceback only for what should not happen."""
        from coincell.errors import CoincellError

        if isinstance(excinfo.value, ScenarioFailedError | CoincellError):
            return _Failure(self.path, str(excinfo.value))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """What a failure's headline says."""
        return self.path, None, f"scenario {self.path.stem}"


_RELATIONS = {"<=": "at most", ">=": "at least", "==": "exactly", "contains": "contains", "lacks": "lacks"}


def _sentence(verdict: Verdict) -> str:
    """For instance "battery life 33.4 days, at least 60.0 days"."""
    from coincell.report.units import expectation, quantity

    name = re.sub(r" (contains|lacks)$", "", expectation(verdict.key))
    bound = f"{_RELATIONS[verdict.relation]} {quantity(verdict.bound, verdict.unit)}"
    if verdict.relation == "contains":
        return f"{name} {bound}: no line does"
    return f"{name} {quantity(verdict.measured, verdict.unit)}, {bound}"


def _report(result: ScenarioResult) -> str:
    from io import StringIO

    from rich.console import Console

    from coincell.report.terminal import WIDTH, show

    text = StringIO()
    show(result, Console(file=text, width=WIDTH))
    return text.getvalue()


class Coincell:
    """What the `coincell` fixture gives. Relative paths start at the test's own folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, scenario: str | Path | Scenario, **options: Any) -> ScenarioResult:
        """Run a scenario: a file, or one that was read. Options as in `coincell.run`."""
        from coincell.facade import run

        return run(self._folder / scenario if isinstance(scenario, str | Path) else scenario, **options)

    def build(self, app: str, board: str, toolchain: str = "zig") -> Path:
        """The ELF of an app for a board."""
        from coincell.describe import load_board
        from coincell.facade import build_elf

        return build_elf(app, load_board(board), toolchain)


@pytest.fixture
def coincell(request: pytest.FixtureRequest) -> Coincell:
    """Run scenarios and build firmware from a test."""
    return Coincell(request.path.parent)
