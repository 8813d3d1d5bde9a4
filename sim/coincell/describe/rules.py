"""Named rules that a description keeps beyond the shape of its tables. All run at every load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

from coincell.describe.battery import BatteryDescription
from coincell.describe.board import BoardDescription
from coincell.describe.chip import ChipDescription
from coincell.describe.device import SELF, DeviceDescription
from coincell.describe.power import ANY_MODE, PowerDescription
from coincell.errors import InputError

M = TypeVar("M")


@dataclass(frozen=True)
class Breach:
    """A rule is broken at `key`."""

    key: str
    problem: str
    value: object = None
    allowed: Sequence[object] = field(default=())
    mend: str = ""


Rule = Callable[[M], Iterator[Breach]]


def check(rules: Iterable[Rule[M]], description: M, where: str) -> None:
    """Run every rule. Raises InputError for the first breach, naming the rule."""
    for rule in rules:
        for breach in rule(description):
            problem = f"{breach.problem} [rule {rule.__name__}]"
            raise InputError(problem, where, breach.key, breach.value, breach.allowed, breach.mend)


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def chip_names_unique(chip: ChipDescription) -> Iterator[Breach]:
    """Memories, blocks and components have one entry each."""
    groups = {
        "memory": [m.name for m in chip.memory],
        "block": [b.name for b in chip.block],
        "power.components": [c for table in chip.power for c in table.components],
    }
    for key, names in groups.items():
        for name in _repeated(names):
            yield Breach(key, "this name is given twice", name, mend="remove one, or rename it")


def chip_memories_apart(chip: ChipDescription) -> Iterator[Breach]:
    """Memories and blocks do not overlap; peripherals that share an address are one block with options."""
    spans = [(m.base, m.base + m.size, m.name) for m in chip.memory]
    spans += [(b.base, b.base + (b.size or 4), b.name) for b in chip.block]
    spans.sort()
    for (_, end, low), (start, _, high) in pairwise(spans):
        if start < end:
            yield Breach("memory, block", f"{low!r} and {high!r} overlap at 0x{start:08x}")


def chip_aliases_known(chip: ChipDescription) -> Iterator[Breach]:
    """An alias shows a memory that exists and is no alias itself."""
    real = {m.name for m in chip.memory if m.alias_of is None}
    for index, memory in enumerate(chip.memory):
        if memory.alias_of is not None and memory.alias_of not in real:
            yield Breach(f"memory[{index}].alias_of", "no such memory", memory.alias_of, sorted(real))


def chip_irqs_in_range(chip: ChipDescription) -> Iterator[Breach]:
    """Interrupt numbers lie within the lines of the core."""
    for index, block in enumerate(chip.block):
        if block.irq is not None and block.irq >= chip.core.irqs:
            yield Breach(f"block[{index}].irq", f"the core has lines 0 to {chip.core.irqs - 1}", block.irq)


_ALWAYS_WITHOUT_FPU = ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m33+nodsp+nofp")
_ALWAYS_WITH_FPU = {"cortex-m4f": "cortex-m4", "cortex-m7+fp.dp": "cortex-m7"}
"""Each with the name of the core that may lack it."""


def chip_fpu_fits_core(chip: ChipDescription) -> Iterator[Breach]:
    """cortex-m4f has its FPU and Armv6-M cores have none."""
    core = chip.core
    if core.fpu and core.type in _ALWAYS_WITHOUT_FPU:
        yield Breach("core.fpu", f"a {core.type} has no FPU", core.fpu, [False])
    if not core.fpu and core.type in _ALWAYS_WITH_FPU:
        plain = _ALWAYS_WITH_FPU[core.type]
        yield Breach("core.fpu", f"a {core.type} has an FPU", core.fpu, [True], f'or write type = "{plain}"')


def chip_security_fits_core(chip: ChipDescription) -> Iterator[Breach]:
    """Only Armv8-M cores have a security state."""
    core = chip.core
    if core.security != "none" and core.type != "cortex-m33":
        yield Breach("core.security", f"a {core.type} has none", core.security, ["none"])


def chip_pins_written_well(chip: ChipDescription) -> Iterator[Breach]:
    """Ports are written as "P0:32"."""
    for index, port in enumerate(chip.pins):
        prefix, _, count = port.partition(":")
        if not prefix or not count.isdigit() or not 0 < int(count) <= 64:
            yield Breach(f"pins[{index}]", "a port is its name, a colon and its pins", port, ["P0:32"])


def chip_supply_in_order(chip: ChipDescription) -> Iterator[Breach]:
    """The lowest supply voltage lies below the highest."""
    if chip.supply.min_v.voltage_v >= chip.supply.max_v.voltage_v:
        yield Breach("supply.min_v", "must lie below supply.max_v", float(chip.supply.min_v.voltage_v))


def chip_modes_have_figures(chip: ChipDescription) -> Iterator[Breach]:
    """Each state has a figure for every regulator mode, and the regulator has those states."""
    modes = chip.regulator.modes if chip.regulator else ()
    power = chip.component_power()
    if chip.regulator:
        table = power.get(chip.regulator.component)
        if table is None:
            yield Breach("regulator.component", "no such component", chip.regulator.component, sorted(power))
        else:
            for mode in modes:
                if mode not in table.states:
                    yield Breach(
                        "regulator.modes", "the regulator has no such state", mode, sorted(table.states)
                    )
        if chip.regulator.initial not in modes:
            yield Breach("regulator.initial", "not one of the modes", chip.regulator.initial, modes)
    for component, table in power.items():
        for state, figures in table.states.items():
            key = f"power.{component}.states.{state}"
            for mode in figures:
                if mode != ANY_MODE and mode not in modes:
                    yield Breach(key, "the regulator has no such mode", mode, modes)
            if ANY_MODE not in figures:
                for mode in modes:
                    if mode not in figures:
                        yield Breach(key, f"has no figure for regulator mode {mode!r}", mend="add one")


def _initial_known(name: str, table: PowerDescription) -> Iterator[Breach]:
    if not table.has_state(table.initial):
        yield Breach(f"power.{name}.initial", "no such state", table.initial, sorted(table.states))


def chip_initial_states_known(chip: ChipDescription) -> Iterator[Breach]:
    """The state after reset has a figure."""
    for name, table in chip.component_power().items():
        yield from _initial_known(name, table)


def chip_overlaps_known(chip: ChipDescription) -> Iterator[Breach]:
    """An overlap names components and states that exist, and has a figure for every regulator mode."""
    power = chip.component_power()
    modes = set(chip.regulator.modes) if chip.regulator else set()
    for index, overlap in enumerate(chip.overlap):
        key = f"overlap[{index}]"
        for what, component, states in (
            ("component", overlap.component, (overlap.state,)),
            ("while", overlap.other, overlap.states),
        ):
            if component not in power:
                yield Breach(f"{key}.{what}", "no such component", component, sorted(power))
                continue
            for state in states:
                if not power[component].has_state(state):
                    yield Breach(f"{key}.states", f"{component!r} has no such state", state)
        if ANY_MODE not in overlap.figures and set(overlap.figures) != modes:
            yield Breach(f"{key}.figures", "one figure per regulator mode is needed", allowed=sorted(modes))


def device_initial_state_known(device: DeviceDescription) -> Iterator[Breach]:
    """The state after power-on has a figure."""
    yield from _initial_known(SELF, device.power)


def device_component_is_self(device: DeviceDescription) -> Iterator[Breach]:
    """A device draws under the name of the part that it is: its one component is "self"."""
    if device.power.components != (SELF,):
        yield Breach("power.components", "a device has one component", device.power.components[0], [SELF])


def device_has_no_modes(device: DeviceDescription) -> Iterator[Breach]:
    """Only a chip's figures depend on a regulator mode."""
    for state, figures in device.power.states.items():
        if set(figures) != {ANY_MODE}:
            yield Breach(
                f"power.states.{state}", "needs current_ua, kind and source", mend="write one figure"
            )


