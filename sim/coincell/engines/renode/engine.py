"""Renode as an engine: the same request, the same result, run by the emulator that the field already uses.

The native engine runs the request first: it tells how many cycles an instruction takes on average, which is
all that Renode's clock knows, and which samples the sensors gave, so that both engines hear the same.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from coincell.describe import BoardDescription
from coincell.engines.contract import Edge, Engine, EngineReport, Progress, RunRequest, RunResult
from coincell.engines.native import NativeEngine, memory_use
from coincell.engines.renode import feeds, process
from coincell.engines.renode.findings import gaps, why_it_stopped
from coincell.engines.renode.folder import RECORDS, Input, RunFolder
from coincell.engines.renode.installation import Installation, find
from coincell.engines.renode.platform import Deviation, Feed, RenodePlatform, platform_of
from coincell.engines.renode.records import last_time_ps, read_records
from coincell.engines.renode.replay import Replay
from coincell.engines.renode.watch import SEMIHOSTING, held_high, uses_semihosting, watched
from coincell.errors import InputError
from coincell.machine import Machine
from coincell.machine.wiring import CONSOLE_PORT
from coincell.simtime import PS_PER_S

_WALL_BASE_S, _WALL_RATIO = 120.0, 60.0
"""Renode is given two minutes and sixty times the simulated time, unless told otherwise."""


@dataclass
class RenodeEngine:
    """Implements contract.Engine. `renode`, `keep` and `wall_limit_s` are what the command line offers."""

    renode: Path | None = None
    """Where it is, when it is not to be looked for."""
    keep: Path | None = None
    """Where the folder is left that Renode ran."""
    wall_limit_s: float | None = None
    robot: Callable[[RenodePlatform], str] = lambda platform: ""
    """Text of the Robot test that goes into the folder; "" for none."""
    native: RunResult | None = field(default=None, init=False)
    """What the native engine found, after a run."""
    nets: frozenset[str] = field(default=frozenset(), init=False)
    """Nets of the board that Renode can tell of."""
    deviations: tuple[Deviation, ...] = field(default=(), init=False)
    """What Renode's models of the blocks that the firmware used are known to do otherwise."""

    name = "renode"
    ports = frozenset({CONSOLE_PORT, SEMIHOSTING})
    """Consoles that Renode tells of."""

    def before(self) -> Engine:
        """An engine that gives the native result of this engine's run again, for the same request."""
        assert self.native is not None
        return _Remembered(self.native)

    def run(self, request: RunRequest, progress: Progress | None = None) -> RunResult:
        """Raises InputError for what Renode cannot model, by name; MissingToolError where there is none."""
        if request.observe:
            raise InputError(
                "Renode is not looked into instruction by instruction",
                key="engine",
                value=self.name,
                mend="leave --profile, --coverage, --instructions and --swo out, or use the native engine",
            )
        board: BoardDescription = request.board
        platform = platform_of(board)
        if not uses_semihosting(request.image):
            platform = replace(platform, semihosting=())
        self.nets = frozenset(platform.pins)
        takes = {name: platform.feed(name) for name in request.signals}
        installation = find(self.renode) if self.keep is None else None
        if self.keep is not None:
            _make(self.keep)
        self.native = NativeEngine().run(replace(request, keep_samples=True), progress)
        machine = Machine(board, request.image, {}, request.seed)
        inputs = tuple(_inputs(takes, self.native))
        mips = mips_of(self.native)
        folder = RunFolder(
            request=request,
            platform=platform,
            mips=mips,
            vectors=machine.processor.core.vector_table,
            watched=watched(request, platform, machine, mips),
            inputs=inputs,
            high=held_high(machine, platform),
            robot=self.robot(platform),
            notes=tuple(_notes(platform, self.native)),
        )
        with self._place() as place:
            folder.write(place)
            installation = installation or self._find(place)
            finished = process.run(
                installation,
                place,
                wall_limit_s=self.wall_limit_s or _WALL_BASE_S + _WALL_RATIO * request.duration_ps / PS_PER_S,
                watch=lambda: _tell(place, progress),
            )
            replay = Replay(machine, int(board.chip.clock.freq_hz), folder.mips)
            if (place / RECORDS).exists():  # a script that fails early never begins them
                replay.take(read_records(place / RECORDS), request.duration_ps)
            if not replay.ended or replay.complaints:
                raise why_it_stopped(replay, finished, place / process.LOG, self.keep)
            if not platform.follows_pulls:
                self.nets -= pulled_alone(self.native.edges, replay.edges)
            self.deviations = tuple(_that_matter(platform, replay.written))
            lacking = (*_of_this_release(replay), *gaps(place / process.LOG, board))
            return self._result(request, folder, replay, installation, lacking)

    @contextmanager
    def _place(self) -> Iterator[Path]:
        if self.keep is not None:
            yield self.keep
            return
        with tempfile.TemporaryDirectory(prefix="coincell-renode-") as path:
            yield Path(path)

    def _find(self, place: Path) -> Installation:
        """Raises MissingToolError, telling what is there nevertheless."""
        try:
            return find(self.renode)
        except Exception as error:
            if self.keep is not None:
                script = shlex.quote(str(place / process.SCRIPT))
                error.add_note(f"{place} is ready: `renode {script}` runs it by hand")
            raise

    def _result(
        self,
        request: RunRequest,
        folder: RunFolder,
        replay: Replay,
        installation: Installation,
        lacking: tuple[str, ...],
    ) -> RunResult:
        machine, end_ps = replay.machine, request.duration_ps
        program = f"Renode {installation.version}".strip()
        return RunResult(
            engine=self.name,
            board=request.board.name,
            duration_ps=end_ps,
            console=replay.console.lines,
            edges=tuple(replay.edges),
            spans=tuple(replay.spans),
            packets=tuple(packet for packet in machine.air.packets if packet.start_ps <= end_ps),
            states=machine.recorder.states,
            events=machine.recorder.events,
            cores=(replay.counters(end_ps),),
            memory=memory_use(machine),
            unmodelled=machine.processor.accesses.found,
            sample_digests={given.file: sha256(given.data).hexdigest() for given in folder.inputs},
            engine_report=EngineReport(
                program,
                (*folder.notes, *lacking),
                tuple(
                    f"{d.block}: {d.differs}; {d.effect} ({d.file}:{d.lines} at {d.commit})"
                    for d in self.deviations
                ),
            ),
        )


