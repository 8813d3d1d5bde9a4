"""The native engine on the Nano 33 BLE Sense, against closed forms and against itself in other tiers."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import probe
import pytest

from coincell.build.app import build_app
from coincell.engines.contract import Marker, RunRequest, RunResult
from coincell.engines.native import NativeEngine
from coincell.errors import InputError
from coincell.image import FirmwareImage, load_image
from coincell.simtime import PS_PER_S

MS = probe.MS
WRITE = Marker("write", "hal_console_write")


@cache
def hello() -> FirmwareImage:
    return load_image(build_app("hello", probe.board()).elf)


@cache
def short(tier: str) -> RunResult:
    """The greeting and the first edge of the LED."""
    return NativeEngine().run(RunRequest(probe.board(), hello(), 3 * MS, tier=tier, markers=(WRITE,)))


def comparable(result: RunResult) -> dict[str, object]:
    return {name: value for name, value in vars(result).items() if name != "tiers"}


def test_the_greeting_takes_its_time_on_the_wire() -> None:
    result = short("interpret")
    (line,) = result.console
    assert (line.port, line.text) == ("uart", "hello from coincell")
    sending = next(s.time_ps for s in result.states if s.state == "transmitting")
    bits = 10 * len("hello from coincell\n")
    baud = 115_108  # the actual rate of BAUDRATE 115200, nRF52840 PS, UARTE
    assert line.time_ps - sending == pytest.approx(bits * PS_PER_S / baud, rel=1e-5)


def test_the_core_sleeps_while_the_line_is_sent() -> None:
    result = short("interpret")
    (core,) = result.cores
    assert core.active_ps + core.sleep_ps == result.duration_ps
    asleep = 0
    changes = [(s.time_ps, s.state) for s in result.states if s.component == "cpu"]
    for (start, state), (end, _) in zip(changes, [*changes[1:], (result.duration_ps, "")], strict=True):
        asleep += end - start if state == "sleep" else 0
    assert asleep == core.sleep_ps
    assert 1.7 * MS < asleep < 1.8 * MS
    # Awake, every cycle counts: 64 MHz, 15625 ps each, and the last may have begun before the end.
    assert core.active_ps / 15625 == pytest.approx(core.cycles, abs=12)
    (span,) = result.spans
    assert span.end_cycle - span.start_cycle < 1_000  # asleep in between
    assert span.end_ps - span.start_ps > 1.7 * MS


def test_the_led_is_lit_after_the_greeting() -> None:
    result = short("interpret")
    edges = [edge for edge in result.edges if edge.net == "LED_BUILTIN"]
    assert [edge.level for edge in edges] == [True]
    assert edges[0].time_ps > result.console[0].time_ps
    lit = next(s for s in result.states if s.component == "led_builtin" and s.state == "on")
    assert lit.time_ps == edges[0].time_ps


@pytest.mark.parametrize("tier", ["auto", "compile", "random:7"])
def test_the_tier_changes_nothing(tier: str) -> None:
    assert comparable(short(tier)) == comparable(short("interpret"))


def test_telling_progress_changes_nothing() -> None:
    told: list[int] = []
    request = RunRequest(probe.board(), probe.probe(14), 35 * MS, tier="auto")
    silent, talking = NativeEngine().run(request), NativeEngine().run(request, told.append)
    assert comparable(silent) == comparable(talking)
    assert [time // (10 * MS) for time in told] == [1, 2, 3]


def test_memory_use() -> None:
    memory = short("interpret").memory
    sizes = build_app("hello", probe.board()).sizes
    assert 0 <= sizes.flash_used - memory.flash_used < 16  # less what aligns sections
    assert memory.flash_size == 1 << 20
    assert memory.ram_size == 256 << 10
    assert memory.ram_static == sizes.ram_used - sizes.stack_size
    assert 0 < memory.stack_high_water <= (memory.stack_size or 0) == sizes.stack_size


def test_every_component_of_the_board_has_a_state_from_the_start() -> None:
    states = [s.component for s in short("interpret").states if s.time_ps == 0]
    assert set(probe.board().component_power()) <= set(states)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"board": "nano"}, "needs a board's description"),
        ({"duration_ps": 0}, "needs some time"),
        ({"tier": "fastest"}, "no such tier"),
        ({"signals": {"camera": None}}, "no such input"),
    ],
)
def test_bad_requests(change: dict[str, object], says: str) -> None:
    fields = {"board": probe.board(), "image": hello(), "duration_ps": MS} | change
    with pytest.raises(InputError, match=says):
        NativeEngine().run(RunRequest(**fields))  # type: ignore[arg-type]


class Tone:
    """1 kHz at 94 dB SPL."""

    rate_hz, unit, n_channels, labels = Fraction(16_000), "Pa", 1, ()

    def samples(self, start: int, count: int) -> np.ndarray:
        time_s = np.arange(start, start + count) / 16_000
        return np.sqrt(2) * np.sin(2 * np.pi * 1000 * time_s)[:, None]


def test_what_the_microphone_gave_is_digested_and_follows_signal_and_seed() -> None:
    image = load_image(build_app("wake_word", probe.board()).elf)

    def digest(seed: int, **signals: Tone) -> str:
        request = RunRequest(probe.board(), image, 25 * MS, signals, seed=seed)  # one buffer of 20 ms
        result = NativeEngine().run(request)
        assert {s.state for s in result.states if s.component == "microphone"} == {"off", "sleep", "on"}
        return result.sample_digests["microphone"]

    silence = digest(1)
    assert digest(1) == silence
    assert len({silence, digest(2), digest(1, microphone=Tone())}) == 3
