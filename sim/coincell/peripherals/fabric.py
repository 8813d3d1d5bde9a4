"""The signals between blocks: events that trigger tasks, and named levels such as GPIO's DETECT."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from coincell.ports import BusBlock

Action = Callable[[], None]


class Fabric:
    """Who wants to know of which event, and which block a task address belongs to.

    An event is named by the address of its register, another signal by a string.
    """

    def __init__(self) -> None:
        self._listeners: dict[Hashable, list[Action]] = {}
        self._blocks: list[BusBlock] = []
        self._owners: dict[int, BusBlock] = {}  # found before
        self._audience_changed: list[Action] = []

    def place(self, block: BusBlock) -> None:
        """`block` is on the bus: tasks in its address range can be triggered."""
        self._blocks.append(block)

    def listen(self, event: Hashable, action: Action) -> None:
        """Call `action` at each occurrence of `event`, after those that listened before."""
        self._listeners.setdefault(event, []).append(action)
        self._tell()

    def ignore(self, event: Hashable, action: Action) -> None:
        """Undo `listen`."""
        self._listeners[event].remove(action)
        if not self._listeners[event]:
            del self._listeners[event]
        self._tell()

    def heard(self, event: Hashable) -> bool:
        """Whether anybody listens to `event`. A timer need not run for events that nobody hears or sees."""
        return event in self._listeners

    def on_audience_change(self, action: Action) -> None:
        """Call `action` whenever `heard` may answer differently."""
        self._audience_changed.append(action)

    def _tell(self) -> None:
        for action in self._audience_changed:
            action()

    def publish(self, event: Hashable) -> None:
        """`event` happened now."""
        actions = self._listeners.get(event)
        if actions:
            for action in tuple(actions):
                action()

    def trigger(self, address: int) -> bool:
        """Write 1 to the register at `address`, as a task is triggered. False when no block is there."""
        block = self._owners.get(address)
        if block is None:
            found = [b for b in self._blocks if b.base <= address < b.base + b.size]
            if not found:
                return False
            block = self._owners[address] = found[0]
        block.write(address - block.base, 4, 1)
        return True