def device_supply_in_order(device: DeviceDescription) -> Iterator[Breach]:
    """The lowest supply voltage does not lie above the highest."""
    if device.min_supply.voltage_v > device.max_supply.voltage_v:
        yield Breach("min_supply", "lies above max_supply", float(device.min_supply.voltage_v))


def board_names_unique(board: BoardDescription) -> Iterator[Breach]:
    """Rails, nets, pins, parts and attachments have one entry each; parts are not called like components."""
    components = list(board.chip.component_power())
    groups = {
        "rail": [r.name for r in board.rail],
        "wire.net": [w.net for w in board.wire],
        "wire.pin": [w.pin for w in board.wire],
        "part": [p.name for p in board.part] + components,
        "attach": [a.name for a in board.attach],
    }
    for key, names in groups.items():
        for name in _repeated(names):
            yield Breach(key, "this name is given twice", name, mend="remove one, or rename it")


def board_pins_exist(board: BoardDescription) -> Iterator[Breach]:
    """Wires end at pins of the chip."""
    pins = set(board.chip.pin_names())
    for index, wire in enumerate(board.wire):
        if wire.pin not in pins:
            yield Breach(f"wire[{index}].pin", "the chip has no such pin", wire.pin, board.chip.pins)


def board_rails_known(board: BoardDescription) -> Iterator[Breach]:
    """Chip, parts, components and attachments hang on rails that exist."""
    rails = {r.name for r in board.rail}
    uses = {"chip_rail": board.chip_rail}
    uses |= {f"part.{p.name}.rail": p.rail for p in board.part}
    uses |= {f"attach.{a.name}.rail": a.rail for a in board.attach}
    for key, rail in uses.items():
        if rail not in rails:
            yield Breach(key, "no such rail", rail, sorted(rails))


