"""Counts accesses to what the machine does not model, each register with the first place that did it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from coincell.cpu.core import Core
from coincell.cpu.private.private_names import register_name
from coincell.cpu.state import R
from coincell.engines.contract import Unmodelled
from coincell.errors import InputError
from coincell.image import FirmwareImage
from coincell.machine.crash import place


class Accesses:
    """`note` is what blocks call. In strict mode the first access ends the run with an InputError."""

    def __init__(self, core: Core, image: FirmwareImage, strict: bool) -> None:
        self._core, self._image, self._strict = core, image, strict
        self._seen: dict[tuple[str, str], list[int]] = {}
        self._looking = True

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Accesses meanwhile are a debugger's, not the firmware's."""
        self._looking = False
        try:
            yield
        finally:
            self._looking = True

    def note(self, block: str, register: str) -> None:
        """An access to `register` of `block`, by the present instruction."""
        if not self._looking:
            return
        pc = self._core.state.words[R + 15]
        self._seen.setdefault((block, register), [0, pc])[0] += 1
        if self._strict:
            self._core.stop(
                InputError(
                    f"the firmware uses {register} of {block}, which is not modelled",
                    where=place(self._image, pc),
                    mend="leave out strict to have it counted in the report instead",
                )
            )

    @property
    def found(self) -> tuple[Unmodelled, ...]:
        """Every register, in order of first access."""
        return tuple(
            Unmodelled(block, register, count, pc) for (block, register), (count, pc) in self._seen.items()
        )


class Silent:
    """Implements ports.BusBlock for what does nothing here: it reads zero, and every access is noted."""

    size = 0x1000

    def __init__(self, name: str, base: int, note: Callable[[str, str], None]) -> None:
        self.name, self.base = name, base
        self._note = note

    def read(self, offset: int, width: int) -> int:
        self._note(self.name, register_name(self.name, offset))
        return 0

    def write(self, offset: int, width: int, value: int) -> None:
        self._note(self.name, register_name(self.name, offset))

    def reset(self) -> None:
        """There is no state."""
