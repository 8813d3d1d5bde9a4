"""GPIOTE: pins as tasks and events. nRF52840 PS v1.7, "GPIOTE - GPIO tasks and events"."""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, Events, NordicBlock, Tasks, pin_name
from coincell.peripherals.registers import Field, Registers
from coincell.peripherals.registry import register

_EVENT, _TASK = 1, 3
_RISING, _FALLING, _TOGGLE = 1, 2, 3
_N = 8


@register("nordic.gpiote")
class Gpiote(NordicBlock):
    """Eight channels and the PORT event. Component states: off, in_event."""

    TASKS_OUT = Tasks(0x000, _N)
    TASKS_SET = Tasks(0x030, _N)
    TASKS_CLR = Tasks(0x060, _N)
    EVENTS_IN = Events(0x100, _N)
    EVENTS_PORT = Event(0x17C)
    MODE, PSEL, POLARITY, OUTINIT = Field(0, 1), Field(8, 13), Field(16, 17), Field(20, 20)
    CONFIG = Registers(0x510, _N, fields=(MODE, PSEL, POLARITY, OUTINIT))

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._watched: set[str] = set()
        self._levels = [False] * _N
        self._held: list[str | None] = [None] * _N
        context.fabric.listen("DETECT", lambda: self.fire(Gpiote.EVENTS_PORT))

    def on_reset(self) -> None:
        for channel in range(_N):
            self._let_go(channel)

    def _pin(self, channel: int) -> str:
        return pin_name(self.PSEL.of(self.CONFIG[channel])) or ""

    def _let_go(self, channel: int) -> None:
        held = self._held[channel]
        if held is not None:
            self._held[channel] = None
            self.context.pin(held).drive("mcu", None)
            self.context.fabric.publish(f"released {held}")

    @CONFIG.on_write
    def _configured(self, value: int, channel: int) -> None:
        self._let_go(channel)
        mode, pin = self.MODE.of(value), self._pin(channel)
        if mode == _EVENT and pin not in self._watched:
            self._watched.add(pin)
            self.context.pin(pin).watch(lambda level: self._changed(pin, level))
        elif mode == _TASK:
            self._held[channel] = pin
            self.context.fabric.publish(f"taken {pin}")
            self._drive(channel, bool(self.OUTINIT.of(value)))
        watching = any(self.MODE.of(self.CONFIG[c]) == _EVENT for c in range(_N))
        self.power_state("in_event" if watching else "off")

    def _changed(self, pin: str, level: bool) -> None:
        for channel in range(_N):
            config = self.CONFIG[channel]
            if self.MODE.of(config) != _EVENT or self._pin(channel) != pin:
                continue
            polarity = self.POLARITY.of(config)
            if polarity == _TOGGLE or polarity == (_RISING if level else _FALLING):
                self.fire(Gpiote.EVENTS_IN, channel)

    def _drive(self, channel: int, level: bool) -> None:
        pin = self._held[channel]
        if pin is not None:
            self._levels[channel] = level
            self.context.pin(pin).drive("mcu", level)

    @TASKS_OUT.runs
    def _out(self, value: int, channel: int) -> None:
        polarity = self.POLARITY.of(self.CONFIG[channel])
        if polarity:
            self._drive(channel, {_RISING: True, _FALLING: False}.get(polarity, not self._levels[channel]))

    @TASKS_SET.runs
    def _set(self, value: int, channel: int) -> None:
        self._drive(channel, True)

    @TASKS_CLR.runs
    def _clear(self, value: int, channel: int) -> None:
        self._drive(channel, False)