def board_nets_known(board: BoardDescription) -> Iterator[Breach]:
    """Parts, switches and the console use nets that a wire declares."""
    nets = {w.net for w in board.wire}
    uses: dict[str, str | None] = {f"rail.{r.name}.switch": r.switch for r in board.rail}
    for part in board.part:
        uses[f"part.{part.name}.powered_by"] = part.powered_by
        uses |= {f"part.{part.name}.wires.{pin}": net for pin, net in part.wires.items()}
    if board.console:
        uses |= {"console.tx": board.console.tx, "console.rx": board.console.rx}
    for key, net in uses.items():
        if net is not None and net not in nets:
            yield Breach(key, "no wire has this net", net, sorted(nets), "add a [[wire]] with its chip pin")


def board_parts_wired_by_their_pins(board: BoardDescription) -> Iterator[Breach]:
    """A part is wired by pins that its device has."""
    for part in board.part:
        pins = board.device(part).pins
        for pin in part.wires:
            if pin not in pins:
                yield Breach(f"part.{part.name}.wires", "the device has no such pin", pin, pins)


def board_inputs_known(board: BoardDescription) -> Iterator[Breach]:
    """Every input is a part that senses, or a quantity of one that senses several."""
    sensing = [
        f"{part.name}.{quantity}".removesuffix(".")
        for part in board.part
        for quantity in board.device(part).units
    ]
    for name, place in board.inputs.items():
        if place not in sensing:
            yield Breach(f"inputs.{name}", "no part of this name senses anything", place, sorted(sensing))


def board_attachments_sound(board: BoardDescription) -> Iterator[Breach]:
    """The usual attachment exists, and voltages are in order."""
    names = [a.name for a in board.attach]
    if board.default_attach not in names:
        yield Breach("default_attach", "no such attachment", board.default_attach, names)
    for attach in board.attach:
        if attach.min.voltage_v >= attach.max.voltage_v:
            yield Breach(f"attach.{attach.name}.min", "must lie below max", float(attach.min.voltage_v))


def board_leds_have_currents(board: BoardDescription) -> Iterator[Breach]:
    """What a LED draws depends on its resistor, so the board says it."""
    for part in board.part:
        if board.device(part).driver == "led" and part.current is None:
            yield Breach(f"part.{part.name}.current", "a LED needs its current", mend="add current = {…}")


def battery_curve_in_order(battery: BatteryDescription) -> Iterator[Breach]:
    """The curve runs from fresh (0) to empty (1); voltage never rises on the way."""
    points = battery.curve.points
    depths = [p.depth_ratio for p in points]
    if depths != sorted(set(depths)) or depths[0] != 0 or depths[-1] != 1:
        yield Breach(
            "curve.points", "depths must rise from 0 to 1", mend="sort them, with 0 and 1 at the ends"
        )
    for low, high in pairwise(points):
        if high.open_circuit_v > low.open_circuit_v:
            yield Breach("curve.points", "open-circuit voltage rises with depth", float(high.open_circuit_v))


def battery_shares_below_one(battery: BatteryDescription) -> Iterator[Breach]:
    """The available share, yearly loss and spread are parts of a whole."""
    shares = {
        "two_well.available_ratio": battery.two_well.available_ratio,
        "self_discharge.yearly_ratio": battery.self_discharge.yearly_ratio,
        "capacity_spread.within_ratio": battery.capacity_spread.within_ratio,
    }
    for key, value in shares.items():
        if value >= 1:
            yield Breach(key, "must lie below 1 (100 %)", float(value))


def battery_capacity_falls_with_load(battery: BatteryDescription) -> Iterator[Breach]:
    """More current never gives more charge, to the same cut-off."""
    entries = sorted(battery.capacity, key=lambda entry: entry.current_a)
    for low, high in pairwise(entries):
        if high.charge_c > low.charge_c and high.cutoff_v >= low.cutoff_v:
            yield Breach("capacity", "capacity rises with load", float(high.current_a))


def battery_temperature_in_order(battery: BatteryDescription) -> Iterator[Breach]:
    """Temperatures rise from point to point."""
    temperatures = [p.temperature_degc for p in battery.temperature.points]
    if temperatures != sorted(set(temperatures)):
        yield Breach("temperature.points", "temperatures must rise")


CHIP: tuple[Rule[ChipDescription], ...] = (
    chip_names_unique,
    chip_memories_apart,
    chip_aliases_known,
    chip_irqs_in_range,
    chip_fpu_fits_core,
    chip_security_fits_core,
    chip_pins_written_well,
    chip_supply_in_order,
    chip_modes_have_figures,
    chip_initial_states_known,
    chip_overlaps_known,
)
DEVICE: tuple[Rule[DeviceDescription], ...] = (
    device_component_is_self,
    device_initial_state_known,
    device_has_no_modes,
    device_supply_in_order,
)
BOARD: tuple[Rule[BoardDescription], ...] = (
    board_names_unique,
    board_pins_exist,
    board_rails_known,
    board_nets_known,
    board_parts_wired_by_their_pins,
    board_inputs_known,
    board_attachments_sound,
    board_leds_have_currents,
)
BATTERY: tuple[Rule[BatteryDescription], ...] = (
    battery_curve_in_order,
    battery_shares_below_one,
    battery_capacity_falls_with_load,
    battery_temperature_in_order,
)
