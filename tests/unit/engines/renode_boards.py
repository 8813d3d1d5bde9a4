"""Boards to make platforms of: the shipped ones, and small ones around chips that nobody shipped.

Addresses are those of ST's reference manuals RM0385 (F746), RM0433 (H743), RM0438 (L552) and
RM0090 (F407, F429), from memory; the golden files show what follows from them.
"""

from __future__ import annotations

from typing import Any

from coincell.describe import (
    BlockDescription,
    BoardDescription,
    ChipDescription,
    MemoryDescription,
    load_board,
    load_chip,
    load_device,
)
from coincell.describe.chip import CoreDescription

Memories = tuple[tuple[str, str, int, int, str | None], ...]


def chip(
    name: str, core: dict[str, Any], memories: Memories, blocks: dict[str, int], pins: tuple[str, ...]
) -> ChipDescription:
    """A chip as far as a platform looks at it; the rest is the nRF52840's."""
    like = load_chip("nrf52840")
    keys = ("name", "kind", "base", "size", "alias_of")
    update = {
        "name": name,
        "title": name.upper(),
        "pins": pins,
        "core": CoreDescription.model_validate(like.core.model_dump() | core),
        "memory": tuple(MemoryDescription(**dict(zip(keys, memory, strict=True))) for memory in memories),
        "block": tuple(BlockDescription(name=b, type="stub", base=base) for b, base in blocks.items()),
    }
    return like.model_copy(update=update)


def board(
    about: ChipDescription, wires: dict[str, str], parts: dict[str, dict[str, Any]], inputs: dict[str, str]
) -> BoardDescription:
    """A board with that chip."""
    like = load_board("nano33ble_sense")
    led = like.part_named("led_builtin").current
    rows = [
        {"name": name, "rail": "3v3", **part, **({"current": led} if part["device"] == "led" else {})}
        for name, part in parts.items()
    ]
    made = BoardDescription.model_validate(
        {
            "name": f"{about.name}_board",
            "title": f"{about.title} board",
            "chip": about.name,
            "chip_rail": "3v3",
            "rail": like.rail,
            "wire": [{"net": net, "pin": pin} for net, pin in wires.items()],
            "part": rows,
            "inputs": inputs,
            "attach": like.attach,
            "default_attach": like.default_attach,
        }
    )
    made._chip = about
    made._devices = {part["device"]: load_device(part["device"]) for part in parts.values()}
    return made


def ports(letters: str) -> tuple[str, ...]:
    return tuple(f"P{letter}:16" for letter in letters)


M7 = {"type": "cortex-m7", "fpu": True, "priority_bits": 4, "bitband": False}
M33 = {"type": "cortex-m33", "fpu": True, "priority_bits": 3, "security": "nonsecure"}
M4F = {"priority_bits": 4, "bitband": True}


def odd_f746() -> BoardDescription:
    """A part that is called like one of Renode's objects, a sensor, and memories in pieces."""
    memories = (
        ("flash", "flash", 0x08000000, 1 << 20, None),
        ("flash_itcm", "flash", 0x00200000, 1 << 20, "flash"),
        ("itcm", "ram", 0x00000000, 16 << 10, None),
        ("dtcm", "ram", 0x20000000, 64 << 10, None),
        ("sram1", "ram", 0x20010000, 240 << 10, None),
        ("sram2", "ram", 0x2004C000, 16 << 10, None),
    )
    blocks = {
        "tim2": 0x40000000,
        "pwr": 0x40007000,
        "usart1": 0x40011000,
        "adc1": 0x40012000,
        "gpioa": 0x40020000,
        "gpioi": 0x40022000,
        "rcc": 0x40023800,
        "flash_if": 0x40023C00,
    }
    about = chip("stm32f746", M7, memories, blocks, ports("ABCDEFGHIJK"))
    parts = {
        "led": {"device": "led", "wires": {"A": "LD1"}},
        "rcc": {"device": "led", "wires": {"A": "LD2"}, "active": "low"},
        "imu": {"device": "lsm9ds1", "wires": {"SCL": "SCL1", "SDA": "SDA1"}},
    }
    wires = {"LD1": "PI.01", "LD2": "PA.05", "SCL1": "PB.08", "SDA1": "PB.09"}
    return board(about, wires, parts, {})


