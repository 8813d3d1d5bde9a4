"""The air around the board: writes down every packet. Nobody answers."""

from __future__ import annotations

from coincell.engines.contract import Packet


class RecordingMedium:
    """Implements ports.RadioMedium."""

    def __init__(self) -> None:
        self._packets: list[Packet] = []

    def transmit(self, start_ps: int, end_ps: int, freq_mhz: int, power_dbm: int, payload: bytes) -> None:
        self._packets.append(Packet(start_ps, end_ps, freq_mhz, power_dbm, bytes(payload)))

    @property
    def packets(self) -> tuple[Packet, ...]:
        """Every packet, in order of its start."""
        return tuple(sorted(self._packets, key=lambda packet: packet.start_ps))
