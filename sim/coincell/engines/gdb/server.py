"""One debugger at a time, on this machine only: waits for it, answers it, says how it ended."""

from __future__ import annotations

import socket
from collections.abc import Callable
from enum import StrEnum

from coincell.engines.gdb.commands import Commands, End, Resume
from coincell.engines.gdb.debuggee import Debuggee, Stop
from coincell.engines.gdb.packets import INTERRUPT, PACKET_SIZE, Link, Vanished
from coincell.errors import InputError

HOST = "127.0.0.1"


class Farewell(StrEnum):
    """How a debugger went."""

    left = "the debugger detached"
    vanished = "the debugger closed the connection"


def serve(debuggee: Debuggee, port: int, announce: Callable[[int], None]) -> Farewell:
    """Wait for a debugger on `port` (0: any that is free) and serve it to its end.

    `announce` hears the port when it can be connected to. Raises InputError when the port cannot be had.
    """
    with _listen(port) as listener:
        announce(listener.getsockname()[1])
        connection, _ = listener.accept()
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            _converse(debuggee, Link(connection))
        except Vanished:
            return Farewell.vanished
    return Farewell.left


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port), backlog=1)
    except OSError as error:
        raise InputError(
            f"cannot be listened on: {error.strerror}",
            where="--port",
            value=port,
            mend="choose another port, or --port 0 for any that is free",
        ) from error


def _converse(debuggee: Debuggee, link: Link) -> None:
    commands = Commands(debuggee)
    debuggee.say = lambda text: _tell(link, text)
    while True:
        request = link.receive()
        if request == INTERRUPT:
            continue  # it stands already
        answer = commands.answer(request)
        if isinstance(answer, Resume):
            debuggee.resume(answer.step)
            answer = commands.stopped(_run(debuggee, link))
        if isinstance(answer, End):
            if answer.answer is not None:
                link.send(answer.answer)
            return
        link.send(answer)
        if commands.stops_acknowledging:
            link.acknowledges = False


def _run(debuggee: Debuggee, link: Link) -> Stop:
    while True:
        stop = debuggee.advance()
        if stop is not None:
            return stop
        if link.interrupted():
            return debuggee.interrupt()


def _tell(link: Link, text: str) -> None:
    """Text for the debugger's console; only while the machine runs may it be sent."""
    data = text.encode()
    step = PACKET_SIZE // 2 - 1
    for at in range(0, len(data), step):
        link.send(b"O" + data[at : at + step].hex().encode())
