"""SAADC: successive approximation analog-to-digital converter. nRF52840 PS v1.7, "SAADC".

Ideal: no noise, offset or settling error. An input that the board does not wire reads 0 V.
"""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, Events, NordicBlock, Task
from coincell.peripherals.nordic.serial import easy_dma
from coincell.peripherals.registers import Field, Register, Registers
from coincell.peripherals.registry import register
from coincell.peripherals.tally import Tally

_US = 1_000_000
_N = 8
GAINS = (1 / 6, 1 / 5, 1 / 4, 1 / 3, 1 / 2, 1.0, 2.0, 4.0)
"""CONFIG.GAIN. PS."""
ACQUISITION_US = (3, 5, 10, 15, 20, 40)
"""CONFIG.TACQ [us]. PS."""
CONVERSION_PS = 2 * _US
"""tCONV, less than 2 us. estimate: remembered from the PS."""
CALIBRATION_PS = 50 * _US
"""Offset calibration. estimate."""
INTERNAL_REFERENCE_V = 0.6
"""PS, "Reference voltage and gain settings"; datasheet-typ."""
ANALOG_PINS = {1: "P0.02", 2: "P0.03", 3: "P0.04", 4: "P0.05", 5: "P0.28", 6: "P0.29", 7: "P0.30", 8: "P0.31"}
"""PSELP/PSELN value to pin: AIN0 to AIN7. PS, "Pin assignments"."""
_VDD, _VDDHDIV5 = 9, 13


