"""Which evaluation runs what: cold code is interpreted, warm code compiled quickly, hot code thoroughly.

The choice never changes a result, only the time it takes.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from coincell.cpu import state as st
from coincell.cpu.code_cache import CodeCache
from coincell.cpu.core import Core
from coincell.cpu.layout import Layout, layout_of
from coincell.cpu.llvm_ops import EXCHANGE, FAULT, INTERPRET, MISS, NEAR
from coincell.cpu.native import NativeRuntime
from coincell.cpu.region import Key, Region, find_region
from coincell.cpu.translate import translate

WARM = 3
"""Visits after which a block is worth compiling."""
HOT = 200
"""Samples (one per SLICE cycles) after which a region is worth optimising: compiling takes seconds."""
SLICE = 100_000
PRECISE_AFTER = 6
"""Deadlines that fell near a block before it gets the form that checks at every instruction."""
QUICK, THOROUGH = 0, 2
REGION_LIMIT = {QUICK: 80, THOROUGH: 200}
LONGEST_BLOCK = 48


@dataclass
class Compiled:
    """A region's function."""

    function: int
    level: int
    region: Region


class Tiers:
    """`run()` is a core's `execute`. `policy`: "auto", "compile", "interpret" or "random:SEED"."""

    def __init__(self, core: Core, policy: str = "auto", cache: CodeCache | None = None) -> None:
        self.core, self.policy, self.cache = core, policy, cache
        self._random = random.Random(policy) if policy.startswith("random") else None
        self.runtime = NativeRuntime(core)
        self._visits: Counter[Key] = Counter()
        self._samples: Counter[Key] = Counter()
        self._near: Counter[Key] = Counter()
        self._compiled: dict[Key, Compiled] = {}
        self._precise: dict[Key, Compiled | None] = {}
        self._owner: dict[Key, Key] = {}
        self._refused: set[Key] = set()
        """Blocks that begin with an instruction that is always interpreted."""
        self._stops: set[int] = set()
        """Addresses that were ever hooked: regions end before them, and they are stepped."""
        self._layouts: dict[Layout, dict[Key, Compiled]] = {}
        self.layout = layout_of(core)
        self.interpreted = self.compiled_regions = self.loaded_regions = 0
        core.on_timing_changed = self._timing_changed
        core.stepper.on_code_written = self._code_written
        core.on_hooks_changed = self._hooks_changed
        self._handlers: dict[int, Callable[[], None]] = {
            MISS: self._missed,
            NEAR: self._near_deadline,
            FAULT: self._faulted,
            INTERPRET: self._step,
            EXCHANGE: core.complete_exchange,
        }

    # ---- running ------------------------------------------------------------------------------------
    def run(self) -> None:
        """Execute to the first boundary at or past the deadline, or until EXIT is set."""
        wides, words, core = self.core.state.wides, self.core.state.words, self.core
        handlers, runtime = self._handlers, self.runtime
        while wides[st.CYCLES] < core.deadline and not words[st.EXIT]:
            wides[st.DEADLINE] = min(core.deadline, wides[st.CYCLES] + SLICE)
            code = runtime.run()
            # A fault or an exchange belongs to an instruction that began before the deadline.
            if code in handlers and (code in (FAULT, EXCHANGE) or wides[st.CYCLES] < core.deadline):
                handlers[code]()

    def _key(self) -> Key:
        words = self.core.state.words
        return words[st.R + 15], words[st.PIPE]

    def _step(self) -> None:
        self.interpreted += 1
        self.core.stepper.step()

    def _interpret_block(self) -> None:
        """Step until control arrives somewhere that may be compiled, or the deadline."""
        core = self.core
        words, wides = core.state.words, core.state.wides
        while True:
            before = words[st.R + 15]
            self._step()
            if words[st.EXIT] or wides[st.CYCLES] >= core.deadline:
                return
            straight = 0 < words[st.R + 15] - before <= 4
            if not words[st.ITSTATE] and (not straight or self._key() in self._compiled):
                return

    def _missed(self) -> None:
        core = self.core
        if core.state.words[st.EXIT]:
            return
        key = self._key()
        if core.state.words[st.ITSTATE] or key[0] in self._stops:
            self._step()
            return
        self._visits[key] += 1
        if self._random is not None:
            if self._random.random() < 0.5:
                self._interpret_block()
                return
            if key in self._compiled:  # another block took its row of the table
                self._enter(key)
                return
            level = self._random.choice((QUICK, QUICK, QUICK, THOROUGH))
            longest = self._random.choice((1, 2, 7, LONGEST_BLOCK))
            self._compile(key, level, longest, limit=self._random.choice((4, 15, 40)))
        elif self.policy == "interpret" or (self.policy == "auto" and self._visits[key] < WARM):
            self._interpret_block()
        elif key in self._compiled:
            self._enter(key)
        else:
            self._compile(key, QUICK, LONGEST_BLOCK)

    def _near_deadline(self) -> None:
        """A deadline may fall inside the block at r15. Perhaps it was only the end of a slice."""
        core = self.core
        wides = core.state.wides
        key = self._key()
        if wides[st.DEADLINE] < core.deadline:
            self._sample(key)
            return
        self._near[key] += 1
        if self._near[key] > PRECISE_AFTER and self._random is None:
            if key not in self._precise:
                self._precise[key] = self._build(key, QUICK, 1)
            precise = self._precise[key]
            if precise is not None:
                wides[st.DEADLINE] = core.deadline
                code = self.runtime.call(precise.function)
                if code in (FAULT, EXCHANGE):
                    self._handlers[code]()
                elif code in (INTERPRET, NEAR) and wides[st.CYCLES] < core.deadline:
                    self._step()  # NEAR: an IT block cannot be cut, so it is too long even here
                return
        self._interpret_block()

    def _faulted(self) -> None:
        fault = self.runtime.fault
        assert fault is not None
        self.core.faults.raise_fault(fault)

    # ---- compiling ----------------------------------------------------------------------------------
    def _sample(self, key: Key) -> None:
        """A slice ended in the block `key`: its region is at work."""
        owner = self._owner.get(key)
        if owner is None or self.policy != "auto":
            return
        self._samples[owner] += 1
        compiled = self._compiled[owner]
        if self._samples[owner] >= HOT and compiled.level < THOROUGH:
            self._compile(owner, THOROUGH, LONGEST_BLOCK)

    def _compile(self, key: Key, level: int, longest: int, limit: int | None = None) -> None:
        compiled = None if key in self._refused else self._build(key, level, longest, limit)
        if compiled is None:
            self._refused.add(key)
            self._interpret_block()
            return
        self._compiled[key] = compiled
        for block in compiled.region.blocks:
            self._owner.setdefault(block, key)
        self._owner[key] = key
        self._enter(key)

    def _enter(self, key: Key) -> None:
        self.runtime.enter(*key, self._compiled[key].function)

    def _build(self, key: Key, level: int, longest: int, limit: int | None = None) -> Compiled | None:
        """A region from `key`: from the cache where possible, then the most thorough one that is there."""
        core = self.core
        limit = limit or REGION_LIMIT[level]
        region = find_region(key, core.stepper.plan, self.layout, self._stops, limit, longest)
        if not region.blocks[key].instructions:
            return None
        names = {lv: self._name(region, lv, longest) for lv in (THOROUGH, QUICK) if lv >= level}
        if self.cache is not None and self._random is None:
            for lv, name in names.items():
                obj = self.cache.load(name)
                if obj is not None:
                    self.loaded_regions += 1
                    return Compiled(self.runtime.jit.link(obj, f"r{name}"), lv, region)
        name = names[level]
        text = translate(region, self.layout, f"r{name}", self._code, promote=level == THOROUGH)
        obj = self.runtime.jit.compile(text, level)
        self.compiled_regions += 1
        if self.cache is not None:
            self.cache.save(name, obj)
        return Compiled(self.runtime.jit.link(obj, f"r{name}"), level, region)

    def _name(self, region: Region, level: int, longest: int) -> str:
        memory = self.core.bus
        shape = repr((region.entry, sorted(region.blocks), self.layout, level, longest))
        code = b"".join(memory.read_block(address, size) for address, size in region.code())
        literals = b"".join(
            self._code(address, size).to_bytes(4, "little") for address, size in region.literals(self.layout)
        )
        return CodeCache.key(self.runtime.jit.identity, shape, code, literals)

    def _code(self, address: int, size: int) -> int:
        core = self.core
        memory = core.bus.memory_at(address, size)
        assert memory is not None
        memory.marks[address - memory.base >> 7] = 1
        at = address - memory.base
        return int.from_bytes(memory.data[at : at + size], "little")

    # ---- what makes compiled code stale ----------------------------------------------------------------
    def _timing_changed(self) -> None:
        """Wait states, caches or traps changed: keep what was compiled for the old layout, use the other."""
        self._layouts[self.layout] = self._compiled
        self.layout = layout_of(self.core)
        self._compiled = self._layouts.get(self.layout, {})
        self._rebuild_table()

    def _hooks_changed(self) -> None:
        """Regions that run across a newly hooked address go."""
        fresh = set(self.core.hooks) - self._stops
        if not fresh:
            return
        self._stops |= fresh
        for compiled in (self._compiled, *self._layouts.values()):
            for key in [k for k, c in compiled.items() if c.region.touches(fresh)]:
                del compiled[key]
        self._rebuild_table()
        self.core.state.words[st.EXIT] |= 1

    def _rebuild_table(self) -> None:
        self._precise.clear()
        self._owner = {b: k for k, c in self._compiled.items() for b in c.region.blocks}
        self.runtime.forget()
        for key in self._compiled:
            self._enter(key)

    def _code_written(self, address: int, size: int) -> None:
        """Code changed under its translation."""
        self._layouts.clear()
        self._compiled.clear()
        self._precise.clear()
        self._owner.clear()
        self._visits.clear()
        self._refused.clear()
        self.runtime.forget()
