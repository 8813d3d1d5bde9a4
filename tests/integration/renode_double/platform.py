"""From `.repl` files to objects: R …/PlatformDescription/CreationDriver.cs, Syntax/Entry.cs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from renode_double.generation import Generation
from renode_double.hardware import Placed
from renode_double.repl_syntax import (
    Attribute,
    Entry,
    Interrupt,
    Parser,
    Place,
    PlatformError,
    Reference,
    Registration,
    Source,
)
from renode_double.types_known import BOOL, CPU_TYPES, INT, REFERENCE, TEXT, TYPES, Type, files

_NAMESPACE = "Antmicro.Renode.Peripherals."
_MAX_SIZE = 0xFFFFFFFF


@dataclass
class Variable:
    """What all files together say of one object."""

    name: str
    type: str = ""
    about: Type = field(default_factory=Type)
    source: Source | None = None
    place: Place = field(default_factory=lambda: Place(1, 1))
    attributes: dict[str, tuple[Attribute, Source]] = field(default_factory=dict)
    registrations: list[tuple[Registration, Source]] = field(default_factory=list)
    interrupts: dict[str, tuple[Interrupt, Source]] = field(default_factory=dict)
    init: list[str] = field(default_factory=list)
    is_created: bool = False

    def value(self, name: str, default: Any = None) -> Any:
        return self.attributes[name][0].value if name in self.attributes else default


class Platform:
    """The objects of a machine. Raises PlatformError, with Renode's text."""

    def __init__(self, generation: Generation) -> None:
        self._generation, self._files = generation, files(generation)
        self.variables: dict[str, Variable] = {}
        self.placed: list[Placed] = []

    def load(self, text: str, name: str, folder: Path | None) -> list[tuple[str, str]]:
        """Read a file, make its objects; the monitor's lines that are to run then, each with its object."""
        touched: dict[str, Variable] = {}
        self._read(text, name, folder, [], touched)
        for variable in touched.values():
            if variable.name == "sysbus":
                continue
            if not variable.type:
                source = variable.source or Source(text, name)
                message = f"Variable '{variable.name}' is never declared - type is unknown."
                raise source.error("E01", variable.place, message)
        for variable in touched.values():
            if variable.type and not variable.is_created:
                self._check_arguments(variable)
        for variable in touched.values():
            self._check_places(variable)
            self._check_interrupts(variable)
            variable.is_created = True
        return [(variable.name, line) for variable in touched.values() for line in variable.init]

    # ---- reading -----------------------------------------------------------------------------------
    def _read(
        self, text: str, name: str, folder: Path | None, under_way: list[str], touched: dict[str, Variable]
    ) -> None:
        parser = Parser(text, name)
        usings, entries = parser.description()
        for path, place in usings:
            inner, inner_name, inner_folder = self._used(path, place, parser.source, folder)
            if inner_name in under_way:
                raise parser.source.error("E30", place, f"There is a cycle in using file '{path}'.")
            self._read(inner, inner_name, inner_folder, [*under_way, inner_name], touched)
        for entry in entries:
            self._merge(entry, parser.source, touched)

    def _used(
        self, path: str, place: Place, source: Source, folder: Path | None
    ) -> tuple[str, str, Path | None]:
        if path in self._files:
            return self._files[path], path, None
        file = (folder / path) if path.startswith((".", "/")) and folder is not None else Path(path)
        if file.is_absolute() and file.exists():
            return file.read_text("utf-8"), str(file), file.parent
        raise source.error("E36", place, f"Using '{path}' does not exist.")

    def _merge(self, entry: Entry, source: Source, touched: dict[str, Variable]) -> None:
        nothing = entry.type is None and entry.registrations is None and entry.init is None
        if nothing and not entry.attributes and not entry.interrupts:
            raise source.error("E03", entry.place, "Entry cannot be empty.")
        variable = self.variables.setdefault(
            entry.name, Variable(entry.name, source=source, place=entry.place)
        )
        touched[entry.name] = variable
        if entry.type is not None:
            if variable.type or entry.name == "sysbus":
                text = f"Variable '{entry.name}' was already declared."
                raise source.error("E02", entry.place, text)
            variable.type, variable.about = self._resolved(entry, source)
            variable.source, variable.place = source, entry.place
        for attribute in entry.attributes:
            if variable.is_created and not attribute.name[0].isupper():
                text = "Constructor attribute within entry for variable that is not created."
                raise source.error("E35", attribute.place, text)
            if attribute.value is None:
                variable.attributes.pop(attribute.name, None)
            else:
                variable.attributes[attribute.name] = attribute, source
        if entry.registrations is not None:
            variable.registrations = [(r, source) for r in entry.registrations]
        seen = set()
        for interrupt in entry.interrupts:
            key = interrupt.source or ""
            if key in seen:
                text = f"Interrupt '{key}' has already been used as a source in this entry."
                raise source.error("E16", interrupt.place, text)
            seen.add(key)
            variable.interrupts[key] = interrupt, source
        if entry.init is not None:
            variable.init = [*variable.init, *entry.init] if entry.init_adds else entry.init

    def _resolved(self, entry: Entry, source: Source) -> tuple[str, Type]:
        assert entry.type is not None
        name = entry.type.removeprefix(_NAMESPACE)
        about = TYPES.get(name)
        is_head = self._generation.bracketed
        if about is None or (about.generation and (about.generation == "head") != is_head):
            text = f"Could not resolve type: '{entry.type}'."
            raise source.error("E04", entry.type_place, text, long=True)
        return name, about

    # ---- checks ------------------------------------------------------------------------------------
    def _check_arguments(self, variable: Variable) -> None:
        about, unused, missing = variable.about, [], list(variable.about.needed)
        for attribute, source in variable.attributes.values():
            kinds = about.properties if attribute.name[0].isupper() else about.arguments
            if attribute.name[0].isupper() and attribute.name not in kinds:
                text = f"Property '{attribute.name}' does not exist in type '{_NAMESPACE}{variable.type}."
                raise source.error("E10", attribute.place, text)
            if attribute.name not in kinds:
                unused.append(attribute)
                continue
            self._check_value(attribute, kinds[attribute.name], source)
            if attribute.name in missing:
                missing.remove(attribute.name)
        assert variable.source is not None
        if unused or missing:
            report = [f"Could not find suitable constructor for type '{_NAMESPACE}{variable.type}'."]
            report += ["Constructor selection report:"]
            report += [f"  Could not find corresponding attribute for parameter '{name}'" for name in missing]
            report += [f"  Constructor rejected, {len(unused)} unused attributes left:"] if unused else []
            report += [f"    '{a.name}' with value '{a.value}'" for a in unused]
            raise variable.source.error("E25", variable.place, "\n".join(report))
        self._construct(variable, variable.source)

    def _check_value(self, attribute: Attribute, kind: str, source: Source) -> None:
        value = attribute.value
        fits = {
            INT: isinstance(value, int) and not isinstance(value, bool),
            BOOL: isinstance(value, bool),
            TEXT: isinstance(value, str),
            REFERENCE: isinstance(value, Reference),
        }[kind]
        if not fits:
            raise source.error("E24", attribute.place, f"Type mismatch. Expected {kind}.")
        if isinstance(value, Reference) and value.name not in self.variables:
            raise source.error("E20", attribute.place, f"Undefined reference '{value.name}'.")

    def _construct(self, variable: Variable, source: Source) -> None:
        """What constructors refuse."""
        why = ""
        if variable.type == "CPU.CortexM" and variable.value("cpuType") not in CPU_TYPES:
            why = f"Failed to initialize CPU: Unknown CPU type: {variable.value('cpuType')}"
        size = variable.value("size", 1)
        if not 0 < size <= _MAX_SIZE:
            why = "Memory size cannot be 0" if not size else "Memory size is too large"
        if why:
            text = f"Exception was thrown during construction of '{variable.name}':\n{why}"
            raise source.error("E38", variable.place, text)

    def _check_places(self, variable: Variable) -> None:
        if variable.is_created:
            return
        for registration, source in variable.registrations:
            if registration.register is None:
                continue
            register = self.variables.get(registration.register)
            if registration.register != "sysbus" and (register is None or not register.type):
                text = f"Undefined register '{registration.register}'."
                raise source.error("E20", registration.place, text)
            offers = "bus" if registration.register == "sysbus" else register.about.offers if register else ""
            wanted = variable.about.on.partition(":")[0].split("|")
            if offers not in wanted:
                there = "Antmicro.Renode.Peripherals.Bus.SystemBus" if register is None else register.type
                text = (
                    f"Register '{registration.register}' of type '{there}' does not provide an interface "
                    f"to register '{variable.name}' of type '{_NAMESPACE}{variable.type}'."
                )
                raise source.error("E05", registration.place, text)
            if offers == "bus":
                self._place(variable, registration, source)
            elif (registration.point is None) != (offers in ("cpu", "semihosting")):
                text = "Could not find any suitable constructor for this registration point."
                raise source.error("E22", registration.place, text)

    def _place(self, variable: Variable, registration: Registration, source: Source) -> None:
        if variable.about.on == "bus:none":
            return
        size, point = variable.about.size, registration.point
        size = variable.value(size) if isinstance(size, str) else size
        if variable.type == "Timers.STM32_Timer" and self._generation.name == "1.15.0":
            size = None  # STM32_Timer.cs:22 there
        if isinstance(point, tuple):
            base, size = point
        else:
            base = point
        if not isinstance(base, int) or not isinstance(size, int):
            text = "Could not find any suitable constructor for this registration point."
            raise source.error("E22", registration.place, text)
        for other in self.placed:
            if base < other.base + other.size and other.base < base + size:
                text = (
                    f"Exception was thrown during registration of '{variable.name}' in 'sysbus':\n"
                    f"Could not register {variable.name} at 0x{base:X}: it would overlap with {other.name}."
                )
                raise source.error("E39", registration.place, text)
        self.placed.append(Placed(variable.name, variable.type, base, size))

    def _check_interrupts(self, variable: Variable) -> None:
        for interrupt, source in variable.interrupts.values():
            self._check_output(variable, interrupt, source)
            if interrupt.receiver is None:
                continue
            receiver = self.variables.get(interrupt.receiver)
            if receiver is None or not receiver.type:
                text = f"Irq destination '{interrupt.receiver}' does not exist."
                raise source.error("E11", interrupt.place, text)
            if not receiver.about.is_receiver:
                text = f"Irq destination '{interrupt.receiver}' is not an IGPIOReceiver."
                raise source.error("E12", interrupt.place, text)

    def _check_output(self, variable: Variable, interrupt: Interrupt, source: Source) -> None:
        outputs = variable.about.outputs
        numbered = next((int(name[1:]) for name in outputs if name.startswith("#")), 0)
        if interrupt.source is None:
            if not outputs or numbered:
                raise source.error("E15", interrupt.place, "Ambiguous choice of default interrupt.")
        elif interrupt.source[0].isdigit():
            if int(interrupt.source, 0) >= numbered:
                text = f"Source {interrupt.source} does not exist in '{variable.name}'."
                raise source.error("E13", interrupt.place, text)
        elif interrupt.source not in outputs:
            text = f"Interrupt '{interrupt.source}' does not exist in '{variable.name}'."
            raise source.error("E13", interrupt.place, text)

    # ---- names -------------------------------------------------------------------------------------
    def paths(self) -> dict[str, Variable]:
        """Full names of the monitor ("sysbus.twi0.imu"): by where each object hangs."""
        found: dict[str, Variable] = {}
        for variable in self.variables.values():
            if variable.type:
                for registration, _ in variable.registrations:
                    if registration.register is not None:
                        found[self._path(registration.register) + "." + variable.name] = variable
        return found

    def _path(self, name: str) -> str:
        if name == "sysbus":
            return name
        above = self.variables[name].registrations[0][0].register
        return f"{self._path(above)}.{name}" if above else name


__all__ = ["Platform", "PlatformError", "Variable"]
