"""The tree of calls of one core and where in it the core is, told of every call, return and exception.

A node is a function with the chain of its callers. Cycles since the last change belong to the node that ran.
What lies in flat arrays is also read and written by compiled code (cpu.llvm.observed).
"""

from __future__ import annotations

from typing import Protocol

ROOT = 0
EXCEPTION = 1 << 32
"""Keys of nodes are addresses of functions, and EXCEPTION + n for entering and leaving exception n."""
DEEPEST = 256
"""Calls below this depth belong to the function at it."""
MOST_NODES = 1 << 16
"""When so many are there, further ones are not told from their callers."""
_MOST_CONTEXTS = 256
TOP, LAST = 0, 1
"""Words of `frames`: where the top frame begins, and the cycle up to which is accounted for."""
NODE, RESUME, RANGE, FRAME = 0, 1, 2, 3
"""Words of a frame: its node; stack pointer << 32 | address at which its caller goes on; length << 32 | first
address of its function."""
BOTTOM = 3
"""Where the first frame begins."""
LAST_TOP = BOTTOM + FRAME * (DEEPEST - 1)
"""Where the last one does."""


class FunctionRanges(Protocol):
    """Which addresses belong together. `digest` is the same for the same answers."""

    digest: str

    def range_at(self, address: int) -> tuple[int, int]:
        """First address and length of the function that holds `address`."""


def words(n: int) -> memoryview:
    """`n` 64-bit integers."""
    return memoryview(bytearray(8 * n)).cast("Q")


class CallTree:
    """`parents` and `keys` by node; `calls` counts how often each was called."""

    def __init__(self) -> None:
        self.parents = [ROOT]
        self.keys = [-1]
        self.calls = words(MOST_NODES)
        self._children: dict[tuple[int, int], int] = {}

    def child(self, parent: int, key: int) -> int:
        """The node of `key` called by `parent`."""
        node = self._children.get((parent, key))
        if node is None:
            if len(self.keys) == MOST_NODES:
                return parent
            node = self._children[parent, key] = len(self.keys)
            self.parents.append(parent)
            self.keys.append(key)
        return node


class CallStack:
    """Frames of what runs now, and those of what is interrupted or waits on another stack."""

    def __init__(self, functions: FunctionRanges, cycles: memoryview) -> None:
        self.tree = CallTree()
        self.cycles = cycles
        """Cycles by node. Another array may take its place at any time."""
        self.frames = words(BOTTOM + FRAME * DEEPEST)
        self._functions = functions
        self._waiting: dict[int, list[int]] = {}
        """Stack pointer of an interrupted context -> its frames."""

    # ---- time ---------------------------------------------------------------------------------------
    def charge(self, cycle: int) -> None:
        """What passed until `cycle` belongs to the function that runs."""
        frames = self.frames
        self.cycles[self.node] += cycle - frames[LAST]
        frames[LAST] = cycle

    def skip(self, n_cycles: int) -> None:
        """So many cycles belong to nobody: the core slept."""
        self.frames[LAST] += n_cycles

    # ---- where execution goes -------------------------------------------------------------------------
    def start(self, address: int, stack: int, cycle: int) -> None:
        """A context without a past begins at `address`: after a reset, or a new task."""
        self.frames[LAST] = cycle
        self.frames[TOP] = BOTTOM - FRAME
        self._push(ROOT, address, 0, stack)

    @property
    def node(self) -> int:
        """The node that runs."""
        return self.frames[self.frames[TOP] + NODE]

    def contains(self, address: int) -> bool:
        """Whether `address` is in the function that runs."""
        around = self.frames[self.frames[TOP] + RANGE]
        return 0 <= address - (around & 0xFFFFFFFF) < around >> 32

    def branch(self, target: int, following: int, link: int, stack: int, cycle: int) -> None:
        """A branch went to `target`; `following` is the address after it, `link` is LR now.

        One that leaves the way back in LR calls; one that goes that way, with the stack as it was, returns.
        """
        frames = self.frames
        if link == following | 1:
            self.charge(cycle)
            self._push(self.node, target, following, stack)
        elif frames[frames[TOP] + RESUME] == stack << 32 | target and frames[TOP] > BOTTOM:
            self.charge(cycle)
            frames[TOP] -= FRAME
        elif not self.contains(target):
            self.arrive(target, stack, cycle)

    def arrive(self, address: int, stack: int, cycle: int) -> None:
        """Execution is in another function, and neither a call nor a return led there.

        It may be the way back of several at once (longjmp), or else a jump that takes the place of a call.
        """
        self.charge(cycle)
        frames = self.frames
        while frames[TOP] > BOTTOM and frames[frames[TOP] + RESUME] >> 32 < stack:
            frames[TOP] -= FRAME  # its part of the stack is gone
        if self.contains(address):
            return
        below = frames[TOP]
        while below > BOTTOM and frames[below + RESUME] >> 32 == stack:
            below -= FRAME
            around = frames[below + RANGE]
            if 0 <= address - (around & 0xFFFFFFFF) < around >> 32:
                frames[TOP] = below
                return
        top = frames[TOP]
        resume = frames[top + RESUME]
        frames[TOP] -= FRAME
        self._push(self.tree.parents[frames[top + NODE]], address, resume & 0xFFFFFFFF, resume >> 32)

    def _push(self, caller: int, address: int, resume: int, stack: int) -> None:
        frames = self.frames
        node, around = self.callee(caller, address)
        self.tree.calls[node] += 1
        top = frames[TOP] + FRAME
        if top > LAST_TOP:
            return
        frames[TOP] = top
        frames[top + NODE] = node
        frames[top + RESUME] = stack << 32 | resume
        frames[top + RANGE] = around

    def callee(self, caller: int, address: int) -> tuple[int, int]:
        """The node of the function at `address` called by node `caller`, and its range as frames have it."""
        first, length = self._functions.range_at(address)
        return self.tree.child(caller, first), length << 32 | first

    # ---- exceptions ---------------------------------------------------------------------------------
    def enter_exception(
        self, number: int, interrupted: int | None, handler: int, stack: int, began: int, cycle: int
    ) -> None:
        """A handler starts. The cycles since `began` are those of entering it."""
        self.charge(began)
        frames, tree = self.frames, self.tree
        if interrupted is not None:
            self._waiting.pop(interrupted, None)
            if len(self._waiting) == _MOST_CONTEXTS:
                del self._waiting[next(iter(self._waiting))]
            self._waiting[interrupted] = frames[BOTTOM : frames[TOP] + FRAME].tolist()
        node = tree.child(ROOT, EXCEPTION + number)
        tree.calls[node] += 1
        frames[TOP] = BOTTOM
        frames[BOTTOM + NODE], frames[BOTTOM + RESUME], frames[BOTTOM + RANGE] = node, stack << 32, 0
        self.charge(cycle)
        self._push(node, handler, 0, stack)

    def leave_handler(self, cycle: int) -> None:
        """The handler has ended. What follows, until something else runs, is the cost of the exception."""
        self.charge(cycle)
        self.frames[TOP] = BOTTOM

    def leave_exception(self, address: int, stack: int, cycle: int) -> None:
        """What was interrupted with this stack pointer goes on; where none was, a context begins."""
        self.charge(cycle)
        waited = self._waiting.pop(stack, None)
        if waited is None:
            self.start(address, stack, cycle)
            return
        frames = self.frames
        for at, word in enumerate(waited, BOTTOM):
            frames[at] = word
        frames[TOP] = BOTTOM + len(waited) - FRAME
        if not self.contains(address):
            self.arrive(address, stack, cycle)
