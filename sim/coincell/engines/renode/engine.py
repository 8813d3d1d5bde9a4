"""Renode as an engine: the same request, the same result, run by the emulator that the field already uses.

The native engine runs the request first: it tells how many cycles an instruction takes on average, which is
all that Renode's clock knows, and which samples the sensors gave, so that both engines hear the same.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from coincell.describe import BoardDescription
from coincell.engines.contract import Engine, EngineReport, Progress, RunRequest, RunResult
from coincell.engines.native import NativeEngine, memory_use
from coincell.engines.renode import feeds, process
from coincell.engines.renode.findings import HALTED, exit_code, gaps, why_it_stopped
from coincell.engines.renode.folder import RECORDS, Input, RunFolder, check_place
from coincell.engines.renode.installation import Installation, find
from coincell.engines.renode.notes import (
    deviations_that_matter,
    notes_after,
    notes_before,
    pulled_alone,
)
from coincell.engines.renode.platform import Deviation, Feed, RenodePlatform, platform_of
from coincell.engines.renode.records import last_time_ps, read_records
from coincell.engines.renode.replay import Replay
from coincell.engines.renode.watch import SEMIHOSTING, held_high, uses_semihosting, watched
from coincell.errors import CoincellError, InputError, MissingToolError
from coincell.machine import Machine
from coincell.machine.wiring import CONSOLE_PORT
from coincell.simtime import PS_PER_S

_OLDEST = (1, 15)
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
    records: Path | None = None
    """What a Renode elsewhere wrote in such a folder: then none is run here."""
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

    def native_again(self) -> Engine:
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
        if self.keep is not None:
            _make(self.keep)
        elif self.records is None:
            self._look()
        self.native = NativeEngine().run(replace(request, keep_samples=True), progress)
        refuse_what_is_used(platform, self.native)
        machine = Machine(board, request.image, {}, request.seed)
        mips = mips_of(self.native)
        folder = RunFolder(
            request=request,
            platform=platform,
            mips=mips,
            vectors=machine.processor.core.vector_table,
            watched=watched(request, platform, machine, mips),
            inputs=tuple(_inputs(takes, request, self.native)),
            high=held_high(machine, platform),
            robot=self.robot(platform),
            notes=tuple(notes_before(platform, self.native, mips)),
        )
        replay = Replay(machine, int(board.chip.clock.freq_hz), mips)
        if self.records is not None:
            program, lacking = f"Renode elsewhere ({self.records.name})", self._read(folder, replay)
        else:
            program, lacking = self._execute(folder, replay, progress)
        if not platform.follows_pulls:
            self.nets -= pulled_alone(self.native.edges, replay.edges)
        self.deviations = tuple(deviations_that_matter(platform, replay.written))
        return self._result(folder, replay, program, (*notes_after(replay), *lacking))

    def _read(self, folder: RunFolder, replay: Replay) -> tuple[str, ...]:
        """Take what a Renode elsewhere saw, and its log where that stands beside it."""
        assert self.records is not None
        request = folder.request
        replay.take(read_records(self.records), request.duration_ps)
        if replay.run != folder.fingerprint:
            raise InputError(
                "these records are of another run: of another scenario, firmware, seed or coincell",
                where=str(self.records),
                value=replay.run or "no run at all",
                allowed=[folder.fingerprint],
                mend="keep the folder anew with --keep, and run that",
            )
        said = self.records.with_name(process.LOG)
        self._settle(replay, None, said)
        return gaps(said, request.board) if said.exists() else ()

    def _execute(
        self, folder: RunFolder, replay: Replay, progress: Progress | None
    ) -> tuple[str, tuple[str, ...]]:
        """Run Renode here: its name, and what its log says that it lacks."""
        request = folder.request
        with self._place() as place:
            folder.write(place)
            installation = self._find(place)
            finished = process.run(
                installation,
                place,
                wall_limit_s=self.wall_limit_s or _WALL_BASE_S + _WALL_RATIO * request.duration_ps / PS_PER_S,
                watch=lambda: _tell(place, progress),
            )
            if (place / RECORDS).exists():  # a script that fails early never begins them
                replay.take(read_records(place / RECORDS), request.duration_ps)
            self._settle(replay, finished, place / process.LOG)
            return f"Renode {installation.version}".strip(), gaps(place / process.LOG, request.board)

    def _settle(self, replay: Replay, finished: process.Finished | None, said: Path) -> None:
        """Raise what there is to raise. A core that semihosting's exit halted has come to its end."""
        replay.exit_code = exit_code(said)
        if replay.exit_code is not None:
            replay.complaints = [text for text in replay.complaints if not text.startswith(HALTED)]
        if not replay.ended or replay.complaints:
            raise why_it_stopped(replay, finished, said, self.keep)

    @contextmanager
    def _place(self) -> Iterator[Path]:
        if self.keep is not None:
            yield self.keep
            return
        with tempfile.TemporaryDirectory(prefix="coincell-renode-") as path:
            yield Path(path)

    def _look(self) -> None:
        """Look for Renode before the work begins."""
        try:
            _recent(find(self.renode))
        except CoincellError as error:
            error.add_note("with --keep DIR, what it would run is left to be run where there is one")
            raise

    def _find(self, place: Path) -> Installation:
        """Raises MissingToolError, telling what is there nevertheless."""
        try:
            return _recent(find(self.renode))
        except CoincellError as error:
            if self.keep is not None:
                error.add_note(
                    f"{place} is ready to be run where there is Renode: its README.md says how, and how to "
                    "have it judged here"
                )
            raise

    def _result(self, folder: RunFolder, replay: Replay, program: str, lacking: tuple[str, ...]) -> RunResult:
        request, machine = folder.request, replay.machine
        end_ps = request.duration_ps
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
            exit_code=replay.exit_code,
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


