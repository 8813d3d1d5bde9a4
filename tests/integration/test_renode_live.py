"""On a real Renode, wherever `coincell doctor` finds one: `pytest -m renode`.

Every scenario whose board Renode can model runs on both engines, which must agree within the tolerances that
the report states; its Robot test must pass; and the folder must run by hand after it was moved.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from coincell.engines.renode import installation, process
from coincell.engines.renode.records import read_records
from coincell.errors import InputError
from coincell.facade import renode_engine, run_compared
from coincell.scenario import read_scenario

pytestmark = pytest.mark.renode
REFUSALS = "Renode cannot take this input", "on Renode it would not get far"
"""Of scenarios that Renode cannot run; which they are, test_renode_scenarios.py says."""
SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.toml"))


@pytest.fixture(scope="module")
def renode():
    return installation.find()


@pytest.fixture(scope="module", params=SCENARIOS, ids=lambda path: path.stem)
def ran(request, renode, tmp_path_factory):
    """The folder that Renode ran, and what came of a scenario on both engines."""
    folder = tmp_path_factory.mktemp(request.param.stem) / "kept"
    scenario = read_scenario(request.param)
    engine = renode_engine(scenario, keep=folder)
    try:
        result, opinion = run_compared(scenario, engine, True)
    except InputError as refusal:
        if any(words in str(refusal) for words in REFUSALS):
            pytest.skip(str(refusal))
        raise
    return folder, result, opinion


def test_the_engines_agree(ran):
    _, result, opinion = ran
    assert result.passed
    assert opinion.comparison.agrees, [
        (kind.tolerance.kind, kind.differences) for kind in opinion.comparison.kinds if not kind.holds
    ]


def test_the_folder_runs_by_hand_from_another_place(ran, renode, tmp_path):
    folder, _, _ = ran
    moved = tmp_path / "another place"
    shutil.copytree(folder, moved)
    (moved / "records.txt").unlink()
    process.run(renode, moved, wall_limit_s=600, watch=lambda: None)
    first, again = (list(read_records(place / "records.txt")) for place in (folder, moved))
    assert again[-1].kind == "X"
    assert again == first


def tester_of(renode: installation.Installation) -> str | None:
    """Renode's own test runner: beside its program, links followed, as packages have it, or on the PATH."""
    program = Path(renode.command[-1])
    beside = (folder / "renode-test" for folder in (program.parent, program.resolve().parent))
    return next((str(path) for path in beside if path.is_file()), shutil.which("renode-test"))


def test_robot(ran, renode):
    folder, _, _ = ran
    tester = tester_of(renode)
    if tester is None:
        pytest.skip("there is no renode-test beside Renode, nor on the PATH")
    done = subprocess.run(
        [tester, str(folder / "scenario.robot")], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
