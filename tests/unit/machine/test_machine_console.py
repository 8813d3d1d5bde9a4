"""Bytes to lines."""

from __future__ import annotations

from coincell.engines.contract import ConsoleLine
from coincell.machine import console
from coincell.machine.console import Console


def collect(pieces: list[tuple[int, bytes]]) -> tuple[ConsoleLine, ...]:
    now = 0
    collector = Console()
    port = collector.port("uart", lambda: now)
    for time, data in pieces:
        now = time
        port.write(data)
    return collector.lines


def test_a_line_has_the_time_of_its_last_byte() -> None:
    lines = collect([(1, b"on"), (2, b"e\r"), (3, b"\ntw"), (4, b"o")])
    assert lines == (ConsoleLine(3, "uart", "one"), ConsoleLine(4, "uart", "two"))


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert collect([(0, b"a\xffb\n\n")]) == (ConsoleLine(0, "uart", "a\ufffdb"), ConsoleLine(0, "uart", ""))


def test_ports_are_merged_in_order_of_time() -> None:
    now = 0
    collector = Console()
    a, b = collector.port("a", lambda: now), collector.port("b", lambda: now)
    a.write(b"begun ")
    now = 1
    b.write(b"said\n")
    now = 2
    a.write(b"ended\n")
    assert [(line.port, line.time_ps) for line in collector.lines] == [("b", 1), ("a", 2)]


def test_endless_output_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(console, "MOST_BYTES", 20_000)
    lines = collect([(0, b"x" * 100_000)])
    assert len(lines[0].text) == console.LONGEST_LINE
    assert sum(len(line.text) for line in lines) < 30_000
    assert lines[-2].text.startswith("[more was sent")
