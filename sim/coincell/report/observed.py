"""Files that show the inside of a run: profile, coverage, instructions, the trace port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from json import dumps
from pathlib import Path

from coincell.errors import FirmwareCrash, InputError
from coincell.observe import Recording, Wanted, Window
from coincell.observe.coverage import coverage, tracefile
from coincell.observe.instructions import HEADER, capstone
from coincell.observe.profile import Profile, profile
from coincell.observe.speedscope import document
from coincell.report.afterwards import Afterwards, Stream
from coincell.report.json import check_writable, write_text
from coincell.report.output import emit
from coincell.report.profile import profile_section
from coincell.report.terminal import WIDTH


def _say_if_empty(file: Stream) -> None:
    if file.written <= len(HEADER) + 1:
        file.write("==== no instruction began in this window: the core slept, or the run had ended\n")


@dataclass(frozen=True)
class Outputs:
    """What is to be seen of a run, and where it is written. Raises InputError where that cannot be,
    and MissingToolError for instructions without a disassembler.

    A profile in "-" is shown, not written.
    """

    profile: str | None
    coverage: Path | None
    instructions: Path | None
    start_ps: int
    duration_ps: int
    swo: Path | None = None

    def __post_init__(self) -> None:
        files = (("--coverage", self.coverage), ("--instructions", self.instructions), ("--swo", self.swo))
        for option, path in files:
            if path is not None and str(path) == "-":
                raise InputError("this goes to a file", where=option, mend="give it a name")
        if self.instructions is not None:
            capstone()
        check_writable(self.profile, self.coverage, self.instructions, self.swo)

    @contextmanager
    def wanted(self, title: str, after: Afterwards) -> Iterator[Wanted | None]:
        """What a run is asked for. Instructions are written as they come, those before a crash too."""
        counts = self.profile is not None or self.coverage is not None
        with ExitStack() as open_files:
            window = None
            if self.instructions is not None:
                lines = open_files.enter_context(closing(Stream(self.instructions, "w", after)))
                window = Window(self.start_ps, self.duration_ps, lines.write)
                open_files.callback(_say_if_empty, lines)
            packets = None
            if self.swo is not None:
                packets = open_files.enter_context(closing(Stream(self.swo, "wb", after))).write
            try:
                yield Wanted(counts, window, packets) if counts or window or packets else None
            except FirmwareCrash as crash:
                with after.trying():
                    self._write_crash(crash, title, after)
                raise

    def _write_crash(self, crash: FirmwareCrash, title: str, after: Afterwards) -> None:
        if crash.recording is None:
            return
        until = profile(crash.recording) if self.profile is not None else None
        if until is not None:
            emit(profile_section(until), columns=WIDTH, stderr=True)
        self.write(crash.recording, until, title, after)

    def write(
        self, recording: Recording | None, profile: Profile | None, title: str, after: Afterwards
    ) -> None:
        """Write what was seen; what cannot be written is for afterwards."""
        if profile is not None and self.profile not in (None, "-"):
            with after.trying():
                write_text(dumps(document(profile, title), indent=1) + "\n", self.profile or "")
        if recording is not None and self.coverage is not None:
            with after.trying():
                write_text(tracefile(coverage(recording), recording.image.path.parent), str(self.coverage))