@register("nordic.saadc")
class Saadc(NordicBlock):
    """Component states: off, idle, converting."""

    TASKS_START = Task(0x000)
    TASKS_SAMPLE = Task(0x004)
    TASKS_STOP = Task(0x008)
    TASKS_CALIBRATEOFFSET = Task(0x00C)
    EVENTS_STARTED = Event(0x100)
    EVENTS_END = Event(0x104)
    EVENTS_DONE = Event(0x108)
    EVENTS_RESULTDONE = Event(0x10C)
    EVENTS_CALIBRATEDONE = Event(0x110)
    EVENTS_STOPPED = Event(0x114)
    EVENTS_LIMITH = Events(0x118, _N, 8, name="EVENTS_CH[{}].LIMITH")
    EVENTS_LIMITL = Events(0x11C, _N, 8, name="EVENTS_CH[{}].LIMITL")
    STATUS = Register(0x400, access="r")
    ENABLE = Register(0x500, mask=1)
    CH_PSELP = Registers(0x510, _N, 16, mask=0x1F, name="CH[{}].PSELP")
    CH_PSELN = Registers(0x514, _N, 16, mask=0x1F, name="CH[{}].PSELN")
    RESP, RESN, GAIN, REFSEL = Field(0, 1), Field(4, 5), Field(8, 10), Field(12, 12)
    TACQ, MODE, BURST = Field(16, 18), Field(20, 20), Field(24, 24)
    CH_CONFIG = Registers(
        0x518,
        _N,
        16,
        reset=0x20000,
        fields=(RESP, RESN, GAIN, REFSEL, TACQ, MODE, BURST),
        name="CH[{}].CONFIG",
    )
    CH_LIMIT = Registers(0x51C, _N, 16, reset=0x7FFF8000, name="CH[{}].LIMIT")
    RESOLUTION = Register(0x5F0, reset=1, mask=7)
    OVERSAMPLE = Register(0x5F4, mask=0xF)
    RATE_CC, RATE_MODE = Field(0, 10), Field(12, 12)
    SAMPLERATE = Register(0x5F8, fields=(RATE_CC, RATE_MODE))
    RESULT_PTR, RESULT_MAXCNT, RESULT_AMOUNT = easy_dma(0x62C, "RESULT", mask=0x7FFF)

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._started = False
        self._buffer = (0, 0)
        self._n_results = 0
        self._queue: list[int] = []  # channels still to convert for this SAMPLE
        self._gathered: list[float] = []  # conversions of the result being averaged
        self.tallies: dict[str, Tally] = {}
        """What was read from each pin."""
        self._converted = context.sim.alarm(self._conversion_done)
        self._next_sample = context.sim.alarm(self._periodic_sample)
        self._calibrated = context.sim.alarm(lambda: self.fire(Saadc.EVENTS_CALIBRATEDONE))

    def on_reset(self) -> None:
        for alarm in (self._converted, self._next_sample, self._calibrated):
            alarm.cancel()
        self._started = False
        self._queue.clear()
        self._gathered.clear()
        self.needs_hfclk(False)

    @ENABLE.on_write
    def _enabled(self, value: int, index: int) -> None:
        if not value:
            self.on_reset()
        self.power_state("idle" if value else "off")

    @TASKS_START.runs
    def _start(self, value: int, index: int) -> None:
        if self.ENABLE:
            self._started = True
            self._buffer, self._n_results = (self.RESULT_PTR, self.RESULT_MAXCNT), 0
            self.RESULT_AMOUNT = 0
            self.needs_hfclk(True)
            self.fire(Saadc.EVENTS_STARTED)

    @TASKS_STOP.runs
    def _stop(self, value: int, index: int) -> None:
        if self.ENABLE:
            self.on_reset()
            self.STATUS = 0
            self.power_state("idle")
            self.fire(Saadc.EVENTS_STOPPED)

    @TASKS_CALIBRATEOFFSET.runs
    def _calibrate(self, value: int, index: int) -> None:
        if self.ENABLE:
            self._calibrated.set(self.now + CALIBRATION_PS)

    @TASKS_SAMPLE.runs
    def _sample(self, value: int, index: int) -> None:
        if not self._started or self._queue:
            return
        self._queue = [channel for channel in range(_N) if self.CH_PSELP[channel]]
        if self.RATE_MODE.of(self.SAMPLERATE) and self._next_sample.due > self.now + 10**12:
            self._schedule_periodic()
        self._convert()

    def _schedule_periodic(self) -> None:
        """Timer mode: one conversion every CC cycles of 16 MHz, from one SAMPLE task."""
        self._next_sample.set(self.now + max(80, self.RATE_CC.of(self.SAMPLERATE)) * 62_500)

    def _periodic_sample(self) -> None:
        self._schedule_periodic()
        self._sample(1, 0)

    def _convert(self) -> None:
        if not self._queue:
            self.STATUS = 0
            self.power_state("idle")
            return
        config = self.CH_CONFIG[self._queue[0]]
        acquisition_us = ACQUISITION_US[min(self.TACQ.of(config), len(ACQUISITION_US) - 1)]
        self.STATUS = 1
        self.power_state("converting")
        self._converted.set(self.now + acquisition_us * _US + CONVERSION_PS)

    def _voltage(self, selected: int) -> float:
        wires = self.context.wiring.analog
        if selected == _VDD:
            source, scale = wires.get("VDD"), 1.0
        elif selected == _VDDHDIV5:
            source, scale = wires.get("VDDH"), 0.2
        else:
            source, scale = wires.get(ANALOG_PINS.get(selected, "")), 1.0
        return source.voltage(self.now - CONVERSION_PS) * scale if source is not None else 0.0

    def _measure(self, channel: int) -> float:
        """RESULT before rounding: (V(P) - V(N)) * GAIN / REFERENCE * 2**(RESOLUTION - m). PS."""
        config = self.CH_CONFIG[channel]
        differential = self.MODE.of(config)
        voltage = self._voltage(self.CH_PSELP[channel])
        if differential:
            voltage -= self._voltage(self.CH_PSELN[channel])
        reference = self._voltage(_VDD) / 4 if self.REFSEL.of(config) else INTERNAL_REFERENCE_V
        bits = self._bits - (1 if differential else 0)
        scaled = voltage * GAINS[self.GAIN.of(config)] / reference * 2**bits if reference else 0.0
        return min(max(scaled, -(2.0**bits) if differential else 0.0), 2.0**bits - 1)

    @property
    def _bits(self) -> int:
        return 8 + 2 * min(3, self.RESOLUTION)

    def _conversion_done(self) -> None:
        channel = self._queue[0]
        self._gathered.append(self._measure(channel))
        self.fire(Saadc.EVENTS_DONE)
        wanted = 1 << self.OVERSAMPLE
        if len(self._gathered) < wanted:
            if not self.BURST.of(self.CH_CONFIG[channel]):
                self._queue.clear()  # the next conversion waits for the next SAMPLE
            self._convert()
            return
        result = int(sum(self._gathered) / len(self._gathered))
        self._gathered.clear()
        self._queue.pop(0)
        self._store(channel, result)
        self._convert()

    def _store(self, channel: int, result: int) -> None:
        if self._n_results < self._buffer[1]:
            data = result.to_bytes(2, "little", signed=True)
            self.dma_write(self._buffer[0] + 2 * self._n_results, data)
            pin = ANALOG_PINS.get(self.CH_PSELP[channel])
            if pin is not None:
                self.tallies.setdefault(pin, Tally()).add(data)
            self._n_results += 1
            self.RESULT_AMOUNT = self._n_results
        self.fire(Saadc.EVENTS_RESULTDONE)
        limit = self.CH_LIMIT[channel]
        low, high = (
            int.from_bytes(limit.to_bytes(4, "little")[i : i + 2], "little", signed=True) for i in (0, 2)
        )
        if result > high:
            self.fire(Saadc.EVENTS_LIMITH, channel)
        if result < low:
            self.fire(Saadc.EVENTS_LIMITL, channel)
        if self._n_results == self._buffer[1]:
            self._n_results = 0  # PS: START again before the next buffer; results go nowhere until then
            self._buffer = (0, 0)
            self.fire(Saadc.EVENTS_END)
