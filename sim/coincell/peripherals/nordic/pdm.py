"""PDM: microphone input with decimation and EasyDMA. nRF52840 PS v1.7, "PDM - Pulse density modulation".

The decimator is ideal: each sample is the mean ones density of its period, scaled by the gain; the hardware's
filter delay and high-pass are not modelled. A buffer is computed at once when it ends.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction

import numpy as np

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, Task, pin_name
from coincell.peripherals.nordic.serial import psel
from coincell.peripherals.registers import Field, Register
from coincell.peripherals.registry import register
from coincell.ports import PdmSource
from coincell.simtime import Clock

SOURCE_HZ = 32_000_000
"""PDM_CLK = 32 MHz / floor(2**32 / FREQ); reproduces every value of the PDMCLKCTRL table of the PS."""
DEFAULT_GAIN_DB = 3.2
"""GPDM,default, the gain at GAINL = 0x28. Nordic, nRF54L15 datasheet, "PDM / Decimation filter"
(the nRF52840 PS names the same symbol); datasheet-typ."""
_GAIN_ZERO, _GAIN_MAX = 0x28, 0x50
_FULL_SCALE = 32768


@register("nordic.pdm")
class Pdm(NordicBlock):
    """Component states: off, running."""

    TASKS_START = Task(0x000)
    TASKS_STOP = Task(0x004)
    EVENTS_STARTED = Event(0x100)
    EVENTS_STOPPED = Event(0x104)
    EVENTS_END = Event(0x108)
    ENABLE = Register(0x500, mask=1)
    PDMCLKCTRL = Register(0x504, reset=0x0840_0000)
    OPERATION, EDGE = Field(0, 0), Field(1, 1)
    MODE = Register(0x508, fields=(OPERATION, EDGE))
    GAINL = Register(0x518, reset=_GAIN_ZERO, mask=0x7F)
    GAINR = Register(0x51C, reset=_GAIN_ZERO, mask=0x7F)
    RATIO = Register(0x520, mask=1)
    PSEL_CLK = psel(0x540, "CLK")
    PSEL_DIN = psel(0x544, "DIN")
    SAMPLE_PTR = Register(0x560, name="SAMPLE.PTR")
    SAMPLE_MAXCNT = Register(0x564, mask=0x7FFF, name="SAMPLE.MAXCNT")

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._running = False
        self._source: PdmSource | None = None
        self._clock: Clock | None = None
        self._begun = 0  # number of the sample period that the buffer being filled began with
        self._buffer = (0, 0)
        self._full = context.sim.alarm(self._buffer_full)
        self._digest = hashlib.sha256()
        self.n_samples = 0
        self.keep_samples = False
        self.kept = bytearray()
        """Every sample that left, where they are to be kept."""
        self.first_buffer = 0

    def on_reset(self) -> None:
        self._halt()

    @property
    def sample_digest(self) -> str:
        """SHA-256 of every quantised sample that left, as little-endian int16."""
        return self._digest.hexdigest()

    @property
    def n_channels(self) -> int:
        """1 (mono) or 2, as MODE says now."""
        return 1 if self.OPERATION.of(self.MODE) else 2

    @property
    def clock_hz(self) -> Fraction:
        """PDM_CLK as PDMCLKCTRL sets it [Hz]."""
        return Fraction(SOURCE_HZ, (1 << 32) // max(1, self.PDMCLKCTRL))

    @property
    def rate_hz(self) -> Fraction:
        """Samples per second and channel."""
        return self.clock_hz / (80 if self.RATIO else 64)

    @ENABLE.on_write
    def _enabled(self, value: int, index: int) -> None:
        if not value:
            self._halt()

    @TASKS_START.runs
    def _start(self, value: int, index: int) -> None:
        if not self.ENABLE or self._running:
            return
        pins = pin_name(self.PSEL_CLK), pin_name(self.PSEL_DIN)
        self._source = self.context.wiring.pdm.get((pins[0], pins[1])) if pins[0] and pins[1] else None
        if self._source is not None:
            self._source.clock(self.clock_hz)
        self._running = True
        self._clock = Clock(self.rate_hz, self.now)
        self._begun = 0
        self.power_state("running")
        self.needs_hfclk(True)
        self._next_buffer()

    def _next_buffer(self) -> None:
        """Latch the buffer that SAMPLE names and announce that the registers may be written anew."""
        assert self._clock is not None
        self._buffer = self.SAMPLE_PTR, self.SAMPLE_MAXCNT
        periods = max(1, self._periods(self._buffer[1]))
        self._full.set(self._clock.time_of(self._begun + periods))
        self.fire(Pdm.EVENTS_STARTED)

    def _periods(self, n_samples: int) -> int:
        """Sample periods that `n_samples` take: stereo puts two in each."""
        return n_samples if self.OPERATION.of(self.MODE) else n_samples // 2

    def _buffer_full(self) -> None:
        periods = max(1, self._periods(self._buffer[1]))
        self._store(periods)
        self._begun += periods
        self.fire(Pdm.EVENTS_END)
        if self._running:
            self._next_buffer()

    @TASKS_STOP.runs
    def _stop(self, value: int, index: int) -> None:
        if not self._running or self._clock is None:
            return
        complete = self._clock.cycle_at(self.now + 1) - 1 - self._begun
        self._store(min(complete, self._periods(self._buffer[1])))
        self._halt()
        self.fire(Pdm.EVENTS_END)
        self.fire(Pdm.EVENTS_STOPPED)

    def _halt(self) -> None:
        self._full.cancel()
        if self._running and self._source is not None:
            self._source.clock(None)
        self._running = False
        self.power_state("off")
        self.needs_hfclk(False)

    def _store(self, periods: int) -> None:
        """Compute and write the first `periods` sample periods of the buffer."""
        if periods <= 0 or not self._buffer[1]:
            return
        mono, edge = self.OPERATION.of(self.MODE), bool(self.EDGE.of(self.MODE))
        if mono:
            samples = self._channel(periods, edge, self.GAINL)
        else:
            samples = np.empty(2 * periods, np.dtype("<i2"))
            samples[0::2] = self._channel(periods, edge, self.GAINL)
            samples[1::2] = self._channel(periods, not edge, self.GAINR)
        data = samples.tobytes()
        self._digest.update(data)
        self.first_buffer = self.first_buffer or len(samples)
        self.n_samples += len(samples)
        if self.keep_samples:
            self.kept += data
        self.dma_write(self._buffer[0], data)

    def _channel(
        self, periods: int, rising_edge: bool, gain: int
    ) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
        """Left is sampled at the falling edge unless MODE.EDGE swaps them: PS, "Module operation"."""
        if self._source is None or self._clock is None:
            return np.zeros(periods, np.dtype("<i2"))
        start_ps = self._clock.time_of(self._begun)
        density = self._source.density(start_ps, self._clock.freq_hz, periods, rising_edge)
        gain_db = DEFAULT_GAIN_DB + (min(gain, _GAIN_MAX) - _GAIN_ZERO) * 0.5
        scaled = np.rint(density * (_FULL_SCALE * 10 ** (gain_db / 20)))
        return np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.dtype("<i2"))
