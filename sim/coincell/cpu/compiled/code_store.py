"""The translations of one core's code: making them, keeping them on disk, dropping those that are stale."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from coincell.cpu.bus import MARK_SHIFT
from coincell.cpu.compiled.background import Background
from coincell.cpu.compiled.code_cache import CodeCache
from coincell.cpu.compiled.compiler import THOROUGH, compiler
from coincell.cpu.compiled.layout import Layout, layout_of
from coincell.cpu.compiled.native import Jit
from coincell.cpu.compiled.recording import Recording
from coincell.cpu.compiled.region import Key, Region, Shape, find_region
from coincell.cpu.core import Core
from coincell.cpu.llvm.translate import translate

LONGEST_BLOCK = 48
PLAIN = Shape(limit=80, longest=LONGEST_BLOCK)
WIDE = Shape(limit=400, longest=LONGEST_BLOCK, calls=True, checks_everywhere=False)
"""Thorough regions follow calls and check the deadline only where they must."""
PRECISE = Shape(limit=500, longest=1, calls=True, enter_anywhere=True)
"""Every instruction checks the deadline and can be entered, IT blocks excepted."""


@dataclass(eq=False)
class Compiled:
    """A region's function."""

    function: int
    level: int
    shape: Shape
    region: Region
    granules: frozenset[int]
    """Numbers of the granules (cpu.bus) that its code and its literals lie in."""


@dataclass(frozen=True)
class Order:
    """A region that is being compiled."""

    key: Key
    shape: Shape
    level: int
    region: Region
    version: int
    """Of the store when it was ordered: by a change of code, layout or hooks it becomes worthless."""