@dataclass(frozen=True)
class _Remembered:
    """Implements contract.Engine by a run that was made already."""

    result: RunResult

    name = "native"

    def run(self, request: RunRequest, progress: Progress | None = None) -> RunResult:
        return self.result


def _make(folder: Path) -> None:
    """Make the folder that is to be kept. Raises InputError where Renode or we cannot use it."""
    process.as_typed(folder.resolve() / process.SCRIPT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise InputError(
            f"nothing can be written there ({error.strerror})",
            key="--keep",
            value=str(folder),
            allowed=["a folder, or the name of a new one"],
        ) from error


def mips_of(native: RunResult) -> int:
    """Instructions per microsecond as the native engine measured them: Renode takes whole numbers only."""
    core = native.cores[0]
    if not core.cycles:
        return max(1, core.freq_hz // 1_000_000)
    return max(1, round(core.freq_hz * core.instructions / core.cycles / 1_000_000))


def _inputs(takes: Mapping[str, Feed], native: RunResult) -> Iterator[Input]:
    for name, feed in takes.items():
        if feed.kind != "pdm":
            raise InputError(
                "coincell cannot feed an input of this kind yet", key=f"signals.{name}", value=feed.kind
            )
        if name in native.samples:
            yield from feeds.pdm(name, feed, native.samples[name])


def _notes(platform: RenodePlatform, native: RunResult) -> Iterator[str]:
    core, mips = native.cores[0], mips_of(native)
    exact = core.freq_hz * core.instructions / max(1, core.cycles) / 1_000_000
    yield (
        f"time is counted in instructions, {mips} per µs: the native engine measured {exact:.2f} "
        f"({core.cycles / max(1, core.instructions):.3f} cycles each)"
    )
    yield (
        "the energy is that of the register writes that Renode saw, repeated on the native engine's blocks"
    )
    if native.samples:
        yield "inputs give the samples that the native engine's sensors gave, without the second buffer"
    if platform.tags:
        yield f"Renode has no model of {', '.join(platform.tags)}: tags that read as constants"
    if platform.missing:
        yield f"Renode has no model of the board's {', '.join(platform.missing)}"


def _that_matter(platform: RenodePlatform, written: set[str]) -> Iterator[Deviation]:
    """Those of the core, of blocks that were written to, and of others of their kind (timer2 for timer0)."""
    used = {
        _kind(platform.blocks[name].removeprefix("sysbus.")) for name in written if name in platform.blocks
    }
    used |= {_kind(name) for name in written}
    for deviation in platform.deviations:
        if deviation.block == "core" or _kind(deviation.block) in used:
            yield deviation


def _kind(name: str) -> str:
    return re.sub("([0-9]+|(?<=Port)[A-Z])$", "", name)


def pulled_alone(native: Sequence[Edge], other: Sequence[Edge]) -> set[str]:
    """Nets that only rose once after the start, and of which `other` has nothing: pulled up, not driven."""
    levels: dict[str, list[bool]] = {}
    for edge in native:
        if edge.time_ps:
            levels.setdefault(edge.net, []).append(edge.level)
    told = {edge.net for edge in other}
    return {net for net, found in levels.items() if found == [True] and net not in told}


def _of_this_release(replay: Replay) -> Iterator[str]:
    if replay.grain_ns > 1:
        yield f"this release of Renode keeps time in steps of {replay.grain_ns:,} ns"
    absent = [name for name in dict.fromkeys(replay.absent) if SEMIHOSTING not in name]
    if absent:
        names = ", ".join(absent)
        yield f"this release of Renode has no {names}: nothing is known of it"


def _tell(place: Path, progress: Progress | None) -> bool:
    """Progress from the last record; never asks for the end."""
    if progress is not None:
        progress(last_time_ps(place / RECORDS))
    return False
