"""How RADIO lays a packet out in memory and on the air. nRF52840 PS v1.7, "RADIO / Packet configuration"."""

from __future__ import annotations

from dataclasses import dataclass

from coincell.peripherals.registers import Field

NRF_1M, NRF_2M, BLE_1M, BLE_2M, BLE_LR125K, BLE_LR500K, IEEE802154 = 0, 1, 3, 4, 5, 6, 15
BIT_PS = {NRF_1M: 1_000_000, NRF_2M: 500_000, BLE_1M: 1_000_000, BLE_2M: 500_000, IEEE802154: 4_000_000}
"""Time of a bit [ps] in each uncoded MODE. PS, MODE register."""
LFLEN, S0LEN, S1LEN, S1INCL = Field(0, 3), Field(8, 8), Field(16, 19), Field(20, 20)
CILEN, PLEN, CRCINC, TERMLEN = Field(22, 23), Field(24, 25), Field(26, 26), Field(29, 30)
PCNF0_FIELDS = (LFLEN, S0LEN, S1LEN, S1INCL, CILEN, PLEN, CRCINC, TERMLEN)
MAXLEN, STATLEN, BALEN, ENDIAN, WHITEEN = (
    Field(0, 7),
    Field(8, 15),
    Field(16, 18),
    Field(24, 24),
    Field(25, 25),
)
PCNF1_FIELDS = (MAXLEN, STATLEN, BALEN, ENDIAN, WHITEEN)
_PREAMBLE_BITS = {0: 8, 1: 16, 2: 32, 3: 80}
"""PLEN."""


@dataclass(frozen=True)
class Layout:
    """PCNF0, PCNF1, CRCCNF and MODE, read."""

    pcnf0: int
    pcnf1: int
    crc_bytes: int
    mode: int

    @property
    def s0_bytes(self) -> int:
        """Bytes of S0 in memory and on the air."""
        return S0LEN.of(self.pcnf0)

    @property
    def length_bytes(self) -> int:
        """Bytes of LENGTH in memory."""
        return 1 if LFLEN.of(self.pcnf0) else 0

    @property
    def s1_bytes(self) -> int:
        """Bytes of S1 in memory."""
        return 1 if S1LEN.of(self.pcnf0) or S1INCL.of(self.pcnf0) else 0

    @property
    def header_bytes(self) -> int:
        """Bytes in memory before the payload."""
        return self.s0_bytes + self.length_bytes + self.s1_bytes

    @property
    def header_bits(self) -> int:
        """Bits on the air between address and payload."""
        return 8 * self.s0_bytes + LFLEN.of(self.pcnf0) + S1LEN.of(self.pcnf0)

    def payload_bytes(self, header: bytes) -> int:
        """LENGTH as the header in memory has it, plus STATLEN, at most MAXLEN."""
        length = 0
        if self.length_bytes:
            length = header[self.s0_bytes] & (1 << LFLEN.of(self.pcnf0)) - 1
        if CRCINC.of(self.pcnf0):
            length = max(0, length - self.crc_bytes)  # LENGTH counts the CRC too, as 802.15.4 has it
        return min(length + STATLEN.of(self.pcnf1), MAXLEN.of(self.pcnf1))

    def on_air(self, header: bytes, payload: bytes) -> bytes:
        """Header and payload as they follow one another on the air, bits in transmission order, LSB first.

        A header that is not a whole number of bytes is padded at its end.
        """
        bits, n_bits = 0, 0
        sizes = (8 * self.s0_bytes, LFLEN.of(self.pcnf0), S1LEN.of(self.pcnf0))
        in_memory = iter(header)
        for size, present in zip(sizes, (self.s0_bytes, self.length_bytes, self.s1_bytes), strict=True):
            if present:
                bits |= (next(in_memory) & (1 << size) - 1) << n_bits
                n_bits += size
        return bits.to_bytes((n_bits + 7) // 8, "little") + payload

    def in_memory(self, pdu: bytes) -> bytes:
        """The inverse of `on_air`: what is stored at PACKETPTR when `pdu` arrives."""
        n_header = (self.header_bits + 7) // 8
        bits = int.from_bytes(pdu[:n_header], "little")
        header = bytearray()
        sizes = (8 * self.s0_bytes, LFLEN.of(self.pcnf0), S1LEN.of(self.pcnf0))
        for size, present in zip(sizes, (self.s0_bytes, self.length_bytes, self.s1_bytes), strict=True):
            if present:
                header.append(bits & (1 << size) - 1)
                bits >>= size
        return bytes(header) + pdu[n_header : n_header + MAXLEN.of(self.pcnf1)]

    def times_ps(self, n_payload: int) -> tuple[int, int, int]:
        """From the first bit on the air to the end of the address, of the payload, and of the packet [ps]."""
        payload_bits = self.header_bits + 8 * n_payload
        crc_bits = 8 * self.crc_bytes
        if self.mode in (BLE_LR125K, BLE_LR500K):
            # Bluetooth Core 5, Vol 6 Part B 2.2: preamble 80 us, then S=8 for address, CI and TERM1
            symbol = 8_000_000 if self.mode == BLE_LR125K else 2_000_000
            address = 80_000_000 + 32 * 8_000_000
            payload = address + (2 + 3) * 8_000_000 + payload_bits * symbol
            return address, payload, payload + (crc_bits + 3) * symbol
        bit = BIT_PS.get(self.mode, 1_000_000)
        if self.mode == IEEE802154:
            address = (32 + 8) * bit  # preamble and SFD; PHR is the LENGTH field
        else:
            address = (_PREAMBLE_BITS[PLEN.of(self.pcnf0)] + 8 * (BALEN.of(self.pcnf1) + 1)) * bit
        payload = address + payload_bits * bit
        return address, payload, payload + crc_bits * bit


def crc(data: bytes, n_bytes: int, polynomial: int, initial: int) -> int:
    """The CRC that RADIO appends, shifted in LSB-first transmission order (PS, "CRC")."""
    top = 1 << (8 * n_bytes)
    value = initial & (top - 1)
    for byte in data:
        for bit in range(8):
            feedback = (value >> (8 * n_bytes - 1)) ^ (byte >> bit & 1)
            value = value << 1 & (top - 1)
            if feedback & 1:
                value ^= polynomial & (top - 1)
    return value
