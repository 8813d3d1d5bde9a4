"""Scenario files are tests, and hand-written tests get a `coincell` fixture.

`pytest scenarios/` collects every TOML file that begins as a scenario does. Nothing but pytest is imported
until a scenario runs, so a suite that has none pays nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from coincell.scenario import Scenario, ScenarioResult

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
    """Expectations of a scenario do not hold; the text is its report."""


class ScenarioItem(pytest.Item):
    """Runs the scenario; passes when every expectation holds."""

    def runtest(self) -> None:
        """Run and judge."""
        from coincell.facade import run

        result = run(self.path)
        if not result.passed:
            raise ScenarioFailedError(_report(result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The report, or the one clear message; a traceback only for what should not happen."""
        from coincell.errors import CoincellError

        if isinstance(excinfo.value, ScenarioFailedError | CoincellError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """What a failure's headline says."""
        return self.path, None, f"scenario {self.path.stem}"


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
