"""What ST's motion sensors from the LSM6DSO on share: output, FIFO, interrupts, wake-up, time stamp.

Names, addresses, bits: ST's drivers lsm6dso-pid (lsm6dso_reg.h) and iis3dwb-pid (iis3dwb_reg.h), which agree
on all that is here. What differs is a `Model`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain

import numpy as np

from coincell.devices.byte_registers import ByteRegisters
from coincell.devices.i2c_target import I2cTarget
from coincell.devices.sampled import Element, Words, quantised
from coincell.devices.tagged_fifo import ACCELERATION, BYPASS, CONTINUOUS, DEPTH, FIFO, ROTATION, TaggedFifo
from coincell.devices.wake_up import awake
from coincell.errors import InputError
from coincell.peripherals.tally import Tally
from coincell.ports import Pin
from coincell.simtime import Simulation

FIFO_CTRL1, FIFO_CTRL2, FIFO_CTRL3, FIFO_CTRL4 = 0x07, 0x08, 0x09, 0x0A
INT1_CTRL, INT2_CTRL, ID, CTRL1_XL, CTRL2_G, CTRL3_C = 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12
CTRL6_C, CTRL7_G, CTRL8_XL, CTRL10_C = 0x15, 0x16, 0x17, 0x19
ALL_INT_SRC, WAKE_UP_SRC, STATUS, TEMP, OUT_G, OUT_A = 0x1A, 0x1B, 0x1E, 0x20, 0x22, 0x28
FIFO_STATUS1, FIFO_STATUS2, TIMESTAMP = 0x3A, 0x3B, 0x40
LATCH, INTERRUPTS, WAKE_UP_THS, WAKE_UP_DUR, MD1_CFG, MD2_CFG = 0x56, 0x58, 0x5B, 0x5C, 0x5E, 0x5F
FIFO_DATA = 0x78
G_PER_LSB = (0.061e-3, 0.488e-3, 0.122e-3, 0.244e-3)
"""By FS_XL: 2, 16, 4, 8 g (lsm6dso_reg.c:122-140, iis3dwb_reg.c:115-133)."""
MDPS_PER_LSB = {0: 8.75, 1: 4.375, 2: 17.5, 4: 35.0, 6: 70.0}
"""By FS_G: 250, 125, 500, 1000, 2000 degrees per second (lsm6dso_reg.c:142-165)."""
CUTS = (4, 10, 20, 45, 100, 200, 400, 800)
"""By HPCF_XL: the second low pass cuts at the rate divided by this (iis3dwb_reg.h:932-945)."""
_XLDA, _GDA, _TDA = 1, 2, 4
_TH, _OVR, _FULL, _WU = 0x08, 0x10, 0x20, 0x100
_LOOK_AHEAD = 256
_SAME_PS = 1000
"""Two elements in step differ by rounding alone."""
_STAMP_PS = 25_000_000
"""One step of the time stamp: 25 µs (lsm6dso_reg.c:174)."""


@dataclass(frozen=True)
class Model:
    """What tells one part from another."""

    who_am_i: int
    rates_xl: Mapping[int, Fraction]
    """By the upper half of CTRL1_XL."""
    bandwidth_xl: Callable[[Fraction], Fraction]
    not_modelled: Mapping[int, tuple[int, str]]
    rates_g: Mapping[int, Fraction] = field(default_factory=dict)
    resets: Mapping[int, int] = field(default_factory=lambda: {CTRL3_C: 0x04})
    writable: Collection[int] = (
        *range(0x01, 0x03),
        *range(0x07, 0x0F),
        *range(0x10, 0x1A),
        *range(0x56, 0x60),
        *range(0x73, 0x76),
    )
    settling_s: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0))
    """Accelerometer, gyroscope: how long samples rise after it was switched on."""


class StMotion(I2cTarget):
    """The registers of one part. `changed` is called when what it draws may have changed."""

    def __init__(
        self,
        sim: Simulation,
        part: str,
        address: int,
        model: Model,
        acceleration: Element,
        rotation: Element | None,
        interrupts: tuple[Pin | None, Pin | None],
        changed: Callable[[], None],
    ) -> None:
        super().__init__(address)
        self._sim, self._part, self._model, self._changed = sim, part, model, changed
        self._xl, self._g = acceleration, rotation
        self._registers = ByteRegisters(part, model.resets, model.writable, model.not_modelled)
        self._pins = interrupts
        self._wake = sim.alarm(self._settle)
        self._alive = False
        self.tallies = {"acceleration": Tally(3)} | ({"rotation": Tally(3)} if rotation else {})
        self._forget()

    def power(self, on: bool) -> None:
        """Its supply is there and it has booted, or not."""
        self._alive = on
        self._registers.reset()
        self._forget()
        self._settle()

    def register(self, register: int) -> int:
        """What a register holds, for what the part draws."""
        return self._registers[register]

    @property
    def rates_hz(self) -> tuple[Fraction, Fraction]:
        """Of accelerometer and gyroscope; 0 while off."""
        return self._xl.rate_hz, self._g.rate_hz if self._g else Fraction(0)

    def _forget(self) -> None:
        self._fifo = TaggedFifo()
        self._settings: dict[Element, tuple[int, ...]] = {}
        self._seen: dict[Element, int] = {}
        self._output: dict[Element, bytes] = {}
        self._unread: set[Element] = set()
        self._held: dict[int, int] = {}
        self._fresh = 0
        self._woken = 0  # WAKE_UP_SRC
        self._stamped_ps: int | None = None
        self._collected_ps = -1
        self._settled = True
        for element in self._elements:
            element.stop()
            self._seen[element], self._output[element] = 0, bytes(6)

    @property
    def _elements(self) -> tuple[Element, ...]:
        return (self._xl,) if self._g is None else (self._g, self._xl)

    # ---- the bus --------------------------------------------------------------------------------------
    def answers(self) -> bool:
        return self._alive

    def register_after(self, register: int, writing: bool) -> int:
        """Reading the FIFO goes round over the seven bytes of a word."""
        if register == FIFO_DATA + 6 and not writing:
            return FIFO_DATA
        return (register + 1) & 0x7F if self._registers[CTRL3_C] & 0x04 else register

    def read_register(self, register: int) -> int:
        register &= 0x7F
        if FIFO_DATA <= register < FIFO_DATA + 7 and self._sim.now == self._collected_ps:
            if self._settled:  # words that are read at one moment: one look at the pins when all are
                self._settled = False
                self._wake.set(self._sim.now)
            return self._pop(register - FIFO_DATA)
        self._collect()
        value = self._answer(register)
        self._settle()
        return value

    def _answer(self, register: int) -> int:
        if register == ID:
            return self._model.who_am_i
        if register == STATUS:
            return self._fresh | (_TDA if any(element.on for element in self._elements) else 0)
        if OUT_G <= register < OUT_G + 6 and self._g is not None:
            return self._out(self._g, register - OUT_G, _GDA)
        if OUT_A <= register < OUT_A + 6:
            return self._out(self._xl, register - OUT_A, _XLDA)
        if register == FIFO_STATUS1:
            return len(self._fifo) & 0xFF
        if register == FIFO_STATUS2:
            return self._fifo_status()
        if FIFO_DATA <= register < FIFO_DATA + 7:
            return self._pop(register - FIFO_DATA)
        if register == ALL_INT_SRC:
            return 0x02 if self._woken & 0x08 else 0
        if register == WAKE_UP_SRC:
            woken = self._woken
            if self._registers[LATCH] & 1:
                self._woken = 0
            return woken
        if TIMESTAMP <= register < TIMESTAMP + 4 and self._stamped_ps is not None:
            return (self._sim.now - self._stamped_ps) // _STAMP_PS >> 8 * (register - TIMESTAMP) & 0xFF
        return self._registers[register]  # OUT_TEMP too: 0 is 25 °C

    def write_register(self, register: int, value: int) -> None:
        register &= 0x7F
        self._collect()
        if register == FIFO_CTRL4 and value & 7 not in (BYPASS, FIFO, CONTINUOUS):
            raise InputError(
                f"{self._part} was asked for a FIFO mode that its model lacks",
                key="FIFO_CTRL4.FIFO_MODE",
                value=value & 7,
                allowed=[BYPASS, FIFO, CONTINUOUS],
                mend="use one of those, or add the mode to the device's driver",
            )
        if not self._registers.store(register, value):
            return
        if register == CTRL3_C and value & 0x81:
            if value & 0x01:
                self._registers.reset()
                self._forget()
            self._registers.clear(CTRL3_C, 0x81)
        if register == CTRL10_C:
            self._stamped_ps = self._sim.now if value & 0x20 else None
        self._configure()
        self._settle()

    # ---- sampling -------------------------------------------------------------------------------------
    def _configure(self) -> None:
        registers, model, fifo = self._registers, self._model, self._fifo
        code = registers[CTRL1_XL] >> 4
        rate = model.rates_xl.get(code)
        cut = CUTS[registers[CTRL8_XL] >> 5] if registers[CTRL1_XL] & 0x02 else 0
        bandwidth = rate / cut if rate and cut else model.bandwidth_xl(rate) if rate else Fraction(0)
        self._run(self._xl, (code, cut), rate, bandwidth, model.settling_s[0])
        if self._g is not None:
            code = registers[CTRL2_G] >> 4
            rate = model.rates_g.get(code)
            # AN5192: its second low pass cuts near a third of the rate (33 Hz at 104 Hz); from memory
            self._run(self._g, (code,), rate, (rate or Fraction(0)) / 3, model.settling_s[1])
        fifo.mode = registers[FIFO_CTRL4] & 7
        fifo.threshold = registers[FIFO_CTRL1] | (registers[FIFO_CTRL2] & 1) << 8
        fifo.stop_at_threshold = bool(registers[FIFO_CTRL2] & 0x80)
        if fifo.mode == BYPASS:
            fifo.clear()
        if not registers[INTERRUPTS] & 0x80:
            self._woken = 0
        self._changed()

    def _run(
        self,
        element: Element,
        settings: tuple[int, ...],
        rate: Fraction | None,
        bandwidth: Fraction,
        settling_s: Fraction,
    ) -> None:
        """A new rate or filter begins a new grid now; in step with the other element at the same rate."""
        if self._settings.get(element, (0,)) == settings or (rate is None and not element.on):
            return
        self._settings[element] = settings
        self._seen[element] = 0
        element.stop()
        if rate:
            others = [other for other in self._elements if other is not element and other.rate_hz == rate]
            start_ps = others[0].last_tick(self._sim.now) if others else self._sim.now
            element.begin(start_ps, rate, bandwidth, -int(-settling_s * rate // 1))

    def _quantised(self, element: Element, first: int, count: int) -> Words:
        values = element.read(first, count)
        if element is self._xl:
            return quantised(values, G_PER_LSB[self._registers[CTRL1_XL] >> 2 & 3])
        scale = MDPS_PER_LSB.get(self._registers[CTRL2_G] >> 1 & 7, 8.75)
        return quantised(values, float(np.radians(scale / 1000)))

    def _collect(self) -> None:
        """Take note of every sample that is complete by now."""
        if self._collected_ps == self._sim.now:
            return
        self._collected_ps = self._sim.now
        words: list[list[tuple[int, int, bytes]]] = []
        for element in self._elements:
            first, complete = self._seen[element], element.complete(self._sim.now)
            if complete <= first:
                continue
            if element is self._xl:
                self._feel(first, complete)
            words.append(self._batched(element, first, complete))
            self._output[element] = self._quantised(element, complete - 1, 1).tobytes()
            self._unread.add(element)
            self._fresh |= _XLDA if element is self._xl else _GDA
            self._seen[element] = complete
        if self._fifo.mode != BYPASS and any(words):
            self._gather(words)

    def _batched(self, element: Element, first: int, complete: int) -> list[tuple[int, int, bytes]]:
        """Time, sensor and bytes of the samples that go into the FIFO."""
        nibbles = self._registers[FIFO_CTRL3]
        batch, odr = (nibbles & 15, CTRL1_XL) if element is self._xl else (nibbles >> 4, CTRL2_G)
        if self._fifo.mode == BYPASS or not batch:
            return []
        every = 1 << max(0, (self._registers[odr] >> 4) - batch)  # each rate is twice the one before
        first += -first % every
        if self._fifo.mode == CONTINUOUS:
            kept = max(first, complete - DEPTH * every)
            kept += -kept % every
            if kept > first:
                self._fifo.skip((kept - first) // every)
                first = kept
        if first >= complete:
            return []
        rows = self._quantised(element, first, complete - first)[::every]
        sensor = ACCELERATION if element is self._xl else ROTATION
        times = range(first, complete, every)
        return [(element.time_of(n), sensor, row.tobytes()) for n, row in zip(times, rows, strict=True)]

    def _gather(self, words: list[list[tuple[int, int, bytes]]]) -> None:
        moment, slot = -1, list[tuple[int, bytes]]()
        for time_ps, sensor, data in sorted(chain.from_iterable(words), key=lambda word: word[:2]):
            if time_ps - moment > _SAME_PS and slot:
                self._fifo.push(slot)
                slot = []
            moment = time_ps
            slot.append((sensor, data))
        self._fifo.push(slot)

    # ---- reading --------------------------------------------------------------------------------------
    def _out(self, element: Element, place: int, flag: int) -> int:
        """A byte of the latest sample; with BDU, never half of one and half of the next."""
        sample, key = self._output[element], flag << 4 | place
        byte = self._held.pop(key, sample[place])
        if self._registers[CTRL3_C] & 0x40 and not place & 1:
            self._held[key + 1] = sample[place + 1]
        if place & 1:
            self._fresh &= ~flag
        if element in self._unread:
            self._unread.discard(element)
            self._tally(element, sample)
        return byte

    def _tally(self, element: Element, sample: bytes) -> None:
        name = "acceleration" if element is self._xl else "rotation"
        self.tallies[name].add(sample, rate_hz=element.rate_hz)

    def _pop(self, place: int) -> int:
        byte, word = self._fifo.read(place)
        if word is not None:
            element = self._g if word[0] >> 3 == ROTATION and self._g is not None else self._xl
            self._unread.discard(element)
            self._tally(element, word[1])
        return byte

    def _fifo_status(self) -> int:
        fifo = self._fifo
        value = len(fifo) >> 8 | fifo.overrun_latched << 3 | self._nearly_full << 5
        value |= fifo.overrun << 6 | fifo.at_threshold << 7
        fifo.overrun_latched = fifo.overrun
        return value

    @property
    def _nearly_full(self) -> bool:
        """Full with the next slot."""
        return self._fifo.mode != BYPASS and len(self._fifo) >= self._fifo.depth - len(self._elements)

    # ---- wake-up and interrupts -----------------------------------------------------------------------
    def _waking(self, first: int, end: int) -> tuple[int, np.ndarray[tuple[int, int], np.dtype[np.bool_]]]:
        """Which axes wake at samples from the one returned (at least `first`) to `end`."""
        registers = self._registers
        duration = registers[WAKE_UP_DUR] >> 5 & 3
        start = max(first, duration + 1)
        if start >= end:
            return end, np.zeros((0, 3), bool)
        full_scale = G_PER_LSB[registers[CTRL1_XL] >> 2 & 3] * 32768
        step = full_scale / (256 if registers[WAKE_UP_DUR] & 0x10 else 64)
        felt = self._xl.read(start - duration - 1, end - start + duration + 1)
        return start, awake(felt, (registers[WAKE_UP_THS] & 0x3F) * step, duration)

    def _feel(self, first: int, complete: int) -> None:
        if not self._registers[INTERRUPTS] & 0x80:
            return
        latched = bool(self._registers[LATCH] & 1)
        _, axes = self._waking(first, complete)
        moved = axes.any(axis=0) if latched else axes[-1] if len(axes) else np.zeros(3, bool)
        source = 0x08 | int(moved @ np.array([4, 2, 1])) if moved.any() else 0
        self._woken = self._woken | source if latched else source

    def _settle(self) -> None:
        """Drive the interrupt pins, and be called again when a sample may change them."""
        self._settled = True
        if self._pins == (None, None):
            return
        self._collect()
        reasons = self._fresh & (_XLDA | _GDA) | _TH * self._fifo.at_threshold
        reasons |= _OVR * self._fifo.overrun | _FULL * self._nearly_full | _WU * bool(self._woken & 0x08)
        active_low, enabled = bool(self._registers[CTRL3_C] & 0x20), 0
        for pin, control, more in zip(self._pins, (INT1_CTRL, INT2_CTRL), (MD1_CFG, MD2_CFG), strict=True):
            if pin is not None:
                mine = self._registers[control] | _WU * (self._registers[more] >> 5 & 1)
                enabled |= mine
                pin.drive(self._part, bool(mine & reasons) != active_low if self._alive else None)
        due = [when for element in self._elements if (when := self._next(element, enabled, reasons))]
        if due:
            self._wake.set(min(due))
        else:
            self._wake.cancel()

    def _next(self, element: Element, enabled: int, reasons: int) -> int | None:
        """When a sample of `element` may next change what `enabled` watches."""
        if not element.on:
            return None
        seen, ahead = self._seen[element], list[int]()
        if enabled & (_XLDA if element is self._xl else _GDA):
            ahead.append(1)
        for flag, level in (
            (_TH, self._fifo.threshold),
            (_FULL, self._fifo.depth - len(self._elements)),
            (_OVR, self._fifo.depth + 1),
        ):
            if enabled & flag and not reasons & flag and self._fifo.mode != BYPASS:
                ahead.append(max(1, (level - len(self._fifo)) // len(self._elements)))
        settled = bool(self._registers[LATCH] & 1 and self._woken)  # until it is read
        feeling = element is self._xl and self._registers[INTERRUPTS] & 0x80
        if enabled & _WU and feeling and not settled:
            start, axes = self._waking(seen, seen + _LOOK_AHEAD)
            hits = np.flatnonzero(axes.any(axis=1) != bool(self._woken))
            ahead.append(int(start - seen + hits[0] + 1) if len(hits) else _LOOK_AHEAD)
        return element.time_of(seen + min(ahead) - 1) if ahead else None
