"""From the probe's records to a result: what Renode did, in the contract's words.

Console, pins, marked functions and sleep are Renode's own. What each component drew follows from the register
writes: they are repeated, at Renode's times, on the native machine's blocks, which know their states. No
instruction runs there. So energy and life come from the same code for both engines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from coincell.engines.contract import CoreCounters, Edge, Span
from coincell.engines.renode.records import PS_PER_NS, Record
from coincell.engines.renode.writes import Writes
from coincell.machine import Machine
from coincell.machine.console import Console, LineCollector

_WHENEVER = ("B", "E", "X")
"""What is written at the end of a run, which Renode may have rounded up: the stack, trouble, the end."""


@dataclass
class Replay:
    """Takes the records in; afterwards everything is there to be read."""

    machine: Machine
    freq_hz: int
    mips: int
    """Instructions per microsecond of Renode's core: what its time is made of."""
    edges: list[Edge] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What went wrong inside, in Renode's words."""
    trouble_ps: int | None = None
    """When it first did."""
    unseen: list[str] = field(default_factory=list)
    """What the probe could not watch, in its words."""
    n_resets: int = 0
    """How often the machine was reset."""
    written: set[str] = field(default_factory=set)
    """Blocks of the chip that were written to."""
    absent: list[str] = field(default_factory=list)
    """Objects that this release of Renode does not have."""
    run: str = ""
    """The fingerprint of the folder that was run."""
    grain_ns: int = 1
    """Between two times that Renode can tell apart."""
    exit_code: int | None = None
    """What the firmware passed to semihosting's exit, which Renode's log tells."""
    sleep_ps: int = 0
    instructions: int = 0
    ended: bool = False
    now_ps: int = 0

    def __post_init__(self) -> None:
        self.console = Console()
        self._ports: dict[str, LineCollector] = {}
        self._writes = Writes(self.machine)
        self._levels = {edge.net: edge.level for edge in self.machine.nets.edges}
        self._open: dict[tuple[str, ...], tuple[Record, dict[str, bytes]]] = {}
        self._captured: dict[str, bytes] = {}
        self._asleep_since: int | None = None
        self._before_reset = 0
        """Instructions until Renode's core began to count anew."""

    def take(self, records: Iterable[Record], end_ps: int) -> None:
        """Everything up to `end_ps`, which is the end if the records say that the run came to one."""
        for record in records:
            if record.time_ps > end_ps and record.kind not in _WHENEVER:
                continue
            self.now_ps = max(self.now_ps, min(record.time_ps, end_ps))
            self.instructions = max(self.instructions, self._before_reset + record.instructions)
            action = getattr(self, f"_take_{record.kind}", None)
            if action is not None:
                action(record)
        self._writes.finish(end_ps)
        if self._asleep_since is not None:
            self.sleep_ps += end_ps - self._asleep_since

    # ---- one kind each; the letters are those of the records -----------------------------------------
    def _take_H(self, record: Record) -> None:  # noqa: N802 - the record's letter
        self.grain_ns = int(record.words[1]) if len(record.words) > 1 else 1
        self.run = record.words[2] if len(record.words) > 2 else ""

    def _take_U(self, record: Record) -> None:  # noqa: N802
        port = record.words[0]
        if port not in self._ports:
            self._ports[port] = self.console.port(port, lambda: self.now_ps)
        self._ports[port].receive(record.number(1) & 0xFF)

    def _take_P(self, record: Record) -> None:  # noqa: N802
        """On Renode every output begins low, whatever pulls it: becoming what it is already is no edge."""
        net, level = record.words[0], record.words[1] == "1"
        if self._levels.get(net, False) != level:
            self._levels[net] = level
            self.edges.append(Edge(record.time_ps, net, level))

    def _take_M(self, record: Record) -> None:  # noqa: N802
        self._captured = {}
        self._open[record.words] = record, self._captured

    def _take_R(self, record: Record) -> None:  # noqa: N802
        call, self._captured = self._open.pop(record.words, (record, {}))
        span = Span(
            record.words[0],
            call.time_ps,
            record.time_ps,
            self._cycles(call),
            self._cycles(record),
            self._captured,
        )
        self.spans.append(span)

    def _take_D(self, record: Record) -> None:  # noqa: N802
        self._captured[record.words[0]] = bytes.fromhex(record.words[1])

    def _take_S(self, record: Record) -> None:  # noqa: N802
        self._sleeps(record.time_ps, True)

    def _take_A(self, record: Record) -> None:  # noqa: N802
        self._sleeps(record.time_ps, False)

    def _take_Z(self, record: Record) -> None:  # noqa: N802
        start_ps = min(int(record.words[0]) * PS_PER_NS, record.time_ps)
        self._sleeps(max(start_ps, self.machine.sim.now), True)
        self._sleeps(record.time_ps, False)

    def _take_W(self, record: Record) -> None:  # noqa: N802
        block = self._writes.write(record.time_ps, record.number(0), int(record.words[1]), record.number(2))
        if block is not None:
            self.written.add(block.name)

    def _take_B(self, record: Record) -> None:  # noqa: N802
        self._writes.memory(record.number(0), bytes.fromhex(record.words[1]))

    def _take_X(self, record: Record) -> None:  # noqa: N802
        self.ended = True

    def _take_V(self, record: Record) -> None:  # noqa: N802
        self.unseen.append(" ".join(record.words))

    def _take_K(self, record: Record) -> None:  # noqa: N802
        """Calls that were open never return; the chip's blocks are as after reset."""
        self._sleeps(record.time_ps, False)
        self._open.clear()
        self._writes.advance(record.time_ps)
        self._writes.forget()
        self.n_resets += 1
        if not record.instructions:  # the core's counter goes too: tlib c0c259ae, arch/arm/helper.c:573
            self._before_reset = self.instructions
        for action in self.machine.processor.on_reset:
            action("SREQ")
        self._settle(record.time_ps)

    def _take_N(self, record: Record) -> None:  # noqa: N802
        self.absent.append(record.words[0])

    def _take_E(self, record: Record) -> None:  # noqa: N802
        if not self.complaints:
            self.trouble_ps = record.time_ps
        self.complaints.append(" ".join(record.words))

    # ---- what follows from them ------------------------------------------------------------------------
    def _sleeps(self, time_ps: int, asleep: bool) -> None:
        if asleep == (self._asleep_since is not None):
            return
        self._writes.advance(time_ps)
        if asleep:
            self._asleep_since = time_ps
        elif self._asleep_since is not None:
            self.sleep_ps += time_ps - self._asleep_since
            self._asleep_since = None
        self.machine.processor.on_sleep(asleep)

    def _settle(self, time_ps: int) -> None:
        """A reset makes every output of Renode's low; on the board pins are what pulls make of them."""
        first = {edge.net: not edge.level for edge in reversed(self.edges) if edge.time_ps == time_ps}
        self.edges = [edge for edge in self.edges if edge.time_ps != time_ps]
        for net, before in sorted(first.items()):
            self._levels[net] = level = self.machine.nets.net(net).level
            if level != before:
                self.edges.append(Edge(time_ps, net, level))

    def _cycles(self, record: Record) -> int:
        """Cycles that the instructions so far stand for: at the mean that Renode was given."""
        return (self._before_reset + record.instructions) * self.freq_hz // (self.mips * 1_000_000)

    def counters(self, end_ps: int) -> CoreCounters:
        """What the core did."""
        return CoreCounters(
            core=self.machine.processor.core.options.name,
            freq_hz=self.freq_hz,
            cycles=self.instructions * self.freq_hz // (self.mips * 1_000_000),
            instructions=self.instructions,
            active_ps=end_ps - self.sleep_ps,
            sleep_ps=self.sleep_ps,
            timing_model=f"Renode, {self.mips} instructions per µs",
            timing_validated=False,
        )
