"""coincell's blocks, odd where Renode's models are odd, registered beside the real ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from coincell.describe import BoardDescription
from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.clock import ClockBlock
from coincell.peripherals.nordic.gpio import Gpio
from coincell.peripherals.nordic.pdm import Pdm
from coincell.peripherals.nordic.radio import DISABLED, TXIDLE, Radio
from coincell.peripherals.nordic.uarte import Uarte
from coincell.peripherals.registers import Block
from coincell.peripherals.registry import register
from coincell.simtime import Clock

TYPES = {
    "nordic.clock": "double.clock",
    "nordic.gpio": "double.gpio",
    "nordic.pdm": "double.pdm",
    "nordic.radio": "double.radio",
    "nordic.uarte": "double.uarte",
}
_US = 10**6
_END_DISABLE = 1 << 1
"""Bit of the radio's SHORTS."""


def odd(board: BoardDescription, mips: int, types: Mapping[str, str]) -> BoardDescription:
    """`board` with these blocks, a core clock of `mips` MHz, and no waiting anywhere."""
    chip = board.chip
    blocks = []
    for block in chip.block:
        parts = {name: types.get(kind, kind) for name, kind in block.options.get("parts", {}).items()}
        options = block.options | ({"parts": parts} if parts else {})
        blocks.append(
            block.model_copy(update={"type": types.get(block.type, block.type), "options": options})
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
        self.at_interrupt: list[Callable[[bool], None]] = []
        self.thread: object | None = None
        """Of the model: another with each start."""
        self._due = context.sim.alarm(self._period_over)

    def on_reset(self) -> None:
        self._due.cancel()
        self.files.clear()
        self.thread = None

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
        if rate_hz // self.SAMPLE_MAXCNT == 0:
            raise ValueError("Frequency must be higher than zero")
        self.thread = object()
        self.run_at(Fraction(rate_hz // self.SAMPLE_MAXCNT * self.n_channels))
        self.power_state("running")

    def run_at(self, freq_hz: Fraction) -> None:
        """Main/Core/Machine.cs:2176: the thread's entry of the clock source, which begins anew."""
        self._ticks = Clock(freq_hz, self.now)
        self._periods_done = 0
        self._due.set(self._ticks.time_of(1))

    @property
    def freq_hz(self) -> Fraction:
        return self._ticks.freq_hz

    def _period_over(self) -> None:
        self._periods_done += 1
        self._due.set(self._ticks.time_of(self._periods_done + 1))
        pointer = self.SAMPLE_PTR  # as it is now: nothing latched it
        self.fire(Pdm.EVENTS_STARTED)
        for action in tuple(self.at_interrupt):
            action(True)
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


@register("double.radio")
class QuickRadio(Radio):
    """No ramp, no preamble, four bytes of CRC: I …/Wireless/NRF52840_Radio.cs:355-369, 408-516.

    So from TASKS_TXEN to DISABLED pass 10 µs and 8 µs for each byte of header, payload and CRC, whatever is
    written meanwhile; and the packet is sent at once.
    """

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context)
        self.packets: list[tuple[int, int, bytes]] = []
        """Time, frequency [MHz] and PDU of each."""
        self._is_ending = False
        self._due = (context.sim.alarm(self._sent), context.sim.alarm(self._over))

    def on_reset(self) -> None:
        super().on_reset()
        for alarm in self._due:
            alarm.cancel()

    def _enable_tx(self, value: int, index: int) -> None:
        self._go(TXIDLE)
        self.fire(Radio.EVENTS_READY)
        self.fire(Radio.EVENTS_TXREADY)

    def _transmit(self) -> None:
        layout = self._layout()
        header = self.dma_read(self.PACKETPTR, layout.header_bytes)
        payload = self.dma_read(self.PACKETPTR + layout.header_bytes, layout.payload_bytes(header))
        pdu = layout.on_air(header, payload)
        self.packets.append((self.now, self.freq_mhz, pdu))
        self.fire(Radio.EVENTS_ADDRESS)
        end = self.now + (len(pdu) + 4) * 8 * _US
        for alarm, time in zip(self._due, (end, end + 10 * _US), strict=True):
            alarm.set(time)

    def _sent(self) -> None:
        self._is_ending = True  # END's short acts 10 µs later
        for event in (Radio.EVENTS_PAYLOAD, Radio.EVENTS_END, Radio.EVENTS_CRCOK):
            self.fire(event)
        self._is_ending = False

    def _over(self) -> None:
        if self.SHORTS & _END_DISABLE:
            self._disable(1, 0)

    def _disable(self, value: int, index: int) -> None:
        if not self._is_ending:
            self._go(DISABLED)
            self.fire(Radio.EVENTS_DISABLED)

    def _power_cycled(self, value: int, index: int) -> None:
        """POWER is a register like any other: :297."""


class Outputs(Block):
    """A port: its outputs are low until firmware drives them high, whatever pulls: I Main/Core/GPIO.cs."""

    outputs = 0
    watchers: dict[int, list[Callable[[bool], None]]]

    def watch(self, line: int, action: Callable[[bool], None]) -> None:
        """Call `action` at each change of an output."""
        self.watchers.setdefault(line, []).append(action)

    def put(self, levels: int) -> None:
        """These are the outputs now; whoever watches is told, the lowest line first."""
        changed, self.outputs = self.outputs ^ levels, levels
        for line in sorted(self.watchers):
            if changed >> line & 1:
                for action in tuple(self.watchers[line]):
                    action(bool(levels >> line & 1))

    def receive(self, line: int, level: bool) -> None:
        """The monitor's OnGPIO."""
        raise NotImplementedError


@register("double.gpio")
class BufferedGpio(Gpio, Outputs):
    """Outputs keep their level when they become inputs; an input that nobody set has its last pull's level:
    I …/GPIOPort/NRF52840_GPIO.cs:179-345."""

    def __init__(self, name: str, base: int, context: BlockContext, port: int = 0, n_pins: int = 32) -> None:
        self.watchers = {}
        self._set = self._inputs = self._pulled = 0
        super().__init__(name, base, context, port, n_pins)

    def on_reset(self) -> None:
        super().on_reset()
        self._set = self._inputs = 0
        self.put(0)

    def write_word(self, offset: int, value: int) -> None:
        super().write_word(offset, value)
        self.put(self.OUT & self.DIR | self.outputs & ~self.DIR)
        pull, bit = self.PULL.of(value), 1 << (offset - 0x200) // 4 if offset >= 0x200 else 0
        if pull:
            self._pulled = self._pulled | bit if pull == 3 else self._pulled & ~bit

    def receive(self, line: int, level: bool) -> None:
        self._set |= 1 << line
        self._inputs = self._inputs & ~(1 << line) | level << line

    def _read_inputs(self, index: int) -> int:
        inputs = self._inputs & self._set | self._pulled & ~self._set
        return self.outputs & self.DIR | inputs & ~self.DIR