class CodeStore:
    """Regions for the present layout of the core, and those made for earlier ones."""

    def __init__(
        self, core: Core, jit: Jit, cache: CodeCache | None, background: Background | None = None
    ) -> None:
        self.core, self.jit, self.cache, self.background = core, jit, cache, background
        self.version = 0
        self.orders: dict[str, Order] = {}
        """What is being compiled in the background, by name."""
        self.layout = layout_of(core)
        self.stops: set[int] = set()
        """Addresses that were ever hooked: regions end before them, and they are stepped."""
        self._doubted: set[int] = set()
        """Addresses of instructions that access different memories at different times."""
        self._layouts: dict[Layout, dict[tuple[Key, Shape, int], Compiled]] = {}
        self._made: dict[tuple[Key, Shape, int], Compiled] = {}
        self._functions: set[int] = set()
        weakref.finalize(self, _release_all, jit, self._functions)
        self._retired: list[Compiled] = []
        """Dropped or replaced, but perhaps still running."""
        self.compiled_regions = self.loaded_regions = 0

    # ---- making -------------------------------------------------------------------------------------------
    def make(
        self, key: Key, shape: Shape, level: int, hints: Recording | None = None, only_cached: bool = False
    ) -> Compiled | None:
        """A region from `key`; None when its first instruction has to be interpreted, or is not at hand."""
        found = self._made.get((key, shape, level))
        if found is not None and not found.region.runs_into(shape.ends):
            return found
        hints = hints or Recording()
        region = self.region(key, shape, hints.executed)
        if not region.blocks[key].instructions:
            return None
        name = self._name(region, shape, level)
        obj = self.cache.load(name) if self.cache is not None else None
        if obj is not None:
            self.loaded_regions += 1
        elif only_cached:
            return None
        else:
            obj = compiler().compile(self._translate(region, name, level, hints), level)
            self._compiled(name, obj)
        return self._keep(name, obj, Order(key, shape, level, region, self.version))

    def find(self, key: Key, shape: Shape, level: int) -> Compiled | None:
        """What was made before."""
        return self._made.get((key, shape, level))

    def order(self, key: Key, shape: Shape, level: int, hints: Recording) -> Compiled | None:
        """As `make`, but what is not at hand is compiled in the background, and told by `delivered`."""
        made = self.make(key, shape, level, hints, only_cached=True)
        if made is not None or self.background is None:
            return made or self.make(key, shape, level, hints)
        region = self.region(key, shape, hints.executed)
        name = self._name(region, shape, level)
        if region.blocks[key].instructions:
            if name not in self.orders:
                self.background.submit(name, self._translate(region, name, level, hints), level)
            # The name says all that the code depends on: what was ordered before a change serves after it.
            self.orders[name] = Order(key, shape, level, region, self.version)
        return None

    def delivered(self) -> Iterator[tuple[Key, Compiled]]:
        """What was ordered and is ready, unless the code has changed since.

        What could not be compiled is no longer on order: the guest runs on in what it has.
        """
        if self.background is None:
            return
        for name, obj in self.background.finished():
            order = self.orders.pop(name)
            self._compiled(name, obj)
            if obj and order.version == self.version:
                yield order.key, self._keep(name, obj, order)

    def keep_orders(self, timeout_s: float) -> None:
        """Wait for what is still being compiled and keep it for later processes; at the end of a run."""
        while self.orders and self.background is not None:
            arrived = self.background.wait(timeout_s)
            if arrived is None or self.orders.pop(arrived[0], None) is None:
                return
            self._compiled(*arrived)

    def _compiled(self, name: str, obj: bytes) -> None:
        if not obj:
            return
        self.compiled_regions += 1
        if self.cache is not None:
            self.cache.save(name, obj)

    def _keep(self, name: str, obj: bytes, order: Order) -> Compiled:
        region = order.region
        spans = [*region.code(), *region.literals(self.layout)]
        granules = frozenset(a >> MARK_SHIFT for at, size in spans for a in (at, at + size - 1))
        function = self.jit.link(obj, f"r{name}")
        self._functions.add(function)
        compiled = Compiled(function, order.level, order.shape, region, granules)
        place = order.key, order.shape, order.level
        if place in self._made:
            self._retired.append(self._made[place])
        self._made[place] = compiled
        return compiled

    def region(self, key: Key, shape: Shape, hot: Collection[int] = ()) -> Region:
        """The code around `key` that a translation of this shape covers."""
        while True:
            layout = self.layout
            region = find_region(key, self.core.stepper.plan, layout, self.stops, shape, hot)
            if layout is self.layout:  # reading code in RAM for the first time changes it
                return region

    def _translate(self, region: Region, name: str, level: int, hints: Recording) -> str:
        windows = {window.base: window for window in self.layout.windows}
        likely = {
            address: windows[base]
            for address, base in hints.memories
            if base in windows and address not in self._doubted
        }
        return translate(region, self.layout, f"r{name}", self._code, level == THOROUGH, likely)

    def _name(self, region: Region, shape: Shape, level: int) -> str:
        memory = self.core.bus
        doubted = [address for address, _ in region.code() if address in self._doubted]
        made = (shape.longest, shape.calls, shape.checks_everywhere, shape.hands_over, level)
        what = repr((region.entries, sorted(region.blocks), self.layout, made, doubted))
        code = b"".join(memory.read_block(address, size) for address, size in region.code())
        literals = [self._code(*literal).to_bytes(4, "little") for literal in region.literals(self.layout)]
        return CodeCache.key(compiler().identity, what, code, b"".join(literals))

    def _code(self, address: int, size: int) -> int:
        """Contents of code memory that a translation rests on."""
        memory = self.core.bus.memory_at(address, size)
        assert memory is not None
        memory.marks[address - memory.base >> MARK_SHIFT] = 1
        at = address - memory.base
        return int.from_bytes(memory.data[at : at + size], "little")

    # ---- hints on disk ------------------------------------------------------------------------------------
    def recall(self, key: Key) -> Recording | None:
        """What an earlier process recorded of the code at `key`, if anything."""
        if self.cache is None or self.core.bus.memory_at(key[0], 2) is None:  # a wild jump: no code there
            return None
        data = self.cache.load(self._hint_name(key))
        return Recording.decode(data) if data is not None else None

    def remember(self, key: Key, hints: Recording, region: Region) -> None:
        """Keep what was recorded of the code of `region`, for later processes."""
        if self.cache is not None:
            self.cache.save(self._hint_name(key), hints.encode(address for address, _ in region.code()))

    def _hint_name(self, key: Key) -> str:
        memory = self.core.bus.memory_at(key[0], 2)
        assert memory is not None
        code = memory.data[key[0] - memory.base :][:64]
        return CodeCache.key(compiler().identity, repr((key, self.layout)), bytes(code))

    # ---- what makes translations stale -----------------------------------------------------------------
    def change_layout(self) -> None:
        """Wait states, caches or traps changed: keep what was made for the old layout, use the other."""
        self.version += 1
        self._layouts[self.layout] = self._made
        self.layout = layout_of(self.core)
        self._made = self._layouts.get(self.layout, {})

    def add_stops(self, addresses: set[int]) -> None:
        """Drop regions that run across newly hooked addresses."""
        self.version += 1
        self.stops |= addresses
        self._drop(lambda code: code.region.touches(addresses))

    def doubt(self, addresses: set[int]) -> None:
        """Instructions there do not always access the memory that was recorded."""
        self.version += 1
        self._doubted |= addresses
        self._drop(lambda code: code.level == THOROUGH and code.region.touches(addresses))

    def forget(self, address: int, size: int) -> None:
        """Code changed under its translation."""
        self.version += 1
        memory = self.core.bus.memory_at(address, size)
        if memory is None or any(m is not memory and m.data is memory.data for m in self.core.bus.memories):
            self._drop(lambda code: True)  # it may be known by another address
        else:
            first, last = address >> MARK_SHIFT, address + size - 1 >> MARK_SHIFT
            changed = range(first, last + 1)
            self._drop(lambda code: not code.granules.isdisjoint(changed))

    def _drop(self, stale: Callable[[Compiled], bool]) -> None:
        for made in (self._made, *self._layouts.values()):
            for key in [key for key, code in made.items() if stale(code)]:
                self._retired.append(made.pop(key))

    def release(self) -> list[Compiled]:
        """Give back the memory of code that was dropped or replaced; which code. None may be running."""
        gone, self._retired = self._retired, []
        for code in gone:
            self._functions.discard(code.function)
            self.jit.release(code.function)
        return gone

    @property
    def made(self) -> Collection[Compiled]:
        """Everything for the present layout."""
        return self._made.values()


def _release_all(jit: Jit, functions: set[int]) -> None:
    """The store is gone, and with it whoever could run its code."""
    for function in functions:
        jit.release(function)
