"""RADIO: the 2.4 GHz transceiver's state machine. nRF52840 PS v1.7, "RADIO - 2.4 GHz radio".

A packet sent goes to the medium with its time on the air; the receiver hears what the medium gives to `hear`.
Encryption, direction finding, CCA and energy detection are not modelled.
"""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, Shorts, Task
from coincell.peripherals.nordic.radio_packet import BLE_1M, PCNF0_FIELDS, PCNF1_FIELDS, Layout, crc
from coincell.peripherals.registers import Field, Register, Registers
from coincell.peripherals.registry import register

_US = 1_000_000
RAMP_UP_PS, FAST_RAMP_UP_PS = 140 * _US, 40 * _US
"""tTXEN/tRXEN,BLE,1M and ...,FAST. Nordic, nRF5340 PS, "Radio timing" (same generation); datasheet-typ."""
TX_DISABLE_PS, RX_DISABLE_PS = 6 * _US, 0
"""tTXDIS,BLE,1M and tRXDIS,BLE,1M. Same table; datasheet-typ."""
RSSI_PS = _US // 4
"""tRSSIPERIOD 0.25 us. estimate."""
QUIET_DBM = 100
"""RSSISAMPLE (negated dBm) where nothing is on the air. estimate."""

_SHORTS, _TO_DISABLE = 0x200, 1 << 1 | 1 << 20
"""SHORTS that lead from a packet's end to DISABLE."""

DISABLED, RXRU, RXIDLE, RX, RXDISABLE, TXRU, TXIDLE, TX, TXDISABLE = 0, 1, 2, 3, 4, 9, 10, 11, 12


def power_name(txpower: int) -> str:
    """The energy state of a TXPOWER value (signed dBm): "tx_8dbm", "tx_neg20dbm"."""
    dbm = txpower - 256 if txpower > 127 else txpower
    return f"tx_{'neg' if dbm < 0 else ''}{abs(dbm)}dbm"


