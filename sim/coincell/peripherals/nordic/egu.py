"""EGU: events that software triggers. nRF52840 PS v1.7, "EGU". No energy of its own."""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Events, NordicBlock, Tasks
from coincell.peripherals.registry import register


@register("nordic.egu")
class Egu(NordicBlock):
    """Sixteen channels. SWI0-5 are the interrupts of EGU0-5."""

    TASKS_TRIGGER = Tasks(0x000, 16)
    EVENTS_TRIGGERED = Events(0x100, 16)

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context)

    @TASKS_TRIGGER.runs
    def _trigger(self, value: int, index: int) -> None:
        self.fire(Egu.EVENTS_TRIGGERED, index)
