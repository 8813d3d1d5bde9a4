"""Which evaluation runs what: cold code is interpreted, warm code compiled quickly, hot code thoroughly.

The choice never changes a result, only the time it takes.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from coincell.cpu import state as st
from coincell.cpu.compiled.background import Background
from coincell.cpu.compiled.code_cache import CodeCache
from coincell.cpu.compiled.code_store import LONGEST_BLOCK, PLAIN, PRECISE, WIDE, CodeStore, Compiled
from coincell.cpu.compiled.compiler import QUICK, THOROUGH
from coincell.cpu.compiled.native import NativeRuntime
from coincell.cpu.compiled.recording import Recording, record
from coincell.cpu.compiled.region import Key, Region, Shape
from coincell.cpu.core import Core
from coincell.cpu.llvm.ops import EXCHANGE, FAULT, INTERPRET, MISS, NEAR, STRAYED

WARM = 3
"""Visits after which a block is worth compiling."""
HOT = 4
"""Samples after which a region is worth optimising."""
SHORTEST_SLICE, LONGEST_SLICE = 50_000, 4_000_000
"""Cycles between two samples: short while quick code is at work, longer and longer in thorough code."""
STRAYS = 50
"""Accesses of one instruction that went to another memory than recorded before that is believed."""
PRECISE_AFTER = 6
"""Deadlines that fell into a region before it gets the form that checks at every instruction."""


class Tiers:
    """`run()` is a core's `execute`. `policy`: "auto", "compile" (quickly, at once), "thorough" (at once),
    "interpret" or "random:SEED"."""

    longest_slice = LONGEST_SLICE

    def __init__(
        self,
        core: Core,
        policy: str = "auto",
        cache: CodeCache | None = None,
        background: Background | None = None,
    ) -> None:
        self.core, self.policy = core, policy
        self._random = random.Random(policy) if policy.startswith("random") else None
        self.runtime = NativeRuntime(core)
        self.store = CodeStore(core, self.runtime.jit, None if self._random else cache, background)
        self._visits: Counter[Key] = Counter()
        self._samples: Counter[Compiled] = Counter()
        self._asked: dict[Key, int] = {}
        """Blocks around which thorough code was asked for, and the version of the store then."""
        self._near: Counter[Compiled] = Counter()
        self._precise: dict[Compiled, Compiled] = {}
        """Precise forms of regions."""
        self._ordered: dict[Compiled, int] = {}
        """Regions whose precise form was asked for, and the version of the store then."""
        self._strays: Counter[Key] = Counter()
        self._at: dict[Key, Compiled] = {}
        """Where the dispatcher enters compiled code."""
        self._better: set[Key] = set()
        """Where thorough code can be entered."""
        self._owner: dict[Key, Compiled] = {}
        """Whose block it is."""
        self._installed: dict[int, Compiled] = {}
        """By the host address of its function."""
        self._refused: set[Key] = set()
        """Blocks that begin with an instruction that is always interpreted."""
        self._heads: dict[int, Key] = {}
        """A block further up in the same function, by addresses that quick code has or leads to."""
        self._slice = SHORTEST_SLICE
        self.interpreted = 0
        core.on_timing_changed = self._timing_changed
        core.stepper.on_code_written = self._code_written
        core.on_hooks_changed = self._hooks_changed
        self._handlers: dict[int, Callable[[], None]] = {
            MISS: self._missed,
            NEAR: self._near_deadline,
            FAULT: self._faulted,
            INTERPRET: self._step,
            EXCHANGE: core.complete_exchange,
            STRAYED: self._strayed,
        }

    # ---- running ------------------------------------------------------------------------------------
    def run(self) -> None:
        """Execute to the first boundary at or past the deadline, or until EXIT is set."""
        wides, words, core = self.core.state.wides, self.core.state.words, self.core
        handlers, runtime = self._handlers, self.runtime
        self._take_delivery()
        self._forget_dropped()
        while wides[st.CYCLES] < core.deadline and not words[st.EXIT]:
            wides[st.DEADLINE] = min(core.deadline, wides[st.CYCLES] + self._slice)
            code = runtime.run()
            # A fault or an exchange belongs to an instruction that began before the deadline.
            if code in handlers and (code in (FAULT, EXCHANGE) or wides[st.CYCLES] < core.deadline):
                handlers[code]()

    def _forget_dropped(self) -> None:
        gone = set(self.store.release())
        for code in gone:
            for known in (self._samples, self._near, self._ordered):
                known.pop(code, None)
            self._installed.pop(code.function, None)
        # What became stale has left the tables already; what was only replaced has not.
        tables = (self._at.values(), self._owner.values(), self._precise, self._precise.values())
        if gone and not all(gone.isdisjoint(table) for table in tables):
            self._rebuild()

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
            if not words[st.ITSTATE] and (not straight or self._key() in self._at):
                return

    def _missed(self) -> None:
        """The dispatcher found nothing at r15, or was asked to leave."""
        core = self.core
        if core.state.words[st.EXIT]:
            return
        key = self._key()
        if core.state.words[st.ITSTATE] or key[0] in self.store.stops:
            self._step()
            return
        self._visits[key] += 1
        if self._random is not None and self._random.random() < 0.5:
            self._interpret_block()
        elif key in self._at:  # another block took its row of the table
            self.runtime.enter(*key, self._at[key].function)
        elif self._is_cold(key):
            self._interpret_block()
        elif not self._compile(key):
            self._refused.add(key)
            self._interpret_block()

    def _is_cold(self, key: Key) -> bool:
        if self.policy == "interpret" or key in self._refused:
            return True
        return self.policy == "auto" and self._visits[key] < WARM

    # ---- deadlines ------------------------------------------------------------------------------------
    def _near_deadline(self) -> None:
        """A deadline may fall inside the block at r15. Perhaps it was only the end of a slice."""
        core = self.core
        wides = core.state.wides
        key = self._key()
        if wides[st.DEADLINE] < core.deadline:
            self._sample(key)
            return
        wides[st.DEADLINE] = core.deadline
        code, before = self._closer(key), wides[st.INSTRUCTIONS]
        if code is None:
            self._interpret_block()
            return
        self._call(code)
        stuck = wides[st.INSTRUCTIONS] == before and not core.state.words[st.EXIT]  # which a fault sets
        if stuck and wides[st.CYCLES] < core.deadline:
            self._step()  # an IT block, for instance, cannot be cut

    def _closer(self, key: Key) -> Compiled | None:
        """Code that comes nearer to a deadline than what gave up at `key`."""
        owner = self._owner.get(key)
        if owner is None or self._random is not None or key[0] in self.store.stops:
            return None
        precise = self._precise_form(owner)
        if precise is not None and key in precise.region.blocks:
            return precise
        return self.store.find(key, PLAIN, QUICK) if owner.level == THOROUGH else None

    def _precise_form(self, owner: Compiled) -> Compiled | None:
        """Code for the same instructions that checks the deadline at every one, when it is there.

        It can be entered at every instruction, so it also goes on where an event has interrupted better code.
        """
        made = self._precise.get(owner)
        if made is None:
            self._near[owner] += 1
            if self._near[owner] > PRECISE_AFTER and self._ordered.get(owner) != self.store.version:
                self._ordered[owner] = self.store.version
                around = Recording(frozenset(address for address, _ in owner.region.code()))
                made = self.store.order(owner.region.entry, _precise_shape(owner), QUICK, around)
                if made is not None:
                    self._fill_gaps(made)
        return made

    def _fill_gaps(self, precise: Compiled) -> None:
        """Enter precise code where there is no other, but not where it would leave at once."""
        for owner in self._ordered:
            if precise.shape == _precise_shape(owner) and precise.region.entry == owner.region.entry:
                self._precise[owner] = precise
        for key in precise.region.blocks:
            if key not in self._at and key not in precise.region.hands_over:
                self._at[key] = precise
                self.runtime.enter(*key, precise.function)

    def _call(self, code: Compiled) -> int:
        """Run one region; what it returned."""
        result = self.runtime.call(code.function)
        if result in (FAULT, EXCHANGE):
            self._handlers[result]()
        elif result == INTERPRET and self.core.state.wides[st.CYCLES] < self.core.deadline:
            self._step()
        return result

    def _faulted(self) -> None:
        fault = self.runtime.fault
        assert fault is not None
        self.core.faults.raise_fault(fault)

    # ---- compiling ----------------------------------------------------------------------------------
    def _compile(self, key: Key) -> bool:
        """Make code for `key`, by the policy."""
        if self._random is not None:
            return self._install(key, self._any_code(key, self._random))
        if self.policy == "thorough":
            return self._install(key, self.store.make(key, WIDE, THOROUGH))
        if self.policy == "auto":
            hints = self.store.recall(key)
            if hints is not None and self._install(
                key, self.store.make(key, WIDE, THOROUGH, hints, only_cached=True)
            ):
                return True
        code = self.store.make(key, replace(PLAIN, ends=frozenset(self._better)), QUICK)
        if code is not None and self.policy == "auto":
            self._note_heads(code.region)
        return self._install(key, code)

    def _any_code(self, key: Key, rng: random.Random) -> Compiled | None:
        """Code of any shape at any level, with any expectation of which memories it accesses."""
        longest = rng.choice((1, 2, 7, LONGEST_BLOCK))
        limit = rng.choice((4, 15, 40))
        if rng.random() < 0.7:
            return self.store.make(key, Shape(limit, longest), QUICK)
        shape = Shape(limit, longest, calls=rng.random() < 0.7, checks_everywhere=rng.random() < 0.3)
        region = self.store.region(key, shape)
        bases = [window.base for window in self.store.layout.windows]
        guesses = [(a, rng.choice(bases)) for a, _ in region.code() if rng.random() < 0.8]
        return self.store.make(key, shape, THOROUGH, Recording(memories=tuple(guesses)))

    def _install(self, key: Key, code: Compiled | None) -> bool:
        """From now on the dispatcher finds `code`; better code is not replaced."""
        if code is None:
            return False
        if code.level == THOROUGH and self._random is None:
            self._make_way(code)
        self._installed[code.function] = code
        for entry in code.region.entries:
            there = self._at.get(entry)
            if entry == key or there is None or there.level < code.level or there.shape.enter_anywhere:
                self._at[entry] = code
                self.runtime.enter(*entry, code.function)
        for block in code.region.blocks:
            owner = self._owner.get(block)
            if owner is None or owner.level < code.level:
                self._owner[block] = code
        return True

    def _make_way(self, code: Compiled) -> None:
        """Quick code that runs through the beginnings of `code` is no longer entered."""
        entries = set(code.region.entries)
        self._better |= entries
        for key, other in list(self._at.items()):
            if other.level == QUICK and not entries.isdisjoint(other.region.blocks):
                del self._at[key]
                self.runtime.leave(*key)

    def _sample(self, key: Key) -> None:
        """A slice ended in the block `key`: its region is at work."""
        self._take_delivery()
        # Its block may be part of better code as well, which is entered elsewhere.
        owner = self._installed.get(self.core.state.wides[st.RUNNING])
        if (
            owner is None
            or key not in owner.region.blocks
            or owner.level == THOROUGH
            or self.policy != "auto"
        ):
            self._slice = min(2 * self._slice, self.longest_slice)
            return
        # No block is longer than a slice: it would never be entered.
        self._slice = max(SHORTEST_SLICE, 2 * owner.region.blocks[key].worst)
        self._samples[owner] += 1
        if self._samples[owner] >= HOT and self._asked.get(key) != self.store.version:
            self._asked[key] = self.store.version
            self._optimise(key, owner)

    def _take_delivery(self) -> None:
        """Use what the background has finished."""
        if self.store.orders:
            for root, code in self.store.delivered():
                if code.shape.enter_anywhere:
                    self._fill_gaps(code)
                else:
                    self._install(root, code)

    def _optimise(self, key: Key, owner: Compiled) -> None:
        """Translate the code around `key` thoroughly, after a look at what it does.

        An earlier process may have had that look; then the same code comes out, which is in the cache.
        """
        entry = owner.region.entry
        roots = tuple(dict.fromkeys((self._head(entry), entry, key)))
        for root in roots:
            known = self.store.recall(root)
            if known is not None and self._leads_to(root, key, known):
                self._install(root, self.store.order(root, WIDE, THOROUGH, known))
                return
        hints = record(self.core, self._step)
        root = next((root for root in roots if self._leads_to(root, key, hints)), key)
        self._install(root, self.store.order(root, WIDE, THOROUGH, hints))
        self.store.remember(root, hints, self.store.region(root, WIDE, hints.executed))

    def _leads_to(self, root: Key, key: Key, hints: Recording) -> bool:
        """Whether thorough code from `root` would have the block `key`."""
        return key in self.store.region(root, WIDE, hints.executed).blocks

    def _head(self, key: Key) -> Key:
        """Where the function begins that has the block `key`, as far as that is known."""
        while key[0] in self._heads:
            key = self._heads[key[0]]
        return key

    def _note_heads(self, region: Region) -> None:
        """Remember where the code of quick code begins: thorough code can then begin there.

        Which loop is met first is chance, and code from there misses its function's beginning. Quick code
        follows no calls, and a function begins at its lowest address.
        """
        head = self._head(region.entry)
        reached = {placed.address for block in region.blocks.values() for placed in block.instructions}
        for block in region.blocks.values():
            reached.update(key[0] for key in (*block.targets, block.after_call) if key is not None)
        for address in reached:
            if head[0] < self._heads.get(address, (address, 0))[0]:
                self._heads[address] = head

    def _strayed(self) -> None:
        """An access went elsewhere than recorded. When that is no exception, the code is made anew."""
        key = self._key()
        self._strays[key] += 1
        if self._strays[key] == STRAYS:
            owner = self._owner.get(key)
            # What is checked where a block begins is accessed by any of its instructions.
            block = owner.region.blocks[key].instructions if owner is not None else []
            self.store.doubt({key[0], *(placed.address for placed in block)})
            self._rebuild()
        self._interpret_block()

    # ---- what makes compiled code stale ----------------------------------------------------------------
    def _timing_changed(self) -> None:
        """Wait states, caches or traps changed: code that is running takes the old ones for granted."""
        self.store.change_layout()
        self._refused.clear()
        self._rebuild()
        self.core.state.words[st.EXIT] |= 1

    def _hooks_changed(self) -> None:
        """Regions that run across a newly hooked address go."""
        fresh = set(self.core.hooks) - self.store.stops
        if fresh:
            self.store.add_stops(fresh)
            self._rebuild()
            self.core.state.words[st.EXIT] |= 1

    def _code_written(self, address: int, size: int) -> None:
        """Code changed under its translation."""
        self.store.forget(address, size)
        self._visits.clear()
        self._refused.clear()
        self._heads.clear()
        self._rebuild()

    def _rebuild(self) -> None:
        self._at.clear()
        self._owner.clear()
        self._installed.clear()
        self._better.clear()
        self._precise.clear()
        self._ordered.clear()
        self.runtime.forget()
        for code in sorted(self.store.made, key=lambda code: code.level):
            if not code.shape.enter_anywhere:
                self._install(code.region.entry, code)


def _precise_shape(owner: Compiled) -> Shape:
    """The shape of the precise form of a region, which thorough code is worth leaving for."""
    entries = owner.region.entries if owner.level == THOROUGH else ()
    return replace(PRECISE, hands_over=tuple((key, owner.region.checks[key]) for key in entries))