@register("nordic.radio")
class Radio(NordicBlock):
    """Component states: disabled, ramp, idle, rx, tx_<power>dbm (see README)."""

    TASKS_TXEN = Task(0x000)
    TASKS_RXEN = Task(0x004)
    TASKS_START = Task(0x008)
    TASKS_STOP = Task(0x00C)
    TASKS_DISABLE = Task(0x010)
    TASKS_RSSISTART = Task(0x014)
    TASKS_RSSISTOP = Task(0x018)
    TASKS_BCSTART = Task(0x01C)
    TASKS_BCSTOP = Task(0x020)
    TASKS_EDSTART = Task(0x024, modelled=False)
    TASKS_EDSTOP = Task(0x028, modelled=False)
    TASKS_CCASTART = Task(0x02C, modelled=False)
    TASKS_CCASTOP = Task(0x030, modelled=False)
    EVENTS_READY = Event(0x100)
    EVENTS_ADDRESS = Event(0x104)
    EVENTS_PAYLOAD = Event(0x108)
    EVENTS_END = Event(0x10C)
    EVENTS_DISABLED = Event(0x110)
    EVENTS_DEVMATCH = Event(0x114)
    EVENTS_DEVMISS = Event(0x118)
    EVENTS_RSSIEND = Event(0x11C)
    EVENTS_BCMATCH = Event(0x128)
    EVENTS_CRCOK = Event(0x130)
    EVENTS_CRCERROR = Event(0x134)
    EVENTS_FRAMESTART = Event(0x138)
    EVENTS_EDEND = Event(0x13C)
    EVENTS_EDSTOPPED = Event(0x140)
    EVENTS_CCAIDLE = Event(0x144)
    EVENTS_CCABUSY = Event(0x148)
    EVENTS_CCASTOPPED = Event(0x14C)
    EVENTS_RATEBOOST = Event(0x150)
    EVENTS_TXREADY = Event(0x154)
    EVENTS_RXREADY = Event(0x158)
    EVENTS_MHRMATCH = Event(0x15C)
    EVENTS_SYNC = Event(0x168)
    EVENTS_PHYEND = Event(0x16C)
    SHORTS = Shorts(
        {
            0: (EVENTS_READY, TASKS_START),
            1: (EVENTS_END, TASKS_DISABLE),
            2: (EVENTS_DISABLED, TASKS_TXEN),
            3: (EVENTS_DISABLED, TASKS_RXEN),
            4: (EVENTS_ADDRESS, TASKS_RSSISTART),
            5: (EVENTS_END, TASKS_START),
            6: (EVENTS_ADDRESS, TASKS_BCSTART),
            8: (EVENTS_DISABLED, TASKS_RSSISTOP),
            11: (EVENTS_RXREADY, TASKS_CCASTART),
            12: (EVENTS_CCAIDLE, TASKS_TXEN),
            13: (EVENTS_CCABUSY, TASKS_DISABLE),
            14: (EVENTS_FRAMESTART, TASKS_BCSTART),
            15: (EVENTS_READY, TASKS_EDSTART),
            16: (EVENTS_EDEND, TASKS_DISABLE),
            17: (EVENTS_CCAIDLE, TASKS_STOP),
            18: (EVENTS_TXREADY, TASKS_START),
            19: (EVENTS_RXREADY, TASKS_START),
            20: (EVENTS_PHYEND, TASKS_DISABLE),
            21: (EVENTS_PHYEND, TASKS_START),
        },
    )
    CRCSTATUS = Register(0x400, access="r")
    RXMATCH = Register(0x408, access="r")
    RXCRC = Register(0x40C, access="r")
    DAI = Register(0x410, access="r")
    PDUSTAT = Register(0x414, access="r")
    PACKETPTR = Register(0x504)
    FREQ, MAP = Field(0, 6), Field(8, 8)
    FREQUENCY = Register(0x508, reset=2, fields=(FREQ, MAP))
    TXPOWER = Register(0x50C, mask=0xFF)
    MODE = Register(0x510, mask=0xF)
    PCNF0 = Register(0x514, fields=PCNF0_FIELDS)
    PCNF1 = Register(0x518, fields=PCNF1_FIELDS)
    BASE0 = Register(0x51C)
    BASE1 = Register(0x520)
    PREFIX0 = Register(0x524)
    PREFIX1 = Register(0x528)
    TXADDRESS = Register(0x52C, mask=7)
    RXADDRESSES = Register(0x530, mask=0xFF)
    CRCLEN, SKIPADDR = Field(0, 1), Field(8, 9)
    CRCCNF = Register(0x534, fields=(CRCLEN, SKIPADDR))
    CRCPOLY = Register(0x538, mask=0xFFFFFF)
    CRCINIT = Register(0x53C, mask=0xFFFFFF)
    TIFS = Register(0x544, mask=0x3FF)
    RSSISAMPLE = Register(0x548, access="r")
    STATE = Register(0x550, access="r")
    DATAWHITEIV = Register(0x554, reset=0x40, mask=0x7F)
    BCC = Register(0x560)
    DAB = Registers(0x600, 8)
    DAP = Registers(0x620, 8, mask=0xFFFF)
    DACNF = Register(0x640, mask=0xFFFF)
    MHRMATCHCONF = Register(0x644, modelled=False)
    MHRMATCHMAS = Register(0x648, modelled=False)
    RU, DTX = Field(0, 0), Field(8, 9)
    MODECNF0 = Register(0x650, reset=0x200, fields=(RU, DTX))
    SFD = Register(0x660, reset=0xA7, mask=0xFF)
    EDCNT = Register(0x664, modelled=False)
    EDSAMPLE = Register(0x668, modelled=False)
    CCACTRL = Register(0x66C, reset=0x052D0000, modelled=False)
    POWER = Register(0xFFC, reset=1, mask=1)

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "disabled")
        sim = context.sim
        self._settled = sim.alarm(self._ramped)
        self._off = sim.alarm(self._disabled)
        self._steps = [sim.alarm(self._address_done), sim.alarm(self._payload_done), sim.alarm(self._end)]
        self._rssi_done = sim.alarm(lambda: self.fire(Radio.EVENTS_RSSIEND))
        self._bit_count = sim.alarm(lambda: self.fire(Radio.EVENTS_BCMATCH))
        self._received: tuple[bytes, bool] | None = None
        self._on_air_from = 0
        self._pdu = b""
        self._last_end = -(1 << 62)  # for TIFS
        context.wiring.radio_in.append(self.hear)

    def on_reset(self) -> None:
        for alarm in (self._settled, self._off, *self._steps, self._rssi_done, self._bit_count):
            alarm.cancel()
        self._received = None
        self.needs_hfclk(False)

    @POWER.on_write
    def _power_cycled(self, value: int, index: int) -> None:
        """Switching POWER off and on again is how firmware resets the radio."""
        if not value:
            self.reset()
            self.POWER = 0

    # state

    def _go(self, state: int) -> None:
        self.STATE = state
        if state == TX:
            self.power_state(power_name(self.TXPOWER))
        elif state == RX:
            self.power_state("rx")
        elif state == DISABLED:
            self.power_state("disabled")
        else:
            self.power_state("idle" if state in (TXIDLE, RXIDLE) else "ramp")

    @property
    def freq_mhz(self) -> int:
        """Centre of the channel [MHz]: 2400 or 2360 plus FREQUENCY. PS, FREQUENCY register."""
        return (2360 if self.MAP.of(self.FREQUENCY) else 2400) + self.FREQ.of(self.FREQUENCY)

    @property
    def power_dbm(self) -> int:
        """TXPOWER as a signed number [dBm]."""
        value: int = self.TXPOWER
        return value - 256 if value > 127 else value

    @property
    def finishing(self) -> bool:
        """A packet is being sent, after which the radio disables itself."""
        alone = self.words[_SHORTS >> 2] & _TO_DISABLE
        return bool(alone) and self.STATE in (TXRU, TX, TXDISABLE)

    def _layout(self) -> Layout:
        return Layout(self.PCNF0, self.PCNF1, self.CRCLEN.of(self.CRCCNF), self.MODE)

    def _ramp(self, state: int) -> None:
        self.needs_hfclk(True)
        self._go(state)
        fast = self.RU.of(self.MODECNF0)
        ready = self.now + (FAST_RAMP_UP_PS if fast else RAMP_UP_PS)
        if not fast and self.TIFS:
            ready = max(
                ready, self._last_end + self.TIFS * _US
            )  # interframe spacing: PS, "Interframe spacing"
        self._settled.set(ready)

    @TASKS_TXEN.runs
    def _enable_tx(self, value: int, index: int) -> None:
        if self.STATE in (DISABLED, RXIDLE):
            self._ramp(TXRU)

    @TASKS_RXEN.runs
    def _enable_rx(self, value: int, index: int) -> None:
        if self.STATE in (DISABLED, TXIDLE):
            self._ramp(RXRU)

    def _ramped(self) -> None:
        sending = self.STATE == TXRU
        self._go(TXIDLE if sending else RXIDLE)
        self.fire(Radio.EVENTS_READY)
        self.fire(Radio.EVENTS_TXREADY if sending else Radio.EVENTS_RXREADY)

    @TASKS_START.runs
    def _start(self, value: int, index: int) -> None:
        if self.STATE == TXIDLE:
            self._transmit()
        elif self.STATE == RXIDLE:
            self._go(RX)

    @TASKS_STOP.runs
    def _stop(self, value: int, index: int) -> None:
        if self.STATE in (TX, RX):
            self._cancel_packet()
            self._go(TXIDLE if self.STATE == TX else RXIDLE)

    @TASKS_DISABLE.runs
    def _disable(self, value: int, index: int) -> None:
        if self.STATE in (DISABLED, TXDISABLE, RXDISABLE):
            if self.STATE == DISABLED:
                self.fire(Radio.EVENTS_DISABLED)
            return
        self._settled.cancel()
        self._cancel_packet()
        sending = self.STATE in (TXRU, TXIDLE, TX)
        self._go(TXDISABLE if sending else RXDISABLE)
        self._off.set(self.now + (TX_DISABLE_PS if sending else RX_DISABLE_PS))

    def _disabled(self) -> None:
        self._go(DISABLED)
        self.needs_hfclk(False)
        self.fire(Radio.EVENTS_DISABLED)

    def _cancel_packet(self) -> None:
        for alarm in (*self._steps, self._bit_count):
            alarm.cancel()
        self._received = None

    # a packet, sent or received

    def _transmit(self) -> None:
        self._go(TX)
        layout = self._layout()
        header = self.dma_read(self.PACKETPTR, layout.header_bytes)
        payload = self.dma_read(self.PACKETPTR + layout.header_bytes, layout.payload_bytes(header))
        self._pdu = layout.on_air(header, payload)
        self._on_air_from = self.now
        for alarm, after_ps in zip(self._steps, layout.times_ps(len(payload)), strict=True):
            alarm.set(self.now + after_ps)

    def _address_done(self) -> None:
        self.fire(Radio.EVENTS_ADDRESS)
        if self.STATE in (TX, RX):
            self.fire(Radio.EVENTS_FRAMESTART)

    def _payload_done(self) -> None:
        self.fire(Radio.EVENTS_PAYLOAD)

    def _end(self) -> None:
        self._last_end = self.now
        self._bit_count.cancel()
        if self.STATE == TX:
            self._go(TXIDLE)
            if self.context.wiring.radio is not None:
                self.context.wiring.radio.transmit(
                    self._on_air_from, self.now, self.freq_mhz, self.power_dbm, self._pdu
                )
        elif self._received is not None:
            (pdu, good), self._received = self._received, None
            self._go(RXIDLE)
            self.dma_write(self.PACKETPTR, self._layout().in_memory(pdu))
            self.CRCSTATUS = int(good)
            self.RXCRC = self.crc_of(pdu)
            self.fire(Radio.EVENTS_CRCOK if good else Radio.EVENTS_CRCERROR)
        self.fire(Radio.EVENTS_END)
        self.fire(Radio.EVENTS_PHYEND)

    def crc_of(self, pdu: bytes) -> int:
        """The CRC of a packet as CRCCNF, CRCPOLY and CRCINIT configure it."""
        n_bytes = self.CRCLEN.of(self.CRCCNF)
        if not n_bytes:
            return 0
        return crc(pdu, n_bytes, self.CRCPOLY, self.CRCINIT)

    def hear(self, freq_mhz: int, pdu: bytes, logical_address: int = 0, crc_ok: bool = True) -> bool:
        """The medium: a packet's first bit arrives now. False when this radio is not receiving there.

        `pdu` is what follows the address, without CRC; `logical_address` is the receiver's (RXADDRESSES bit).
        """
        busy = self._received is not None
        if self.STATE != RX or busy or freq_mhz != self.freq_mhz:
            return False
        if self.MODE != BLE_1M and not self.RXADDRESSES >> logical_address & 1:
            return False
        layout = self._layout()
        self._received = pdu, crc_ok
        self.RXMATCH = logical_address
        n_payload = max(0, len(pdu) - (layout.header_bits + 7) // 8)
        for alarm, after_ps in zip(self._steps, layout.times_ps(n_payload), strict=True):
            alarm.set(self.now + after_ps)
        return True

    # signal strength and bit counter

    @TASKS_RSSISTART.runs
    def _measure_rssi(self, value: int, index: int) -> None:
        self.RSSISAMPLE = QUIET_DBM if self._received is None else 50  # estimate: a device in the same room
        self._rssi_done.set(self.now + RSSI_PS)

    @TASKS_RSSISTOP.runs
    def _rssi_stop(self, value: int, index: int) -> None:
        self._rssi_done.cancel()

    @TASKS_BCSTART.runs
    def _count_bits(self, value: int, index: int) -> None:
        """BCMATCH after BCC bits from here (the address's end, by its usual short)."""
        bit_ps = 500_000 if self.MODE in (1, 4) else 1_000_000
        self._bit_count.set(self.now + self.BCC * bit_ps)

    @TASKS_BCSTOP.runs
    def _count_bits_stop(self, value: int, index: int) -> None:
        self._bit_count.cancel()
