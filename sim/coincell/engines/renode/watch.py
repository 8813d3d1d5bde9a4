"""What the probe is to look at in Renode, worked out from the image and the board."""

from __future__ import annotations

from collections.abc import Iterator

from coincell.describe import BoardDescription
from coincell.engines.contract import RunRequest
from coincell.engines.renode.folder import Watched
from coincell.engines.renode.platform import RenodePlatform
from coincell.image import FirmwareImage, Symbol
from coincell.machine import Machine
from coincell.machine.memories import UNTOUCHED
from coincell.machine.wiring import CONSOLE_PORT
from coincell.peripherals.registers import Block

SEMIHOSTING = "semihosting"
"""The port of text that goes through BKPT 0xAB, as on the native engine; and part of its object's name."""
_LARGEST_STACK = 1 << 16
_SLEEPS = {0xBF20: 2, 0xBF30: 2}
"""WFE T1 and WFI T1, with their sizes (Armv7-M ARM A7.7.261, A7.7.262)."""
_BKPT_AB = 0xBEAB
_SLEEPS_WIDE = (0xF3AF8002, 0xF3AF8003)
"""WFE T2 and WFI T2."""
_DMA = {"nordic.radio": ((0x000, 0x504, 258), (0x008, 0x504, 258))}
"""Block type to (task, register that holds a pointer, bytes): what the block reads there when the task is
triggered. A radio sends the packet at PACKETPTR: at most 2 + 256 bytes (nRF52840 PS, RADIO)."""


def watched(request: RunRequest, platform: RenodePlatform, machine: Machine, mips: int) -> Watched:
    """Everything that a result needs. `machine` is the board's own, at reset, with the image in it."""
    board: BoardDescription = request.board
    return Watched(
        core=platform.core,
        mips=mips,
        uarts=_uarts(platform),
        pins=tuple((net, *place) for net, place in sorted(platform.pins.items())),
        markers=_markers(request),
        sleeps=tuple(sorted(sleeps(request.image))),
        blocks=_blocks(board, platform),
        addresses=tuple(_unmodelled(machine, platform)),
        stack=_stack(machine),
    )


def sleeps(image: FirmwareImage) -> Iterator[tuple[int, int]]:
    """Each WFE and WFI of the image, and the address after it. Data that looks like one never runs."""
    for segment in image.segments:
        halves = _halves(segment.data)
        for number, half in enumerate(halves):
            address = segment.address + 2 * number
            if half in _SLEEPS:
                yield address, address + 2
            elif number + 1 < len(halves) and half << 16 | halves[number + 1] in _SLEEPS_WIDE:
                yield address, address + 4


def uses_semihosting(image: FirmwareImage) -> bool:
    """Whether BKPT 0xAB stands anywhere in it."""
    return any(_BKPT_AB in _halves(segment.data) for segment in image.segments)


def held_high(machine: Machine, platform: RenodePlatform) -> tuple[tuple[str, int], ...]:
    """GPIO port and line of each pin that the board holds high at reset, but for those that light LEDs."""
    board = machine.board
    lamps = {net for part in board.part if part.device == "led" for net in part.wires.values()}
    return tuple(
        place
        for net, place in sorted(platform.pins.items())
        if net not in lamps and machine.nets.net(net).level
    )


def _halves(data: bytes) -> memoryview:
    return memoryview(data[: len(data) & ~1]).cast("H")


def _uarts(platform: RenodePlatform) -> tuple[tuple[str, str], ...]:
    """The console's port, and Renode's object: every UART, as firmware chooses which one it puts on the
    console's pins, and semihosting, in each of the places where a release may have it."""
    uarts = [(CONSOLE_PORT, name) for name in sorted(set(platform.uarts.values()))]
    return (*uarts, *((SEMIHOSTING, way.uart) for way in platform.semihosting))


def _markers(request: RunRequest) -> tuple[tuple[str, int, tuple[object, ...], tuple[object, ...]], ...]:
    symbols = request.image.symbols

    def places(names: tuple[str, ...]) -> tuple[object, ...]:
        return tuple((name, symbols[name].address, symbols[name].size) for name in names)

    return tuple(
        (m.name, _even(symbols[m.function]), places(m.capture_entry), places(m.capture_return))
        for m in request.markers
    )


def _even(symbol: Symbol) -> int:
    return symbol.address & ~1


def _blocks(
    board: BoardDescription, platform: RenodePlatform
) -> tuple[tuple[str, int, tuple[tuple[int, int, int], ...]], ...]:
    """Renode's objects, where each begins, and what is read by DMA when a task of it is triggered."""
    found: dict[str, tuple[int, tuple[tuple[int, int, int], ...]]] = {}
    for block in board.chip.block:
        if block.name in platform.blocks:
            found[platform.blocks[block.name]] = block.base, _DMA.get(block.type, ())
    return tuple((name, *rest) for name, rest in sorted(found.items()))


def _unmodelled(machine: Machine, platform: RenodePlatform) -> Iterator[int]:
    """Registers of blocks that only the native engine has: writes there may change what they draw."""
    for block in machine.blocks:
        if block.name in platform.tags and isinstance(block, Block):
            offsets = range(0, block.size, 4)
            yield from (block.base + offset for offset in offsets if block.takes_writes(offset))


def _stack(machine: Machine) -> tuple[tuple[int, int, int], ...]:
    """The main stack, where the image says where it ends: painted before, looked at afterwards."""
    stack = machine.processor.stack
    if stack.limit is None or not 0 < stack.top - stack.limit <= _LARGEST_STACK:
        return ()
    return ((stack.limit, stack.top - stack.limit, UNTOUCHED),)
