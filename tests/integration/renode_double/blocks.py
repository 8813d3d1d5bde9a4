"""coincell's blocks, odd where Renode's models are odd, registered beside the real ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from coincell.describe import BoardDescription
from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.clock import ClockBlock
from coincell.peripherals.nordic.pdm import Pdm
from coincell.peripherals.nordic.uarte import Uarte
from coincell.peripherals.registry import register
from coincell.simtime import Clock

_TYPES = {"nordic.clock": "double.clock", "nordic.pdm": "double.pdm", "nordic.uarte": "double.uarte"}
_RUNNING = 1 << 16


def odd(board: BoardDescription, mips: int) -> BoardDescription:
    """`board` with these blocks, a core clock of `mips` MHz, and no waiting anywhere."""
    chip = board.chip
    blocks = []
    for block in chip.block:
        parts = {name: _TYPES.get(kind, kind) for name, kind in block.options.get("parts", {}).items()}
        options = block.options | ({"parts": parts} if parts else {})
        blocks.append(
            block.model_copy(update={"type": _TYPES.get(block.type, block.type), "options": options})
        )
    changes = {
        "block": tuple(blocks),
        "clock": chip.clock.model_copy(update={"cpu_hz": Fraction(mips * 10**6)}),
        "constants": {},
        "timing": chip.timing.model_copy(update={"parameters": {}}),
    }
    made = board.model_copy()
    made._chip = chip.model_copy(update=changes)  # not a field: the board names its chip
    return made


@register("double.uarte")
class QuickUarte(Uarte):
    """All bytes within the store to STARTTX, events first: I …/UART/NRF52840_UART.cs:347-382."""

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context)
        self.sent: Callable[[int], None] = lambda byte: None

    def _start_tx(self, value: int, index: int) -> None:
        for event in (Uarte.EVENTS_TXSTARTED, Uarte.EVENTS_TXSTOPPED, Uarte.EVENTS_ENDTX):
            self.fire(event)
        if self.TXD_MAXCNT:
            for byte in self.dma_read(self.TXD_PTR, self.TXD_MAXCNT):
                self.sent(byte)
            self.TXD_AMOUNT = self.TXD_MAXCNT
            self.fire(Uarte.EVENTS_TXDRDY)

    def _stop_tx(self, value: int, index: int) -> None:
        self.fire(Uarte.EVENTS_TXSTOPPED)


@register("double.clock")
class QuickClock(ClockBlock):
    """Oscillators start at once: I Peripherals/Peripherals/Miscellaneous/NRF_CLOCK.cs:72-97."""

    def _start_hfxo(self, value: int, index: int) -> None:
        self.HFCLKRUN = 1
        self._enter("hfxo", "starting")
        self._hfxo_started()

    def _start_lf(self, value: int, index: int) -> None:
        self.LFCLKRUN, self.LFCLKSRCCOPY = 1, self.SRC.of(self.LFCLKSRC)
        self._lf_started()


@register("double.pdm")
class FilePdm(Pdm):
    """Takes its samples from a file: I Peripherals/Peripherals/Sound/NRF52840_PDM.cs:153-229, 359-403."""

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context)
        self.files: dict[str, bytearray] = {}
        self.log: Callable[[str, str], None] = lambda level, text: None
        self._periods_done = 0
        self.n_taken = 0
        self._due = context.sim.alarm(self._period_over)

    def on_reset(self) -> None:
        self._due.cancel()
        self.files.clear()

    def _enabled(self, value: int, index: int) -> None:
        """Taking ENABLE away stops nothing."""

    def _start(self, value: int, index: int) -> None:
        if not self.ENABLE:
            self.log(
                "warning", "Trying to start samples aquisition before enabling peripheral. Will not start"
            )
            return
        sides = ("Left", "Right")[: self.n_channels]
        if any(side not in self.files for side in sides):
            text = "Trying to start reception with not enough input files"
            self.log("error", f"{text} - please set input using `SetinputFile`. Aborting.")
            return
        rate_hz = math.floor(self.clock_hz) // (80 if self.RATIO else 64)
        if self.n_channels == 1 and self.SAMPLE_MAXCNT % 2:
            raise IndexError("Index was outside the bounds of the array.")
        self._ticks = Clock(rate_hz // self.SAMPLE_MAXCNT * self.n_channels, self.now)
        self._periods_done = 0
        self.power_state("running")
        self._due.set(self._ticks.time_of(1))

    def _period_over(self) -> None:
        self._periods_done += 1
        self._due.set(self._ticks.time_of(self._periods_done + 1))
        pointer = self.SAMPLE_PTR  # as it is now: nothing latched it
        self.fire(Pdm.EVENTS_STARTED)
        sides = ("Left", "Right")[: self.n_channels]
        count = self.SAMPLE_MAXCNT // len(sides)
        given = [self._take(side, count) for side in sides]
        data = b"".join(channel[i : i + 2] for i in range(0, 2 * count, 2) for channel in given)
        self.dma_write(pointer, data)
        self.fire(Pdm.EVENTS_END)

    def _take(self, side: str, count: int) -> bytes:
        """So many samples; what the file lacks is 0."""
        file = self.files[side]
        data = bytes(file[: 2 * count])
        del file[: 2 * count]
        self.n_taken += len(data) // 2
        return data.ljust(2 * count, b"\0")

    def _stop(self, value: int, index: int) -> None:
        """The thread goes on."""
        self.fire(Pdm.EVENTS_STOPPED)
