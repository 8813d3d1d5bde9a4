"""Every shipped scenario, short: its folder runs on what stands in for Renode, or it is refused by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import renode_double

from coincell.engines.renode.engine import RenodeEngine
from coincell.errors import InputError
from coincell.facade import build_elf
from coincell.scenario import read_scenario
from coincell.scenario.runner import prepare
from coincell.simtime import PS_PER_S

pytest.importorskip("ziglang", reason="the firmware extra is not installed")

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.toml"))
RUN = {
    "hearing_aid",
    "hello_nucleo_f746zg",
    "hello_nucleo_g0b1re",
    "sound_scene",
    "wake_word",
    "wake_word_other_talk",
}
"""Those whose board, parts and blocks Renode all has."""
REASONS = (
    "the firmware uses twim0, and on Renode it would not get far: its TWI knows no EasyDMA",
    "Renode cannot take this input: Renode has no model of its part",
)
SHORT_PS = PS_PER_S // 4


@pytest.fixture(scope="module")
def renode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return renode_double.install(tmp_path_factory.mktemp("program"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_it_runs_or_says_why_not(path: Path, renode: Path, tmp_path: Path) -> None:
    request = replace(prepare(read_scenario(path), build_elf).request, duration_ps=SHORT_PS)
    engine = RenodeEngine(renode=renode, keep=tmp_path / "kept")
    if path.stem in RUN:
        result = engine.run(request)
        assert result.duration_ps == SHORT_PS
        assert result.cores[0].instructions
        return
    with pytest.raises(InputError) as refusal:
        engine.run(request)
    assert any(reason in str(refusal.value) for reason in REASONS), refusal.value
    assert "run" in str(refusal.value)
    assert "native engine" in str(refusal.value)
    assert not (tmp_path / "kept" / "run.resc").exists(), "nothing is left that could be taken for a run"


def test_every_scenario_that_runs_is_there() -> None:
    assert {path.stem for path in SCENARIOS} >= RUN
