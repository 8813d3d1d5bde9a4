"""Compiles beside the running guest, in a child process, so that the guest need not wait for good code.

LLVM holds a lock of its own while it emits code, so a thread would not do. The child is started when there is
something to compile, and ends with its parent or when its input does. Its messages are length, then content.
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


class Background:
    """`submit` texts, then ask for `finished` ones now and then. One child, one text at a time."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[tuple[str, str, int]] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False

    def submit(self, name: str, text: str, level: int) -> None:
        """Compile a module some time. Nothing is heard again of what fails."""
        if self._closed:
            return
        self._waiting.put((name, text, level))
        if self._child is None:
            command = [sys.executable, "-m", "coincell.cpu.compiled.background"]
            self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            threading.Thread(target=self._serve, args=(self._child,), daemon=True).start()

    def finished(self) -> Iterator[tuple[str, bytes]]:
        """(name, object) of what is ready, without waiting."""
        with suppress(queue.Empty):
            while True:
                yield self._done.get_nowait()

    def wait(self, timeout_s: float) -> tuple[str, bytes] | None:
        """The next (name, object), when it is ready in time."""
        with suppress(queue.Empty):
            return self._done.get(timeout=timeout_s)
        return None

    def close(self) -> None:
        """Stop compiling; what is not finished is lost."""
        self._closed = True
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._waiting.put(("", "", 0))  # whoever serves the child finds it gone

    def _serve(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdin
        assert child.stdout
        with suppress(OSError, EOFError):
            while True:
                name, text, level = self._waiting.get()
                _send(child.stdin, bytes([level]) + text.encode())
                obj = _receive(child.stdout)
                if obj:
                    self._done.put((name, obj))


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