def stm32h743() -> BoardDescription:
    memories = (
        ("flash", "flash", 0x08000000, 2 << 20, None),
        ("itcm", "ram", 0x00000000, 64 << 10, None),
        ("dtcm", "ram", 0x20000000, 128 << 10, None),
        ("axi", "ram", 0x24000000, 512 << 10, None),
    )
    blocks = {"usart3": 0x40004800, "rcc": 0x58024400, "pwr": 0x58024800, "gpiob": 0x58020400}
    about = chip("stm32h743", M7 | {"type": "cortex-m7+fp.dp"}, memories, blocks, ports("ABCDEFGHIJK"))
    return board(about, {"LD1": "PB.00"}, {"led": {"device": "led", "wires": {"A": "LD1"}}}, {})


def stm32l552() -> BoardDescription:
    memories = (
        ("flash", "flash", 0x08000000, 512 << 10, None),
        ("sram1", "ram", 0x20000000, 192 << 10, None),
        ("sram2", "ram", 0x20030000, 64 << 10, None),
    )
    blocks = {"lpuart1": 0x40008000, "rcc": 0x40021000, "gpioc": 0x42020800, "pwr": 0x40007000}
    about = chip("stm32l552", M33, memories, blocks, ports("ABCDEFGH"))
    return board(about, {"LD1": "PC.07"}, {"led": {"device": "led", "wires": {"A": "LD1"}}}, {})


def stm32f4(name: str) -> BoardDescription:
    memories = (
        ("flash", "flash", 0x08000000, 1 << 20, None),
        ("sram", "ram", 0x20000000, 128 << 10, None),
        ("ccm", "ram", 0x10000000, 64 << 10, None),
    )
    blocks = {"usart2": 0x40004400, "rcc": 0x40023800, "gpiod": 0x40020C00, "otg_fs": 0x50000000}
    about = chip(name, M4F, memories, blocks, ports("ABCDEFGHI"))
    return board(
        about, {"LD4": "PD.12", "LD5": "PG.13"}, {"led": {"device": "led", "wires": {"A": "LD4"}}}, {}
    )


def unknown() -> BoardDescription:
    """A chip that Renode has no file for: an M3 with bit-banding, an alias and blocks close together."""
    memories = (
        ("flash", "flash", 0x08000000, 64 << 10, None),
        ("flash_low", "flash", 0x00000000, 64 << 10, "flash"),
        ("ram", "ram", 0x20000000, 20 << 10, None),
    )
    blocks = {"tim2": 0x40000000, "tim3": 0x40000400, "usart1": 0x40013800, "adc": 0x40012400}
    core = {"type": "cortex-m3", "fpu": False, "priority_bits": 4, "bitband": True, "mpu_regions": 0}
    about = chip("obscure1", core, memories, blocks, ports("AB"))
    parts = {
        "piezo": {"device": "mp34dt05", "wires": {"CLK": "C", "DOUT": "D"}},
        "led": {"device": "led", "wires": {"A": "L"}},
    }
    return board(about, {"C": "PA.00", "D": "PA.01", "L": "PB.03"}, parts, {"vibration": "piezo"})


BOARDS = {
    "nano33ble_sense": lambda: load_board("nano33ble_sense"),
    "nano33ble_motion": lambda: load_board("nano33ble_motion"),
    "nucleo_f746zg": lambda: load_board("nucleo_f746zg"),
    "nucleo_g0b1re": lambda: load_board("nucleo_g0b1re"),
    "odd_f746": odd_f746,
    "stm32h743": stm32h743,
    "stm32l552": stm32l552,
    "stm32f407": lambda: stm32f4("stm32f407"),
    "stm32f429": lambda: stm32f4("stm32f429"),
    "obscure1": unknown,
}
