"""Maxim MAX30101: pulse oximeter with LEDs, photodiode and FIFO, on I2C. Registers are in max30101_registers.

A signal is the photocurrent of one colour at the description's reference current of its LED; it follows the
LED's current. Samples are worked out when somebody looks, or when an interrupt is due. Proximity mode is not
modelled; ambient light is taken to be cancelled.
"""

from __future__ import annotations

from collections import deque
from fractions import Fraction

from coincell.devices import max30101_registers as reg
from coincell.devices.felt import Felt
from coincell.devices.i2c_target import I2cTarget
from coincell.devices.noise import Noise
from coincell.devices.registry import DeviceContext, register
from coincell.devices.supply import Supply
from coincell.peripherals.tally import Tally
from coincell.simtime import PS_PER_S, Clock, seconds

_NOISE_KIND = 0x3010
_FULL = (1 << 18) - 1
_MODES = (reg.HEART_RATE, reg.SPO2, reg.MULTI_LED)


@register("max30101")
class Max30101(I2cTarget):
    """States: off, shutdown, idle, sampling_<n>ua: its own current and the mean of its LEDs' [µA].

    INT is open drain, low while an enabled interrupt waits to be read.
    """

    def __init__(self, context: DeviceContext) -> None:
        super().__init__(0x57)
        self.part = context.part
        self._sim = context.sim
        self._power = context.power
        value = context.description.parameter
        self._supply_ua = value("supply_ua")
        self._reference_a = value("reference_ma") / 1000
        self._noise_a = float(value("noise_pa_rms")) * 1e-12
        self._feel = {name: Felt(signal) for name, signal in context.signals.items()}
        self._noise = Noise(context.seed, self.part.name, _NOISE_KIND)
        self.tallies = {name: Tally() for name in reg.LEDS}
        self._int = context.wired("INT")
        self._due = self._sim.alarm(self._look)
        self._temperature_done = self._sim.alarm(self._temperature_ready)
        self._clock: Clock | None = None
        self._n_done = 0
        self._fifo: deque[bytes] = deque()
        self._write = self._read = self._overflows = 0
        self._place = 0  # of the next byte in the sample that is being read
        self._supply = Supply(context, self._supplied)
        self._supplied()

    def _supplied(self) -> None:
        self._reset()
        self._status[reg.STATUS_1] = reg.POWER_READY
        if not self._supply.on:
            self._power.enter("off")
        self._signal()

    def _reset(self) -> None:
        self._held = bytearray(256)
        self._status = {reg.STATUS_1: 0, reg.STATUS_2: 0}
        self._temperature_done.cancel()
        self._empty()
        self._configure()

    # ---- sampling
    @property
    def _slots(self) -> list[str]:
        """The LEDs that take turns in a sample."""
        mode = self._held[reg.MODE_CONFIG] & reg.MODE
        if mode == reg.MULTI_LED:
            both = self._held[reg.SLOTS_12], self._held[reg.SLOTS_34]
            codes = [code for pair in both for code in (pair & 7, pair >> 4 & 7)]
            return [reg.LEDS[code - 1] for code in codes if 1 <= code <= len(reg.LEDS)]
        return {reg.HEART_RATE: ["red"], reg.SPO2: ["red", "infrared"]}.get(mode, [])

    def _led_a(self, led: str) -> Fraction:
        return self._held[reg.LED_CURRENT + reg.LEDS.index(led)] * reg.LED_STEP_A

    def _configure(self) -> None:
        """Begin to sample anew, or stop, as the registers say."""
        mode = self._held[reg.MODE_CONFIG]
        slots = self._slots
        self._n_done = 0
        if mode & reg.SHUTDOWN or mode & reg.MODE not in _MODES or not slots:
            self._clock = None
            self._power.enter("shutdown" if mode & reg.SHUTDOWN else "idle")
        else:
            config = self._held[reg.SPO2_CONFIG]
            code = min(config >> 2 & 7, reg.HIGHEST_RATE[mode & reg.MODE][config & 3])
            self._held[reg.SPO2_CONFIG] = config & ~0x1C | code << 2
            rate = Fraction(reg.SAMPLE_RATE_HZ[code])
            self._clock = Clock(rate, self._sim.now)
            share = reg.PULSE_US[config & 3] * rate / 10**6
            led_ua = sum((self._led_a(led) for led in slots), Fraction(0)) * share * 10**6
            self._power.enter(f"sampling_{round(self._supply_ua + led_ua)}ua")
        self._schedule()

    def _complete(self) -> int:
        """How many samples the FIFO was given since sampling began."""
        if self._clock is None:
            return 0
        raw = max(0, self._clock.cycle_at(self._sim.now + 1) - 1)
        return raw // reg.averaged(self._held[reg.FIFO_CONFIG])

    def _catch_up(self) -> None:
        """Put what was sampled since last time into the FIFO."""
        n_new = self._complete() - self._n_done
        if n_new <= 0:
            return
        rolls = bool(self._held[reg.FIFO_CONFIG] & reg.ROLLOVER)
        first = self._n_done + (max(0, n_new - reg.DEPTH) if rolls else 0)
        before = len(self._fifo)
        taken = n_new if rolls else min(n_new, reg.DEPTH - before)
        for number in range(first, self._n_done + taken):
            self._fifo.append(self._sample(number))
        self._write = (self._write + taken) % reg.DEPTH
        self._overflows = min(0x1F, self._overflows + max(0, before + n_new - reg.DEPTH))
        while len(self._fifo) > reg.DEPTH:
            self._fifo.popleft()
            self._place = 0
        self._read = (self._write - len(self._fifo)) % reg.DEPTH
        self._n_done += n_new
        self._status[reg.STATUS_1] |= reg.NEW_DATA
        if before < self._almost_full <= before + taken:
            self._status[reg.STATUS_1] |= reg.ALMOST_FULL

    def _sample(self, number: int) -> bytes:
        """What each slot gives, three bytes each."""
        assert self._clock is not None, "only a part that samples has samples"
        times = reg.averaged(self._held[reg.FIFO_CONFIG])
        config = self._held[reg.SPO2_CONFIG]
        lsb_a = float(reg.lsb_a(config))
        coarse = 3 - (config & 3)  # 15 bits at the shortest pulse, 18 at the longest, left-justified
        words = bytearray()
        for led in self._slots:
            counts = 0
            for raw in range(number * times, (number + 1) * times):
                time = self._clock.time_of(raw + 1)
                count = int(self._current_a(led, time) / lsb_a)
                counts += min(max(count, 0), _FULL) >> coarse << coarse
            word = (counts // times).to_bytes(3, "big")
            self.tallies[led].add(word)
            words += word
        return bytes(words)

    def _current_a(self, led: str, time: int) -> float:
        feel = self._feel.get(led)
        felt_a = float(feel.at(time)[0]) if feel else 0.0
        noise = self._noise.at(3 * (time * 3200 // PS_PER_S) + reg.LEDS.index(led))
        return felt_a * float(self._led_a(led) / self._reference_a) + noise * self._noise_a

    # ---- interrupts
    @property
    def _almost_full(self) -> int:
        """Samples in the FIFO at which it is almost full."""
        return reg.DEPTH - (self._held[reg.FIFO_CONFIG] & 0xF)

    def _look(self) -> None:
        self._catch_up()
        self._schedule()

    def _schedule(self) -> None:
        """Look again when an enabled interrupt that does not wait yet will come."""
        self._signal()
        enabled = self._held[reg.ENABLE_1] & ~self._status[reg.STATUS_1]
        n_more = None
        if enabled & reg.NEW_DATA:
            n_more = 1
        elif enabled & reg.ALMOST_FULL and len(self._fifo) < self._almost_full:
            n_more = self._almost_full - len(self._fifo)
        if n_more is None or self._clock is None:
            self._due.cancel()
            return
        raw = (self._n_done + n_more) * reg.averaged(self._held[reg.FIFO_CONFIG])
        self._due.set(max(self._sim.now, self._clock.time_of(raw)))

    def _signal(self) -> None:
        if self._int is not None:
            waits = self._status[reg.STATUS_1] & (self._held[reg.ENABLE_1] | reg.POWER_READY)
            waits |= self._status[reg.STATUS_2] & self._held[reg.ENABLE_2]
            self._int.drive(self.part.name, False if waits and self._supply.on else None)

    def _temperature_ready(self) -> None:
        self._held[reg.TEMP_CONFIG] = 0
        self._held[reg.TEMP_INTEGER], self._held[reg.TEMP_FRACTION] = 25, 0
        self._status[reg.STATUS_2] |= reg.TEMPERATURE_READY
        self._signal()

    # ---- registers
    def answers(self) -> bool:
        return self._supply.on

    def start(self, read: bool) -> bool:
        self._catch_up()
        return super().start(read)

    def register_after(self, register: int, writing: bool) -> int | None:
        return register if register == reg.FIFO_DATA else register + 1 & 0xFF

    def read_register(self, register: int) -> int:
        if register in self._status:
            status, self._status[register] = self._status[register], 0
            self._schedule()
            return status
        if register == reg.FIFO_DATA:
            return self._next_byte()
        pointers = {
            reg.WRITE_POINTER: self._write,
            reg.OVERFLOWS: self._overflows,
            reg.READ_POINTER: self._read,
        }
        ids = {reg.PART_ID: reg.THE_PART, reg.REVISION_ID: reg.THE_REVISION}
        return (pointers | ids).get(register, self._held[register])

    def _next_byte(self) -> int:
        if not self._fifo:
            return 0
        sample = self._fifo[0]
        byte = sample[self._place]
        self._place += 1
        if self._place == len(sample):
            self._fifo.popleft()
            self._place, self._overflows = 0, 0
            self._read = (self._read + 1) % reg.DEPTH
            self._status[reg.STATUS_1] &= ~reg.NEW_DATA & 0xFF
            self._schedule()
        return byte

    def _empty(self) -> None:
        self._fifo.clear()
        self._write = self._read = self._overflows = self._place = 0

    def write_register(self, register: int, value: int) -> None:
        if register in (reg.WRITE_POINTER, reg.OVERFLOWS, reg.READ_POINTER):
            self._empty()  # drivers write 0 to all three to begin anew; other values are not modelled
            self._schedule()
        elif register == reg.MODE_CONFIG and value & reg.RESET:
            self._reset()
        elif register == reg.TEMP_CONFIG:
            self._held[register] = value & 1
            if value & 1:
                self._temperature_done.set(self._sim.now + seconds(Fraction(reg.TEMPERATURE_MS, 1000)))
        elif register in (reg.ENABLE_1, reg.ENABLE_2):
            self._held[register] = value
            self._schedule()
        elif reg.FIFO_CONFIG <= register <= reg.SLOTS_34:
            self._held[register] = value
            self._configure()
