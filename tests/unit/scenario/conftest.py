"""The seam's test double: an engine that answers with a run written by hand. For unit tests only."""

from __future__ import annotations

import dataclasses
import struct
from pathlib import Path

import pytest

from coincell.engines.contract import (
    ConsoleLine,
    CoreCounters,
    Edge,
    MemoryUse,
    Packet,
    RunResult,
    Span,
    StateChange,
    Unmodelled,
)

PS = 10**12
STATES = (
    StateChange(0, "reg1", "dcdc"),
    StateChange(0, "cpu", "sleep"),
    StateChange(0, "microphone", "on"),
    StateChange(0, "pdm", "running"),
    StateChange(0, "led_builtin", "off"),
    StateChange(2 * PS, "cpu", "run_flash_cache"),
    StateChange(3 * PS, "led_builtin", "on"),
    StateChange(4 * PS, "led_builtin", "off"),
    StateChange(6 * PS, "cpu", "sleep"),
)
MINIMAL = """\
schema = "coincell.scenario/1"
title = "A test"
board = "nano33ble_sense"
battery = "aaa2"
firmware = "fw.elf"
duration_s = 10
"""


class FakeEngine:
    """Answers every request with `answer`, and keeps the request."""

    name = "fake"

    def __init__(self, answer: RunResult) -> None:
        self.answer = answer
        self.request = None

    def run(self, request, progress=None):
        self.request = request
        if progress:
            progress(request.duration_ps)
        return self.answer


def run_of(**changes) -> RunResult:
    """Ten seconds: the core is awake for four, the LED rises twice, two inferences pass."""
    base = RunResult(
        engine="fake",
        board="nano33ble_sense",
        duration_ps=10 * PS,
        console=(ConsoleLine(2 * PS, "uart", "ready"), ConsoleLine(3 * PS, "uart", "heard coincell 0.97")),
        edges=(
            Edge(0, "LED_BUILTIN", False),
            Edge(3 * PS, "LED_BUILTIN", True),
            Edge(4 * PS, "LED_BUILTIN", False),
        ),
        spans=(
            Span("inference", 1 * PS, 1 * PS + 20 * 10**9, 0, 1_280_000, {}),
            Span("inference", 2 * PS, 2 * PS + 10 * 10**9, 2_000_000, 2_640_000, {"return:out": b"\1\2"}),
        ),
        packets=(Packet(3 * PS, 3 * PS + 300 * 10**6, 2402, 0, b"0123456789"),),
        states=STATES,
        events=(),
        cores=(
            CoreCounters(
                "cortex-m4f", 64_000_000, 256_000_000, 200_000_000, 4 * PS, 6 * PS, "cortex-m4", False
            ),
        ),
        memory=MemoryUse(100_000, 1 << 20, 20_000, 256 << 10, 1_500, 4096),
        unmodelled=(),
        sample_digests={"microphone": "ab" * 32},
    )
    return dataclasses.replace(base, **changes)


def small_elf() -> bytes:
    """An ELF with one segment and no symbols."""
    ident = b"\x7fELF\1\1\1" + bytes(9)
    header = struct.pack("<16sHHIIIIIHHHHHH", ident, 2, 40, 1, 0, 52, 0, 0x05000000, 52, 32, 1, 40, 0, 0)
    return header + struct.pack("<8I", 1, 84, 0, 0, 8, 8, 5, 4) + struct.pack("<2I", 0x20001000, 9)


@pytest.fixture
def write(tmp_path):
    """Write a scenario file with a firmware beside it: lines replace or follow the minimal ones."""

    def make(extra: str = "", drop: tuple[str, ...] = ()) -> Path:
        (tmp_path / "fw.elf").write_bytes(small_elf())
        kept = [line for line in MINIMAL.splitlines() if line.split(" ")[0] not in drop]
        path = tmp_path / "test.toml"
        path.write_text("\n".join([*kept, extra]) + "\n")
        return path

    return make


@pytest.fixture
def fake_engine():
    """`FakeEngine`, answering with `run_of(...)`."""
    return lambda **changes: FakeEngine(run_of(**changes))


@pytest.fixture
def unmodelled():
    """A register that nobody modelled."""
    return Unmodelled("qspi", "TASKS_ACTIVATE", 3, 0x1234)
