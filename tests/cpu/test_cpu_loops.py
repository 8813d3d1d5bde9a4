"""Loops that stay in the instruction cache look lines up in their first round only, and cost the same."""

from __future__ import annotations

import re

import pytest
from bare import CACHED, bare_core, compile_bare, fingerprint

from coincell.cpu.compiled import code_store
from coincell.cpu.core import Core
from coincell.image.model import FirmwareImage

STOPS_PS = range(0, 1_200_000_000, 37_700_000)


@pytest.fixture(scope="module")
def image() -> FirmwareImage:
    return compile_bare("loops")


def seen(core: Core) -> tuple[object, ...]:
    return *fingerprint(core), bytes(core.tags)


@pytest.fixture(scope="module")
def stepped(image: FirmwareImage) -> list[tuple[object, ...]]:
    core, _ = bare_core(image, "step", CACHED)
    history = []
    for stop in STOPS_PS:
        core.run(stop)
        history.append(seen(core))
    return history


@pytest.mark.parametrize("policy", ["thorough", "auto", "random:3"])
def test_every_cycle_and_every_line_is_the_same(
    image: FirmwareImage, stepped: list[tuple[object, ...]], policy: str
) -> None:
    core, block = bare_core(image, policy, CACHED)
    for moment, stop in enumerate(STOPS_PS):
        core.run(stop)
        assert seen(core) == stepped[moment], f"differs at moment {moment}"
    assert len(block.accesses) > 150  # alarms, and the clock read


def test_loops_that_fit_have_a_second_copy(image: FirmwareImage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of five: one may leave memory for all that is known, and one is larger than the cache."""
    texts: list[str] = []
    translate = code_store.translate

    def spied(*arguments: object, **named: object) -> str:
        texts.append(translate(*arguments, **named))  # type: ignore[arg-type]
        return texts[-1]

    monkeypatch.setattr(code_store, "translate", spied)
    core, _ = bare_core(image, "thorough", CACHED)
    core.run(STOPS_PS[-1])
    again = {name for text in texts for name in re.findall(r"^(g\w+)_again:", text, re.MULTILINE)}
    assert len(again) == 3
