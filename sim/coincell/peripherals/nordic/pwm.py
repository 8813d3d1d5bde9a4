"""PWM: four channels of one counter. nRF52840 PS v1.7, "PWM - Pulse width modulation".

What it plays are steady waves: a sequence whose values are all alike. Edges are simulated up to 20 kHz; of a
faster wave, blocks that follow it (I2S) know frequency and phase, and the pin rests low.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import numpy as np

from coincell.peripherals.context import BlockContext, Wave
from coincell.peripherals.nordic.base import Event, Events, NordicBlock, Task, Tasks, pin_name
from coincell.peripherals.registers import Field, Register, Registers
from coincell.peripherals.registry import register
from coincell.ports import Pin
from coincell.simtime import PS_PER_S, Clock, Simulation

SOURCE_HZ = 16_000_000
EDGES_UP_TO_HZ = 20_000
_GROUPS = {0: 1, 1: 2, 2: 4}
"""DECODER.LOAD to how many values make a step: common, grouped, individual."""
_N, _FALLING_FIRST, _COMPARE = 4, 0x8000, 0x7FFF


@register("nordic.pwm")
class Pwm(NordicBlock):
    """Component states: off, running."""

    TASKS_STOP = Task(0x004)
    TASKS_SEQSTART = Tasks(0x008, 2)
    TASKS_NEXTSTEP = Task(0x010, modelled=False)
    EVENTS_STOPPED = Event(0x104)
    EVENTS_SEQSTARTED = Events(0x108, 2)
    EVENTS_SEQEND = Events(0x110, 2)
    EVENTS_PWMPERIODEND = Event(0x118, modelled=False)
    EVENTS_LOOPSDONE = Event(0x11C, modelled=False)
    ENABLE = Register(0x500, mask=1)
    MODE = Register(0x504, mask=1)
    COUNTERTOP = Register(0x508, reset=0x3FF, mask=_COMPARE)
    PRESCALER = Register(0x50C, mask=7)
    LOAD, STEPS = Field(0, 1), Field(8, 8)
    DECODER = Register(0x510, fields=(LOAD, STEPS))
    LOOP = Register(0x514, mask=0xFFFF)
    SEQ_PTR = Registers(0x520, 2, 0x20, name="SEQ[{}].PTR")
    SEQ_CNT = Registers(0x524, 2, 0x20, mask=_COMPARE, name="SEQ[{}].CNT")
    SEQ_REFRESH = Registers(0x528, 2, 0x20, reset=1, mask=0xFF_FFFF, name="SEQ[{}].REFRESH")
    SEQ_ENDDELAY = Registers(0x52C, 2, 0x20, mask=0xFF_FFFF, name="SEQ[{}].ENDDELAY")
    PSEL_OUT = Registers(
        0x560, _N, reset=0xFFFF_FFFF, fields=(Field(0, 4), Field(5, 5), Field(31, 31)), name="PSEL.OUT[{}]"
    )

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._outputs: dict[str, _Edges] = {}  # by the pin that it drives
        self._ends = tuple(context.sim.alarm(partial(self.fire, Pwm.EVENTS_SEQEND, n)) for n in range(2))
        self._stops = context.sim.alarm(self._stopped)
        self._begun_ps = 0

    def on_reset(self) -> None:
        self._stops.cancel()
        self._let_go()

    @property
    def freq_hz(self) -> Fraction:
        """Periods per second; counting up and down takes twice as long."""
        return Fraction(SOURCE_HZ >> self.PRESCALER, max(3, self.COUNTERTOP) * (1 + self.MODE))

    @ENABLE.on_write
    def _enabled(self, value: int, index: int) -> None:
        if not value:
            self.on_reset()

    @TASKS_SEQSTART.runs
    def _play(self, value: int, sequence: int) -> None:
        count, group = self.SEQ_CNT[sequence], _GROUPS.get(self.LOAD.of(self.DECODER))
        if not self.ENABLE or not count:
            return
        if group is None or self.LOOP or self.STEPS.of(self.DECODER):
            self._unmodelled(self.name, "waveform decoding, LOOP or steps by task")
            group = group or 4
        values = np.frombuffer(self.dma_read(self.SEQ_PTR[sequence], 2 * count), "<u2")
        steps = values[: count // group * group].reshape(-1, group)
        if not len(steps):
            return
        if (steps != steps[-1]).any():
            self._unmodelled(
                self.name, f"SEQ[{sequence}] of values that change: the last is played throughout"
            )
        self._stops.cancel()
        self._let_go()
        self.power_state("running")
        self.needs_hfclk(True)
        self._begun_ps = self.now
        for channel in range(_N):
            if pin := pin_name(self.PSEL_OUT[channel]):
                self._output(pin, int(steps[-1][channel * group // _N]))
        periods = len(steps) * (self.SEQ_REFRESH[sequence] + 1) + self.SEQ_ENDDELAY[sequence]
        self._ends[sequence].set(self.now + int(periods * PS_PER_S / self.freq_hz))
        self.fire(Pwm.EVENTS_SEQSTARTED, sequence)
        self.context.fabric.publish("waves")

    def _output(self, pin: str, value: int) -> None:
        """Play `value` on `pin`: the first edge of a period rises, unless bit 15 is set."""
        first, compare, top = bool(value & _FALLING_FIRST), value & _COMPARE, max(3, self.COUNTERTOP)
        net = self.context.pin(pin)
        self.context.fabric.publish(f"taken {pin}")
        self._outputs[pin] = edges = _Edges(self._sim, net, self.freq_hz)
        if compare == 0 or compare >= top:
            net.drive("mcu", first if compare else not first)
            return
        period_ps = PS_PER_S / self.freq_hz
        there = Fraction(compare, top * (1 + self.MODE))
        back = 1 - there if self.MODE else Fraction(1)  # counting down it is passed again
        falls = there if first else back % 1
        self.context.wiring.waves[pin] = Wave(self.freq_hz, self.now + int(falls * period_ps))
        if self.freq_hz <= EDGES_UP_TO_HZ:
            edges.play(first, int(there * period_ps), int(back * period_ps))
        else:
            net.drive("mcu", False)

    @TASKS_STOP.runs
    def _stop(self, value: int, index: int) -> None:
        """The period that is under way is still played."""
        if self._outputs:
            periods = Clock(self.freq_hz, self._begun_ps)
            self._stops.set(periods.time_of(periods.cycle_at(self.now)))

    def _stopped(self) -> None:
        self._let_go()
        self.fire(Pwm.EVENTS_STOPPED)

    def _let_go(self) -> None:
        """Pins are GPIO's again."""
        for end in self._ends:
            end.cancel()
        for pin, edges in self._outputs.items():
            edges.alarm.cancel()
            self.context.wiring.waves.pop(pin, None)
            self.context.pin(pin).drive("mcu", None)
            self.context.fabric.publish(f"released {pin}")
        if self._outputs:
            self._outputs = {}
            self.context.fabric.publish("waves")
        self.power_state("off")
        self.needs_hfclk(False)


class _Edges:
    """A pin's edges, two in each period from now on."""

    def __init__(self, sim: Simulation, net: Pin, freq_hz: Fraction) -> None:
        self._net = net
        self._periods = Clock(freq_hz, sim.now)
        self.alarm = sim.alarm(self._due)
        self._count = 0

    def play(self, first: bool, there_ps: int, back_ps: int) -> None:
        """`first`, from `there_ps` in a period to `back_ps` the other level."""
        self._first, self._at_ps = first, (there_ps, back_ps)
        self._net.drive("mcu", first)
        self._plan()

    def _plan(self) -> None:
        period, second = divmod(self._count, 2)
        self.alarm.set(self._periods.time_of(period) + self._at_ps[second])

    def _due(self) -> None:
        self._count += 1
        self._net.drive("mcu", self._first ^ bool(self._count % 2))
        self._plan()
