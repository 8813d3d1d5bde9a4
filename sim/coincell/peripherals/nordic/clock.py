"""CLOCK: the high- and low-frequency oscillators. nRF52840 PS v1.7, "CLOCK - Clock control".

Frequencies are exact unless `lfrc_ppm`/`lfxo_ppm` say otherwise. HFINT's tolerance is not modelled.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, Task
from coincell.peripherals.registers import Field, Register
from coincell.peripherals.registry import register
from coincell.simtime import Clock, seconds

LFCLK_HZ = 32768
HFXO_POWER_UP_PS = seconds(Fraction(60, 10**6))
"""Before the debounce time of HFXODEBOUNCE. estimate: remembered from the PS's tSTART,HFXO row."""
DEBOUNCE_UNIT_PS = seconds(Fraction(16, 10**6))
"""Debounce time = HFXODEBOUNCE * 16 us. PS, HFXODEBOUNCE register; datasheet-typ."""
LFXO_START_PS = seconds(Fraction(1, 4))
"""tSTART,LFXO 0.25 s. estimate: remembered from the PS's electrical specification."""
LFRC_START_PS = seconds(Fraction(600, 10**6))
"""tSTART,LFRC 600 us. estimate: remembered from the PS's electrical specification."""
LFSYNT_START_PS = seconds(Fraction(100, 10**6))
"""tSTART,LFSYNT 100 us. estimate: remembered from the PS's electrical specification."""
CALIBRATION_PS = seconds(Fraction(16, 1000))
"""LFRC calibration against HFXO. estimate."""

RC, XTAL, SYNTH = 0, 1, 2
_RUNNING = 1 << 16


