"""Packets of GDB's remote serial protocol on a socket (GDB manual, appendix E, "Overview").

`$payload#checksum`, acknowledged by `+` or `-` until both sides agree not to; a lone 0x03 interrupts.
"""

from __future__ import annotations

import select
import socket
from collections import deque

PACKET_SIZE = 0x4000
"""The longest payload that we announce [bytes]."""
LONGEST = 4 * PACKET_SIZE
"""What is longer than this without an end is no packet, and is dropped."""
INTERRUPT = b"\x03"
_BINARY = (b"X", b"vFlashWrite:")
"""Requests with raw bytes: GDB escapes in them, but does not run-length encode (and `*` is a byte)."""


class Vanished(Exception):  # noqa: N818 - not an error: the other side closed the connection
    """There is nobody to answer any more."""


class Link:
    """One debugger's connection. Whatever arrives, only Vanished is raised."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._received = bytearray()
        self._waiting: deque[bytes] = deque()
        self._last = b""
        self.acknowledges = True

    def receive(self) -> bytes:
        """The next request, unescaped and expanded; INTERRUPT for a lone 0x03. Waits for it."""
        while not self._waiting:
            self._read()
        return self._waiting.popleft()

    def interrupted(self) -> bool:
        """Whether an interrupt has come by now; requests that came keep their place."""
        while select.select([self._socket], [], [], 0)[0]:
            self._read()
        if INTERRUPT not in self._waiting:
            return False
        self._waiting.remove(INTERRUPT)
        return True

    def send(self, payload: bytes) -> None:
        """`payload` as a packet, escaped."""
        escaped = bytearray()
        for byte in payload:
            if byte in b"#$}*":
                escaped += bytes((0x7D, byte ^ 0x20))
            else:
                escaped.append(byte)
        self._last = b"$%b#%02x" % (bytes(escaped), sum(escaped) & 0xFF)
        self._write(self._last)

    def _write(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError:
            raise Vanished from None

    def _read(self) -> None:
        try:
            data = self._socket.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            raise Vanished
        self._received += data
        while self._take():
            pass

    def _take(self) -> bool:
        """Take one item off the front of what was received; whether there was a complete one."""
        received = self._received
        if not received:
            return False
        if received[0] != ord("$"):
            if received[0] == ord("-") and self.acknowledges and self._last:
                self._write(self._last)
            elif received[0] == INTERRUPT[0]:
                self._waiting.append(INTERRUPT)
            del received[0]  # an acknowledgement, or noise between packets
            return True
        end = received.find(b"#")
        if end < 0 or len(received) < end + 3:
            if len(received) > LONGEST:
                received.clear()
            return False
        body, check = bytes(received[1:end]), bytes(received[end + 1 : end + 3])
        del received[: end + 3]
        good = check.lower() == b"%02x" % (sum(body) & 0xFF)
        if self.acknowledges:
            self._write(b"+" if good else b"-")
        if good:
            self._waiting.append(_decoded(body))
        return True


def _decoded(body: bytes) -> bytes:
    """Escapes undone, and runs (`*` and a count from 29 up) expanded where they may stand."""
    if b"}" not in body and b"*" not in body:
        return body
    runs = not body.startswith(_BINARY)
    plain = bytearray()
    at = 0
    while at < len(body) and len(plain) <= LONGEST:
        byte = body[at]
        if byte == 0x7D and at + 1 < len(body):
            plain.append(body[at + 1] ^ 0x20)
            at += 2
        elif runs and byte == ord("*") and plain and at + 1 < len(body):
            plain += plain[-1:] * max(body[at + 1] - 29, 0)
            at += 2
        else:
            plain.append(byte)
            at += 1
    return bytes(plain)