def _recent(found: Installation) -> Installation:
    """Raises MissingToolError for a release that lacks what the probe needs (GPIO hooks: 1.15)."""
    number = re.match(r"(\d+)\.(\d+)", found.version)
    if number and (int(number[1]), int(number[2])) < _OLDEST:
        raise MissingToolError(
            f"Renode 1.15 or later is needed; {found.command[0]} is {found.version}\n"
            "  to mend: get a newer one, or name another by --renode"
        )
    return found


def _make(folder: Path) -> None:
    """Make the folder that is to be kept. Raises InputError where Renode or we cannot use it."""
    process.as_typed(folder.resolve() / process.SCRIPT)
    try:
        check_place(folder)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise InputError(
            f"nothing can be written there ({error.strerror})",
            key="--keep",
            value=str(folder),
            allowed=["a folder, or the name of a new one"],
        ) from error


def refuse_what_is_used(platform: RenodePlatform, native: RunResult) -> None:
    """Raises InputError naming what the firmware used that it would wait for in vain on Renode."""
    used = {change.component for change in native.states if change.time_ps}
    for component in sorted(used & platform.unusable.keys()):
        raise InputError(
            f"the firmware uses {component}, and on Renode it would not get far: "
            f"{platform.unusable[component]}",
            key="engine",
            value="renode",
            mend="run it on the native engine",
        )


def mips_of(native: RunResult) -> int:
    """Instructions per microsecond as the native engine measured them: Renode takes whole numbers only."""
    core = native.cores[0]
    if not core.cycles:
        return max(1, core.freq_hz // 1_000_000)
    return max(1, round(core.freq_hz * core.instructions / core.cycles / 1_000_000))


def _inputs(takes: Mapping[str, Feed], request: RunRequest, native: RunResult) -> Iterator[Input]:
    for name, feed in takes.items():
        signal, duration_s = request.signals[name], request.duration_ps / PS_PER_S
        if feed.kind == "lsm9ds1":
            yield feeds.lsm9ds1(name, feed, signal, duration_s)
        elif feed.kind == "lsm6dso":
            yield feeds.lsm6dso(name, feed, signal, duration_s)
        elif feed.kind.startswith("resd:"):
            yield feeds.resd(name, feed, signal, duration_s)
        elif name in native.samples:
            yield from feeds.pdm(name, feed, native.samples[name])


def _tell(place: Path, progress: Progress | None) -> None:
    """Progress from the last record."""
    if progress is not None:
        progress(last_time_ps(place / RECORDS))
