"""What the monitor's commands act upon: a machine with a platform, firmware, inputs, and virtual time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from coincell.describe import load_board
from coincell.errors import InputError
from coincell.image import FirmwareImage, load_image
from renode_double.api import Cpu, PdmBlock, Peripheral, Port, SemihostingUart, Uart, Unloaded
from renode_double.generation import Generation
from renode_double.hardware import Hardware, Placed, Tag, image_of
from renode_double.output import Output
from renode_double.platform import Platform, PlatformError
from renode_double.semihosting import Console, Handler

PS_PER_S = 10**12
_HEX = "(0x[0-9A-Fa-f]+)"
_TAG = re.compile(rf'Tag <{_HEX}, {_HEX}> "([^"]+)"(?: (0x[0-9A-Fa-f]+|\d+))?((?: (?:true|false))*)')


class Recoverable(Exception):  # noqa: N818 - Renode's name
    """The monitor prints it and goes on."""


class Emulation:
    """`hardware` is built when something needs it first: then board, firmware and speed are known."""

    def __init__(self, generation: Generation, output: Output, fails: dict[str, int]) -> None:
        self.generation, self.output, self.fails = generation, output, fails
        self.machine_name: str | None = None
        self.platform = Platform(generation)
        self.tags: list[Tag] = []
        self.mips = 100
        self.vectors: int | None = None
        self._elf: FirmwareImage | None = None
        self._binaries: list[tuple[int, bytes]] = []
        self._hardware: Hardware | None = None
        self._files: dict[str, list[tuple[str, bytes]]] = {}
        self._to_hook: list[Callable[[Hardware], None]] = []
        self.registers: dict[tuple[str, int], int] = {}
        """Of sensors, that the monitor has written."""
        self.fed: dict[str, list[tuple[Any, ...]]] = {}
        self.is_fast = False
        self.quantum_ps: int | None = None
        self.semihosting = Console()
        self.at_reset: list[Callable[[], None]] = []
        """Of the machine: the monitor comes first, as it was there first."""
        output.virtual_ns = lambda: self._hardware.reported_ps // 1000 if self._hardware else 0

    # ---- the machine -------------------------------------------------------------------------------
    def create(self, name: str) -> None:
        """`mach create`."""
        if self.machine_name is not None:
            raise Recoverable("the double has one machine")
        self.machine_name = name
        self.output.log("info", "", "System bus created.")

    def load_platform(self, text: str, name: str, folder: Path | None) -> None:
        """Raises Recoverable."""
        try:
            lines = self.platform.load(text, name, folder)
        except PlatformError as error:
            raise Recoverable(str(error)) from None
        for object, line in lines:
            self._init(object, line)

    def _init(self, object: str, line: str) -> None:
        """A line of an `init:`; those that our files have."""
        if object == "sysbus" and line.startswith("ApplySVD"):
            self.output.line(f"Failed to download {line.split('@')[1]}, see log for details.")
            return
        match = _TAG.fullmatch(line)
        if object != "sysbus" or match is None:
            raise Recoverable(
                f"Parameters did not match the signature\n(the double knows no `{object} {line}`)"
            )
        first, last, name, value, words = match.groups()
        self._tag(
            Tag(name, int(first, 16), int(last, 16) + 1, int(value or "0", 0), words.split()[1:2] == ["true"])
        )

    def _tag(self, tag: Tag) -> None:
        """A tag inside another splits it: I SystemBus.cs:555-604."""
        met = [other for other in self.tags if tag.first < other.end and other.first < tag.end]
        if not met:
            self.tags.append(tag)
            return
        within = "Currently subtag has to be completely contained in other tag"
        if len(met) > 1:
            names = ", ".join(other.name for other in met)
            raise Recoverable(f"{within}. Given one intersects with tags: {names}")
        (other,) = met
        if not (other.first <= tag.first and tag.end <= other.end):
            raise Recoverable(f"{within}, in this case {other.name}.")
        self.tags.remove(other)
        if other.first < tag.first:
            self.tags.append(replace(other, end=tag.first))
        if tag.end < other.end:
            self.tags.append(replace(other, first=tag.end))
        self.tags.append(replace(tag, name=f"{other.name}/{tag.name}"))

    # ---- firmware ----------------------------------------------------------------------------------
    def load_elf(self, path: Path) -> None:
        """Segments at their physical addresses: I FileLoaderExtensions.cs:417."""
        if "loading" in self.fails or path.read_bytes()[:4] != b"\x7fELF":
            raise Recoverable("Error while loading ELF: Given file is not a proper ELF file.")
        self._elf = load_image(path)
        for segment in self._elf.segments:
            self._loaded(segment.address, segment.data)

    def load_binary(self, path: Path, address: int) -> None:
        data = path.read_bytes()
        if "loading" in self.fails:
            raise Recoverable(f"Could not read {path}.")
        self._loaded(address, data)
        self._binaries.append((address, data))

    def _loaded(self, address: int, data: bytes) -> None:
        size, places = len(data), [p for p in self.platform.placed if p.is_memory]
        if not any(p.base <= address and address + size <= p.base + p.size for p in places):
            where = f"<0x{address:08X}, 0x{address + size - 1:08X}>"
            raise Recoverable(f"Tried to access bytes at non-existing peripheral in range {where}.")
        if self._hardware is not None:
            self._hardware.core.bus.program(address, data)

    def begin_at(self, vectors: int) -> None:
        """VectorTableOffset."""
        self.vectors = vectors
        if self._hardware is not None:
            self._hardware.core.initial_vector_table = vectors

    # ---- inputs ------------------------------------------------------------------------------------
    def give_sound(self, name: str, path: Path, side: str, repeat: int) -> None:
        """NRF52840_PDM.SetInputFile (:46), PCMDecoder.cs:48-69: opened for writing, too."""
        with path.open("r+b") as file:
            data = file.read()
        self._files.setdefault(name, []).append((side, data * repeat))
        if self._hardware is not None:
            self._give_sounds()

    def _give_sounds(self) -> None:
        for name, given in self._files.items():
            block = self.hardware.pdm(self.placed(name).base)
            for side, data in given:
                block.files.setdefault(side, bytearray()).extend(data)
            given.clear()

    def drive(self, name: str, line: int, level: bool) -> None:
        """OnGPIO of a port."""
        base = self.placed(name).base
        self._to_hook.append(lambda hardware: hardware.port(base).receive(line, level))
        if self._hardware is not None:
            self._to_hook.pop()(self._hardware)

    def hook_interrupt_end(self, script: str) -> None:
        """The one hook that our scripts set: I Extensions/Hooks/CpuHooksExtensions.cs:34."""
        if script != "self.SetEventFlag(True)":
            raise Recoverable(f"the double has no such hook: {script}")
        self._to_hook.append(lambda hardware: hardware.at_end.append(lambda _: hardware.set_event(True)))

    # ---- virtual time ------------------------------------------------------------------------------
    @property
    def hardware(self) -> Hardware:
        """Built now, if it is not yet."""
        if self._hardware is None:
            self._hardware = self._built()
            self._hardware.at_reset = self.at_reset
            self._hardware.quantum_ps = self.quantum_ps or self._hardware.quantum_ps
            self._give_sounds()
            for action in self._to_hook:
                action(self._hardware)
            self._hardware.truth.watch_calls()
        return self._hardware

    def _built(self) -> Hardware:
        if self.machine_name is None:
            raise Recoverable("there is no machine")
        try:
            board = load_board(self.machine_name)
        except InputError as error:
            raise Recoverable(f"the double has no board for this machine: {error}") from None
        image = self._elf or image_of(self._binaries)
        vectors = self.vectors
        if vectors is None:
            vectors = min(segment.address for segment in image.segments) if self._elf else 0
            if self._elf:
                text = f"Guessing VectorTableOffset value to be 0x{vectors:X}."
                self.output.log("info", "cpu", text)
        made = Hardware(board, image, vectors, self.mips, self.platform.placed, self.tags, self.output)
        for placed in self.platform.placed:
            timer = made.timer(placed.base)
            if timer is not None:
                frequency_hz = self.platform.variables[placed.name].value("frequency")
                timer.constructed_hz = frequency_hz
                timer.run_at(frequency_hz)
            if placed.type == "Python.PythonPeripheral":
                script = self.platform.variables[placed.name].value("script")
                made.script(placed.base, script, self.generation.has_capitals)
            if placed.type == "Sound.NRF52840_PDM":
                made.pdm(placed.base).log = partial(self._log, placed.name)
        is_there = any(v.type == "UART.SemihostingUart" for v in self.platform.variables.values())
        handler = Handler(made.core, self.semihosting if is_there else None, made.exited)
        made.core.on_breakpoint = handler.serve if self.generation.bracketed else handler.serve_a_little
        return made

    def _log(self, name: str, level: str, text: str) -> None:
        self.output.log(level, name, text)

    @property
    def ticks(self) -> int:
        """Virtual time as it has been told."""
        return self.hardware.reported_ps * self.generation.ticks_per_us // 10**6

    def run_for(self, duration_ps: int) -> None:
        """`emulation RunFor`."""
        hardware = self.hardware
        name = self.machine_name or ""
        self.output.log("info", name, "Machine resumed." if hardware.reported_ps else "Machine started.")
        hardware.run(hardware.reported_ps + duration_ps, self.fails)
        self.output.log("info", name, "Machine paused.")
        for action in hardware.at_halt:
            action("Pause")

    def save_truth(self) -> None:
        """At the end, if anything ran."""
        if self._hardware is not None:
            self._hardware.truth.save()

    # ---- objects -----------------------------------------------------------------------------------
    def placed(self, name: str) -> Placed:
        return next(p for p in self.platform.placed if p.name == name)

    def python_object(self, name: str) -> Any:
        """Machine's indexer (Machine.cs:2250). Raises KeyError."""
        variable = self.platform.paths().get(name)
        if variable is None:
            raise KeyError(f"The given peripheral name does not exist: {name}")
        if self._hardware is None and self._elf is None and not self._binaries:
            return Unloaded()
        if variable.type == "UART.SemihostingUart":
            return SemihostingUart(self.hardware, self.semihosting)
        if variable.type == "CPU.CortexM":
            return Cpu(self.hardware, self.generation)
        placed = self.placed(variable.name)
        kinds = {"UART.NRF52840_UART": Uart, "GPIOPort.NRF52840_GPIO": Port}
        kinds |= {"Sound.NRF52840_PDM": PdmBlock}
        kinds |= {"UART.STM32F7_USART": Uart, "GPIOPort.STM32_GPIOPort": Port}
        return kinds.get(variable.type, Peripheral)(self.hardware, placed)
