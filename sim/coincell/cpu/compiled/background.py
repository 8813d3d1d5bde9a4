"""Compiles beside the running guest, in a child process, so that the guest need not wait for good code.

LLVM holds a lock of its own while it emits code, so a thread would not do. The child is started when there is
something to compile, and ends with its parent or when its input does. Its messages are length, then content.
A child that dies is followed by another, which begins with what the first was at. When that one dies too,
nothing more is compiled and the guest runs on in quick code: what killed two children may kill this process.
"""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from coincell.cpu.compiled.compiler import compiler

_SIZE = 4
MOST_DEATHS = 2
"""After so many deaths of children nothing more is compiled."""


class Background:
    """`submit` texts, then ask for `finished` ones now and then. One child, one text at a time."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[tuple[str, str, int]] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._serving: threading.Thread | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._deaths = 0
        self._closed = False

    def submit(self, name: str, text: str, level: int) -> None:
        """Compile a module some time."""
        if self._closed:
            return
        self._waiting.put((name, text, level))
        if self._serving is None:
            self._serving = threading.Thread(target=self._serve, daemon=True)
            self._serving.start()

    def finished(self) -> Iterator[tuple[str, bytes]]:
        """(name, object) of what is ready, without waiting. The object is empty when there will be none."""
        with suppress(queue.Empty):
            while True:
                yield self._done.get_nowait()

    def wait(self, timeout_s: float) -> tuple[str, bytes] | None:
        """The next (name, object), as `finished`, when it is ready in time."""
        with suppress(queue.Empty):
            return self._done.get(timeout=timeout_s)
        return None

    def close(self) -> None:
        """Stop compiling; what is not finished is lost."""
        self._closed = True
        child = self._child
        if child is not None:
            child.kill()
            child.wait()
        self._waiting.put(("", "", 0))  # whoever waits for work finds that there is none

    def _serve(self) -> None:
        while True:
            name, text, level = self._waiting.get()
            obj = self._compile(bytes([level]) + text.encode())
            if self._closed:
                return
            self._done.put((name, obj))

    def _compile(self, message: bytes) -> bytes:
        """What a child answers; nothing when there is no child to do it."""
        while (child := self._living_child()) is not None:
            assert child.stdin
            assert child.stdout
            with suppress(OSError, EOFError):
                _send(child.stdin, message)
                return _receive(child.stdout)
            self._bury(child)
        return b""

    def _living_child(self) -> subprocess.Popen[bytes] | None:
        """The child, begun when there is none; None when there will be none again."""
        if self._closed or self._deaths >= MOST_DEATHS:
            return None
        if self._child is None:
            command = [sys.executable, "-m", "coincell.cpu.compiled.background"]
            try:
                self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            except OSError:  # no memory, or no interpreter by that name
                self._deaths = MOST_DEATHS
                return None
            if self._closed:  # meanwhile: whoever closed saw no child
                self._child.kill()
        return self._child

    def _bury(self, child: subprocess.Popen[bytes]) -> None:
        child.kill()
        with suppress(OSError), child:  # closes its pipes, though not everything could be sent
            pass
        self._child = None
        self._deaths += 1


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(len(message).to_bytes(_SIZE, "little") + message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    size = int.from_bytes(_exactly(pipe, _SIZE), "little")
    return _exactly(pipe, size)


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


def main() -> None:
    """What the child does: until its input ends. Ctrl-C is its parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            message = _receive(sys.stdin.buffer)
            try:
                answer = compiler().compile(message[1:].decode(), message[0])
            except RuntimeError:  # LLVM's word for everything
                answer = b""
            _send(sys.stdout.buffer, answer)


if __name__ == "__main__":
    main()
