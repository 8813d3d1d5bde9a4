"""I2S: reception with EasyDMA, as master or slave. nRF52840 PS v1.7, "I2S - Inter-IC sound interface".

As a slave it follows the waves that a block makes on its SCK and LRCK pins (PWM). A buffer is computed at
once when it ends.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, Task, pin_name
from coincell.peripherals.nordic.serial import psel
from coincell.peripherals.registers import Register
from coincell.peripherals.registry import register
from coincell.simtime import Clock

SOURCE_HZ = 32_000_000
"""MCK = 32 MHz / floor(2**32 / MCKFREQ); reproduces every value of the MCKFREQ table of the PS."""
_RATIOS = (32, 48, 64, 96, 128, 192, 256, 384, 512)
_WIDTHS = (8, 16, 24)
_STORED = (np.dtype("<i1"), np.dtype("<i2"), np.dtype("<i4"))
"""PS, "Mapping of data samples to memory": four, two or one sample a word, the first lowest."""
_WORD_BITS = 24
_STEREO, _SLAVE = 0, 1


@register("nordic.i2s")
class I2s(NordicBlock):
    """Component states: off, running. Without clocks a slave waits."""

    TASKS_START = Task(0x000)
    TASKS_STOP = Task(0x004)
    EVENTS_RXPTRUPD = Event(0x104)
    EVENTS_STOPPED = Event(0x108)
    EVENTS_TXPTRUPD = Event(0x114, modelled=False)
    ENABLE = Register(0x500, mask=1)
    MODE = Register(0x504, mask=1, name="CONFIG.MODE")
    RXEN = Register(0x508, mask=1, name="CONFIG.RXEN")
    TXEN = Register(0x50C, reset=1, mask=1, name="CONFIG.TXEN")
    MCKEN = Register(0x510, reset=1, mask=1, name="CONFIG.MCKEN")
    MCKFREQ = Register(0x514, reset=0x2000_0000, name="CONFIG.MCKFREQ")
    RATIO = Register(0x518, reset=6, mask=0xF, name="CONFIG.RATIO")
    SWIDTH = Register(0x51C, reset=1, mask=3, name="CONFIG.SWIDTH")
    ALIGN = Register(0x520, mask=1, name="CONFIG.ALIGN")
    FORMAT = Register(0x524, mask=1, name="CONFIG.FORMAT")
    CHANNELS = Register(0x528, mask=3, name="CONFIG.CHANNELS")
    RXD_PTR = Register(0x538, name="RXD.PTR")
    TXD_PTR = Register(0x540, name="TXD.PTR")
    RXTXD_MAXCNT = Register(0x550, mask=0x3FFF, name="RXTXD.MAXCNT")
    PSEL_MCK = psel(0x560, "MCK")
    PSEL_SCK = psel(0x564, "SCK")
    PSEL_LRCK = psel(0x568, "LRCK")
    PSEL_SDIN = psel(0x56C, "SDIN")
    PSEL_SDOUT = psel(0x570, "SDOUT")

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._started = False
        self._clock: Clock | None = None
        self._begun = 0  # number of the frame that the buffer being filled began with
        self._buffer = (0, 0)
        self._full = context.sim.alarm(self._buffer_full)
        context.fabric.listen("waves", self._clocks_changed)

    def on_reset(self) -> None:
        self._halt()

    @ENABLE.on_write
    def _enabled(self, value: int, index: int) -> None:
        if not value:
            self._halt()

    @property
    def _width(self) -> int:
        return min(self.SWIDTH, 2)

    @property
    def clocks_hz(self) -> tuple[Fraction, Fraction] | None:
        """SCK and LRCK [Hz] as they are now, or will be once started; None while a slave has none."""
        if self.MODE == _SLAVE:
            waves = [
                self.context.wiring.waves.get(pin_name(p) or "") for p in (self.PSEL_SCK, self.PSEL_LRCK)
            ]
            return (waves[0].freq_hz, waves[1].freq_hz) if waves[0] and waves[1] else None
        ratio = _RATIOS[min(self.RATIO, len(_RATIOS) - 1)]
        if not self.MCKEN:
            return None
        lrck = Fraction(SOURCE_HZ, (1 << 32) // max(1, self.MCKFREQ)) / ratio
        return 2 * _WIDTHS[self._width] * lrck, lrck

    @TASKS_START.runs
    def _start(self, value: int, index: int) -> None:
        if not self.ENABLE or self._started:
            return
        if self.TXEN:
            self._unmodelled(self.name, "CONFIG.TXEN = 1: sending")
        if self.FORMAT or self.ALIGN:
            self._unmodelled(self.name, "CONFIG.FORMAT or ALIGN other than I2S, left")
        self._started = True
        self.power_state("running")
        self.needs_hfclk(self.MODE != _SLAVE)
        self._run()

    def _run(self) -> None:
        """Begin to receive, if there are clocks."""
        clocks = self.clocks_hz
        if clocks is None or not self.RXEN:
            return
        source = self.context.wiring.i2s.get(pin_name(self.PSEL_SDIN) or "")
        if source is not None:
            source.clock(*clocks)
        self._clock, self._begun = Clock(clocks[1], self._first_frame()), 0
        self._next_buffer()

    def _first_frame(self) -> int:
        """When the next frame begins [ps]: a master's at once, a slave's when LRCK falls."""
        if self.MODE != _SLAVE:
            return self.now
        wave = self.context.wiring.waves[pin_name(self.PSEL_LRCK) or ""]
        frames = Clock(wave.freq_hz, wave.since_ps)
        return frames.time_of(max(0, frames.cycle_at(self.now)))

    def _next_buffer(self) -> None:
        """Latch the buffer that RXD names and announce that the register may be written anew."""
        assert self._clock is not None
        self._buffer = self.RXD_PTR, self.RXTXD_MAXCNT
        frames = max(1, self._frames(self._buffer[1]))
        self._full.set(self._clock.time_of(self._begun + frames))
        self.fire(I2s.EVENTS_RXPTRUPD)

    def _frames(self, n_words: int) -> int:
        samples = n_words * 4 // _STORED[self._width].itemsize
        return samples // 2 if self.CHANNELS == _STEREO else samples

    def _buffer_full(self) -> None:
        frames = max(1, self._frames(self._buffer[1]))
        self._store(frames)
        self._begun += frames
        if self._clock is not None:
            self._next_buffer()

    def _store(self, frames: int) -> None:
        """Write what the first `frames` frames of the buffer brought."""
        assert self._clock is not None
        words = np.zeros((frames, 2), np.int32)
        source = self.context.wiring.i2s.get(pin_name(self.PSEL_SDIN) or "")
        if source is not None:
            words = source.words(self._clock.time_of(self._begun), self._clock.freq_hz, frames)
        samples = words if self.CHANNELS == _STEREO else words[:, int(self.CHANNELS == 2)]
        stored = (samples >> _WORD_BITS - _WIDTHS[self._width]).astype(_STORED[self._width])
        self.dma_write(self._buffer[0], stored.tobytes()[: 4 * self._buffer[1]])

    def _clocks_changed(self) -> None:
        """As a slave: clocks came, changed, or went; what was received of a buffer until then stays."""
        if not self._started or self.MODE != _SLAVE:
            return
        clocks = self.clocks_hz
        if self._clock is not None and (clocks is None or clocks[1] != self._clock.freq_hz):
            self._leave_off()
        if self._clock is None:
            self._run()

    @TASKS_STOP.runs
    def _stop(self, value: int, index: int) -> None:
        if self._started:
            self._halt()
            self.fire(I2s.EVENTS_STOPPED)

    def _leave_off(self) -> None:
        """Receive no more."""
        self._full.cancel()
        if self._clock is None:
            return
        complete = self._clock.cycle_at(self.now + 1) - 1 - self._begun
        if complete > 0:
            self._store(min(complete, self._frames(self._buffer[1])))
        self._clock = None
        source = self.context.wiring.i2s.get(pin_name(self.PSEL_SDIN) or "")
        if source is not None:
            source.clock(None, None)

    def _halt(self) -> None:
        self._leave_off()
        self._started = False
        self.power_state("off")
        self.needs_hfclk(False)
