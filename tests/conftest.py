"""Where everything must be installed (COINCELL_CI=1), a test that skips itself has failed."""

from __future__ import annotations

import os

import pytest

STRICT = os.environ.get("COINCELL_CI") == "1"


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where COINCELL_CI=1 wants everything to run: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _refuse(report)
    return report