@register("nordic.clock")
class ClockBlock(NordicBlock):
    """Drives components `hfint`, `hfxo`, `lfrc`, `lfxo`, `lfsynt`; provides LFCLK to RTC and WDT."""

    TASKS_HFCLKSTART = Task(0x000)
    TASKS_HFCLKSTOP = Task(0x004)
    TASKS_LFCLKSTART = Task(0x008)
    TASKS_LFCLKSTOP = Task(0x00C)
    TASKS_CAL = Task(0x010)
    TASKS_CTSTART = Task(0x014)
    TASKS_CTSTOP = Task(0x018)
    EVENTS_HFCLKSTARTED = Event(0x100)
    EVENTS_LFCLKSTARTED = Event(0x104)
    EVENTS_DONE = Event(0x10C)
    EVENTS_CTTO = Event(0x110)
    EVENTS_CTSTARTED = Event(0x128)
    EVENTS_CTSTOPPED = Event(0x12C)
    HFCLKRUN = Register(0x408, access="r")
    HFCLKSTAT = Register(0x40C, access="r", reset=_RUNNING)
    LFCLKRUN = Register(0x414, access="r")
    LFCLKSTAT = Register(0x418, access="r")
    LFCLKSRCCOPY = Register(0x41C, access="r")
    SRC = Field(0, 1)
    LFCLKSRC = Register(0x518, fields=(SRC, Field(16, 17)))
    HFXODEBOUNCE = Register(0x528, reset=0x10, mask=0xFF)
    CTIV = Register(0x538, mask=0x7F)
    TRACECONFIG = Register(0x55C, mask=0x30003)
    # Not in the PS: written by Nordic's start-up code on some revisions; they store and do nothing
    TRIM_53C = Register(0x53C, name="(0x53C)")
    TRIM_EE4 = Register(0xEE4, name="(0xEE4)")
    LFRCMODE = Register(0x5B4, fields=(Field(0, 0), Field(16, 16)))

    def __init__(
        self, name: str, base: int, context: BlockContext, lfrc_ppm: float = 0, lfxo_ppm: float = 0
    ) -> None:
        super().__init__(name, base, context)
        self._rates = {
            RC: LFCLK_HZ * (1 + Fraction(lfrc_ppm) / 10**6),
            XTAL: LFCLK_HZ * (1 + Fraction(lfxo_ppm) / 10**6),
        }
        self._parts = {p: context.power(p) for p in ("hfint", "hfxo", "lfrc", "lfxo", "lfsynt")}
        self._states: dict[str, str] = {}
        self._requests: set[str] = set()
        self._lfclk: Clock | None = None
        self._followers: list[Callable[[], None]] = []
        self._hfxo_ready = context.sim.alarm(self._hfxo_started)
        self._lf_ready = context.sim.alarm(self._lf_started)
        self._lf_first = context.sim.alarm(self._lf_from_rc)
        self._calibrated = context.sim.alarm(lambda: self.fire(ClockBlock.EVENTS_DONE))
        self._calibration_due = context.sim.alarm(lambda: self.fire(ClockBlock.EVENTS_CTTO))
        context.clocks.provide(self)
        self._all_off()

    def on_reset(self) -> None:
        alarms = (self._hfxo_ready, self._lf_ready, self._lf_first, self._calibrated, self._calibration_due)
        for alarm in alarms:
            alarm.cancel()
        self._requests.clear()
        self._all_off()
        self._set_lfclk(None)

    def _all_off(self) -> None:
        for part in self._parts:
            self._enter(part, "off")

    def _enter(self, part: str, state: str) -> None:
        if self._states.get(part) != state:
            self._states[part] = state
            self._parts[part].enter(state)

    # the high-frequency clock

    def request_hfclk(self, who: str) -> None:
        self._requests.add(who)
        self._update_hfint()

    def release_hfclk(self, who: str) -> None:
        self._requests.discard(who)
        self._update_hfint()

    def _update_hfint(self) -> None:
        needed = bool(self._requests) and self._states["hfxo"] != "on"
        self._enter("hfint", "on" if needed else "off")

    @TASKS_HFCLKSTART.runs
    def _start_hfxo(self, value: int, index: int) -> None:
        self.HFCLKRUN = 1
        if self._states["hfxo"] == "on":
            self.fire(ClockBlock.EVENTS_HFCLKSTARTED)
        elif self._states["hfxo"] == "off":
            self._enter("hfxo", "starting")
            self._hfxo_ready.set(self.now + HFXO_POWER_UP_PS + self.HFXODEBOUNCE * DEBOUNCE_UNIT_PS)

    def _hfxo_started(self) -> None:
        self._enter("hfxo", "on")
        self.HFCLKSTAT = _RUNNING | 1
        self._update_hfint()
        self.fire(ClockBlock.EVENTS_HFCLKSTARTED)

    @TASKS_HFCLKSTOP.runs
    def _stop_hfxo(self, value: int, index: int) -> None:
        self._hfxo_ready.cancel()
        self.HFCLKRUN = 0
        self.HFCLKSTAT = _RUNNING
        self._enter("hfxo", "off")
        self._update_hfint()

    # the low-frequency clock

    @property
    def lfclk(self) -> Clock | None:
        return self._lfclk

    def on_lfclk_change(self, action: Callable[[], None]) -> None:
        self._followers.append(action)

    def _set_lfclk(self, rate_hz: Fraction | None) -> None:
        if rate_hz is None:
            self._lfclk = None
        elif self._lfclk is None:
            self._lfclk = Clock(rate_hz, self.now)
        elif self._lfclk.freq_hz != rate_hz:
            self._lfclk.change(rate_hz, self._lfclk.cycle_at(self.now))
        else:
            return
        for action in self._followers:
            action()

    @TASKS_LFCLKSTART.runs
    def _start_lf(self, value: int, index: int) -> None:
        if self.LFCLKRUN:
            return
        source = self.SRC.of(self.LFCLKSRC)
        self.LFCLKRUN, self.LFCLKSRCCOPY = 1, source
        if source == SYNTH:
            self._enter("lfsynt", "on")
            self.request_hfclk("lfsynt")
            self._lf_ready.set(self.now + LFSYNT_START_PS)
            return
        self._enter("lfrc", "on")
        if source == XTAL:
            self._enter("lfxo", "starting")
            self._lf_first.set(self.now + LFRC_START_PS)
        self._lf_ready.set(self.now + (LFXO_START_PS if source == XTAL else LFRC_START_PS))

    def _lf_from_rc(self) -> None:
        """While the crystal starts, LFCLK runs from the RC oscillator (PS, "LFCLK controller")."""
        self.LFCLKSTAT = _RUNNING | RC
        self._set_lfclk(self._rates[RC])

    def _lf_started(self) -> None:
        source = self.LFCLKSRCCOPY
        if source == XTAL:
            self._enter("lfxo", "on")
            self._enter("lfrc", "off")
        self.LFCLKSTAT = _RUNNING | source
        self._set_lfclk(self._rates.get(source, Fraction(LFCLK_HZ)))
        self.fire(ClockBlock.EVENTS_LFCLKSTARTED)

    @TASKS_LFCLKSTOP.runs
    def _stop_lf(self, value: int, index: int) -> None:
        self._lf_ready.cancel()
        self._lf_first.cancel()
        self.LFCLKRUN = self.LFCLKSTAT = 0
        for part in ("lfrc", "lfxo", "lfsynt"):
            self._enter(part, "off")
        self.release_hfclk("lfsynt")
        self._set_lfclk(None)

    # calibration of the RC oscillator

    @TASKS_CAL.runs
    def _calibrate(self, value: int, index: int) -> None:
        self._calibrated.set(self.now + CALIBRATION_PS)

    @TASKS_CTSTART.runs
    def _start_calibration_timer(self, value: int, index: int) -> None:
        self._calibration_due.set(self.now + self.CTIV * seconds(Fraction(1, 4)))  # CTIV in 0.25 s
        self.fire(ClockBlock.EVENTS_CTSTARTED)

    @TASKS_CTSTOP.runs
    def _stop_calibration_timer(self, value: int, index: int) -> None:
        self._calibration_due.cancel()
        self.fire(ClockBlock.EVENTS_CTSTOPPED)
