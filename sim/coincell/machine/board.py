"""The composition root: a board's description, an image and signals become a running machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from coincell.cpu.state import R
from coincell.describe import BlockDescription, BoardDescription
from coincell.devices import Nets, RecordingMedium, populate
from coincell.energy.recorder import Recorder
from coincell.engines.contract import Taken
from coincell.errors import InputError
from coincell.image import FirmwareImage
from coincell.machine.cores import chip_options, memory_timing
from coincell.machine.memories import chip_memories
from coincell.machine.processor import Processor
from coincell.machine.wiring import CONSOLE_PORT, wire
from coincell.peripherals import registry
from coincell.peripherals.context import BlockContext, ChipHooks
from coincell.peripherals.tally import Tally
from coincell.ports import BusBlock, BusFault, Signal
from coincell.simtime import Simulation

CPU = "cpu"
"""The core's component in a chip's power tables; its states are the ones named below."""
RUN_CACHED, RUN_UNCACHED, RUN_RAM = "run_flash_cache", "run_flash_nocache", "run_ram"
SLEEP, OFF = "sleep", "off"
_SCR, _SLEEPDEEP = 0xE000ED10, 1 << 2
"""Armv7-M ARM B3.2.7."""


class Machine:
    """A board with firmware in it, at reset. `processor.run` (or a Schedule) makes time pass.

    `signals` are keyed by the board's input names. With `strict`, an access to something that is not
    modelled ends the run. Raises InputError for what does not fit together.
    """

    def __init__(
        self,
        board: BoardDescription,
        image: FirmwareImage,
        signals: Mapping[str, Signal] | None = None,
        seed: int = 0,
        strict: bool = False,
    ) -> None:
        chip = board.chip
        self.board = board
        self.sim = Simulation()
        self.recorder = Recorder(self.sim, board.component_power())
        self.nets = Nets(self.sim, board)
        self.air = RecordingMedium()
        self._timing = memory_timing(chip)
        self._cached, self._flash_wait = False, 0
        self.processor = Processor(
            chip_options(chip),
            chip.clock.freq_hz,
            replace(self._timing, cache_sets=0),
            chip_memories(chip),
            image,
            self.sim,
            strict,
            tuple((block.base, block.size or 0x1000) for block in chip.block),
        )
        core = self.processor.core
        self.devices = populate(board, self.sim, self.recorder.component, self.nets.net, signals or {}, seed)
        console = self.processor.console.port(CONSOLE_PORT, lambda: self.sim.now)
        self._cpu = self.recorder.component(CPU)
        context = BlockContext(
            sim=self.sim,
            memory=self.processor.bus,
            irq=_NoLine(),
            power=self.recorder.component,
            pin=self.nets.pin,
            unmodelled=self.processor.accesses.note,
            flash=_Programmer(self.processor),
            seed=seed,
            wiring=wire(board, self.devices, console, self.air),
            hooks=ChipHooks(
                system_off=self._system_off,
                reset=self.processor.request_reset,
                stall_core=core.stall,
                icache_changed=self._icache_changed,
                flash_wait_changed=self._flash_wait_changed,
                deep_sleep=lambda: bool(self.processor.bus.read(_SCR, 4) & _SLEEPDEEP),
            ),
        )
        self.blocks = tuple(self._place(about, context) for about in chip.block)
        self._load_blocks()
        self._on_sleep = {
            asleep: [getattr(part, name) for part in self.parts() if hasattr(part, name)]
            for asleep, name in ((True, "sleep_enter"), (False, "sleep_exit"))
        }
        """What parts do when the core falls asleep, and when it wakes."""
        self.processor.bus.on_flash_store = self._store_to_flash
        self.processor.on_sleep = self._sleeping
        self.processor.on_reset.append(self._reset)
        self._cpu.enter(self._running_state())

    def _place(self, about: BlockDescription, context: BlockContext) -> BusBlock:
        """One block of the chip, on the bus."""
        line = context.irq if about.irq is None else _Line(self.processor, about.irq)
        options = dict(about.options) | ({"size": about.size} if about.size else {})
        try:
            block = registry.create(about.type, about.name, about.base, replace(context, irq=line), **options)
        except InputError as error:
            error.where = error.where or f"platforms/chips/{self.board.chip.name}.toml"
            raise
        self.processor.bus.attach(block)
        return block

    def _load_blocks(self) -> None:
        """What the image brings for blocks that keep their contents (UICR on Nordic chips)."""
        for segment in self.processor.elsewhere:
            block: Any = self.processor.bus.block_at(segment.address)
            if hasattr(block, "load"):
                block.load(segment.address - block.base, segment.data)

    def parts(self) -> Iterator[Any]:
        """Every block, and the parts of those that share an address."""
        for block in self.blocks:
            yield block
            yield from getattr(block, "parts", {}).values()

    @property
    def sample_digests(self) -> dict[str, str]:
        """SHA-256 of the quantised samples of each input, as the block or part that took them says."""
        digests = {name: block.sample_digest for name, block in self._takers()}
        return digests | {name: tally.digest for name, tally in self._tallies() if tally.n_samples}

    @property
    def samples(self) -> dict[str, Taken]:
        """The quantised samples of each input, where `keep_samples` was called before the run."""
        taken = {
            name: Taken(block.rate_hz, block.n_channels, bytes(block.kept), block.first_buffer)
            for name, block in self._takers()
        }
        return taken | {
            name: Taken(tally.rate_hz, tally.n_channels, bytes(tally.kept), tally.n_channels)
            for name, tally in self._tallies()
            if tally.rate_hz and tally.n_samples
        }

    def keep_samples(self) -> None:
        """Keep what sensors give from now on."""
        for block in self.parts():
            if hasattr(block, "keep_samples"):
                block.keep_samples = True
        for _, tally in self._tallies():
            tally.keep = True

    def _takers(self) -> Iterator[tuple[str, Any]]:
        """Each input with the block that took samples of it."""
        for name in self.board.inputs:
            part, _ = self.board.input_named(name)
            for block in self.parts():
                if getattr(block, "n_samples", 0) and hasattr(self.devices[part.name], "density"):
                    yield name, block

    def _tallies(self) -> Iterator[tuple[str, Tally]]:
        """Each input with what left its part (`tallies` by quantity) or was read from its pin by a block."""
        for name in self.board.inputs:
            part, quantity = self.board.input_named(name)
            if tally := getattr(self.devices[part.name], "tallies", {}).get(quantity):
                yield name, tally
            pin = self.board.wire_of(part.wires.get("OUT", ""))
            for block in self.parts():
                if pin is not None and (tally := getattr(block, "tallies", {}).get(pin.pin)):
                    yield name, tally

    # ---- what blocks ask of the chip ------------------------------------------------------------------
    def _running_state(self) -> str:
        memory = self.processor.bus.memory_at(self.processor.core.state.words[R + 15])
        if memory is not None and memory.writable:
            return RUN_RAM
        return RUN_CACHED if self._cached else RUN_UNCACHED

    def _icache_changed(self, on: bool) -> None:
        if on != self._cached:
            self._cached = on
            self._time_memory()
            self._cpu.enter(self._running_state())

    def _flash_wait_changed(self, cycles: int) -> None:
        self._flash_wait = cycles
        self._time_memory()

    def _time_memory(self) -> None:
        timing, wait = self._timing, self._flash_wait
        self.processor.core.set_timing(
            replace(
                timing,
                fetch_wait=timing.fetch_wait + wait,
                data_wait=timing.data_wait + wait,
                cache_sets=timing.cache_sets if self._cached else 0,
            )
        )

    def _store_to_flash(self, address: int, size: int, value: int) -> None:
        """The core stored to flash: the chip's flash controller takes whole words when it is told to."""
        controller = next((part for part in self.parts() if hasattr(part, "store_word")), None)
        if controller is None or size != 4:
            raise BusFault(address, write=True)
        controller.store_word(address, value)

    def _sleeping(self, asleep: bool) -> None:
        off = self.processor.core.sleeping == OFF
        self._cpu.enter((OFF if off else SLEEP) if asleep else self._running_state())
        for action in () if off else self._on_sleep[asleep]:
            action()

    def _system_off(self) -> None:
        """Everything stops but what can wake the chip."""
        self.processor.core.sleep(OFF)
        for part in self.parts():
            if not hasattr(part, "parts") and not getattr(part, "outlives_off", False):
                part.reset()

    def _reset(self, reason: str) -> None:
        for block in self.blocks:
            block.reset()
        for part in self.parts():
            if hasattr(part, "note_reset"):
                part.note_reset(reason)
        self._cpu.enter(self._running_state())


class _Line:
    """Implements ports.IrqLine: interrupt `number` of the core."""

    def __init__(self, processor: Processor, number: int) -> None:
        self._exceptions = processor.core.exceptions
        self._number = 16 + number

    def set(self, level: bool) -> None:
        self._exceptions.set_line(self._number, level)


class _NoLine:
    """Implements ports.IrqLine for a block that is wired to none."""

    def set(self, level: bool) -> None:
        pass


class _Programmer:
    """Implements ports.Memory for a flash controller, which may write what the core may not."""

    def __init__(self, processor: Processor) -> None:
        self._bus = processor.bus

    def read_block(self, address: int, size: int) -> bytes:
        return self._bus.read_block(address, size)

    def write_block(self, address: int, data: bytes) -> None:
        self._bus.program(address, data)
