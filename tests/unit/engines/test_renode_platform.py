"""Platforms for Renode: what is fed, what is refused, and how that is said."""

from __future__ import annotations

import pytest

from coincell.engines.renode.platform import Feed, RenodePlatform
from coincell.errors import InputError


def bare(**changes: object) -> RenodePlatform:
    empty = {key: {} for key in ("uarts", "pins", "blocks", "inputs", "refused")}
    lists = dict.fromkeys(("tags", "missing", "deviations"), ())
    return RenodePlatform(
        **{"repl": "", "based_on": "", "core": "", "wfe_event": True, **empty, **lists, **changes}
    )


def test_an_input_that_cannot_be_fed_says_why():
    platform = bare(
        inputs={"microphone": Feed("sysbus.pdm", "pdm")},
        refused={"piezo": "Renode has no model of the block saadc"},
    )
    assert platform.feed("microphone") == Feed("sysbus.pdm", "pdm")
    with pytest.raises(InputError) as refusal:
        platform.feed("piezo")
    for words in ("signals.piezo", "no model of the block saadc", "allowed: microphone", "native engine"):
        assert words in str(refusal.value)
    with pytest.raises(InputError, match="has no such input"):
        platform.feed("nose")
