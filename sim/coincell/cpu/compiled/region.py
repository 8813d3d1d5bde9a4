"""What one translation covers: the blocks reachable from an entry without calls or indirect branches.

A block is known by its address and by what the pipeline remembers there, so that its cost is static.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import lru_cache

from coincell.cpu.compiled.layout import Layout
from coincell.cpu.compiled.region_checks import add_checks
from coincell.cpu.faults import CoreFault
from coincell.cpu.it_blocks import advance_it
from coincell.cpu.stepper import Step
from coincell.timing.footprint import footprint
from coincell.timing.pipeline import FPU_BUSY_WORST, REFILL

Key = tuple[int, int]
"""(address, pipe)."""
Planner = Callable[[int, int, int], Step]
"""(address, pipe, ITSTATE) -> what executes."""


@dataclass(frozen=True)
class Placed:
    """An instruction at its place in a block."""

    address: int
    pipe: int
    itstate: int
    step: Step
    worst: int
    """An upper bound of its cycles, memory system included."""


@dataclass
class Block:
    """Straight-line instructions from `key`."""

    key: Key
    instructions: list[Placed] = field(default_factory=list)
    falls_to: Key | None = None
    """Where control goes after the last instruction when that does not branch away for good."""
    interpret: bool = False
    """The instruction after the last one must be interpreted (it is at `falls_to`)."""
    targets: list[Key] = field(default_factory=list)
    """Where control may go on, as far as that is constant; a call's target comes first."""
    returns_to: Key | None = None
    """Where a call that ends this block comes back to."""

    @property
    def after_call(self) -> Key | None:
        """Where the call that ends this block comes back to, followed or not."""
        last = self.instructions[-1] if self.instructions else None
        if last is None or not footprint(last.step.instruction).branch or not _probe(last.step, 0).links:
            return None
        return last.address + last.step.size, REFILL

    @property
    def worst(self) -> int:
        """Most cycles of the block."""
        return sum(placed.worst for placed in self.instructions)

    @property
    def worst_before_last(self) -> int:
        """Most cycles from the start of the block to the start of its last instruction, or to its end when an
        interrupt may end it early: then only the stepper may execute it across a deadline."""
        if not self.instructions:
            return 0
        last = self.instructions[-1]
        whole = last.worst if last.step.gives_way is not None else 0
        return sum(placed.worst for placed in self.instructions[:-1]) + whole

    @property
    def goes_anywhere(self) -> bool:
        """Whether it ends in a branch to a computed address."""
        return (
            bool(self.instructions) and footprint(self.instructions[-1].step.instruction).branch == "indirect"
        )


@dataclass
class Region:
    """Blocks in the order they were found; the first is the entry."""

    entry: Key
    blocks: dict[Key, Block]
    entries: tuple[Key, ...] = ()
    """Where it can be entered from outside; `entry` is the first."""
    hands_over: dict[Key, int] = field(default_factory=dict)
    """Blocks that are left to better code when the deadline is so many cycles away."""
    loops: frozenset[Key] = frozenset()
    """Blocks that some branch goes back to."""
    checks: dict[Key, int] = field(default_factory=dict)
    """Blocks that begin by checking the deadline, with the most cycles from there to the beginning of the
    last instruction before another check."""

    @property
    def size(self) -> int:
        return sum(len(b.instructions) for b in self.blocks.values())

    @property
    def returns(self) -> tuple[int, ...]:
        """Addresses that a computed branch may go to within the region: where its calls come back."""
        found = {b.returns_to for b in self.blocks.values() if b.returns_to in self.blocks}
        return tuple(sorted(key[0] for key in found if key is not None))

    def code(self) -> list[tuple[int, int]]:
        """(address, size) of every instruction."""
        spans = {(p.address, p.step.size) for block in self.blocks.values() for p in block.instructions}
        return sorted(spans)

    def touches(self, addresses: set[int]) -> bool:
        """Whether an instruction of this region is at one of `addresses`."""
        return any(p.address in addresses for block in self.blocks.values() for p in block.instructions)

    def runs_into(self, ends: Collection[Key]) -> bool:
        """Whether it goes on through one of `ends`, which may be where it begins."""
        return any(key in ends for key in self.blocks if key != self.entry)

    def literals(self, layout: Layout) -> list[tuple[int, int]]:
        """(address, size) of what the instructions load from constant addresses in code memory."""
        found = set()
        for block in self.blocks.values():
            for placed in block.instructions:
                if footprint(placed.step.instruction).loads:
                    found.update(_probe(placed.step, placed.address).loads)
        return sorted(span for span in found if layout.is_literal(*span))


@dataclass(frozen=True)
class Shape:
    """How a region is made."""

    limit: int
    """About how many instructions it has at most."""
    longest: int
    """Instructions in a block at most."""
    calls: bool = False
    """Whether it follows calls."""
    checks_everywhere: bool = True
    """Whether every block checks the deadline, or only entries and loops."""
    enter_anywhere: bool = False
    """Whether every block can be entered from outside."""
    hands_over: tuple[tuple[Key, int], ...] = ()
    """Where better code begins, and how many cycles from the deadline it may still run."""
    ends: frozenset[Key] = field(default=frozenset(), compare=False)
    """Blocks that better code begins with: they are left to it. What was made without them is known by the
    same shape."""


def find_region(
    entry: Key, plan: Planner, layout: Layout, stops: Collection[int], shape: Shape, hot: Collection[int] = ()
) -> Region:
    """Blocks from `entry`.

    `stops` are addresses that must be entered from outside (hooks, breakpoints). Blocks at addresses in `hot`
    are taken first.
    """
    blocks: dict[Key, Block] = {}
    first, second = deque([entry]), deque[Key]()
    total = 0
    while (first or second) and total < shape.limit:
        key = (first or second).popleft()
        if key in blocks or (key != entry and (key[0] in stops or key in shape.ends)):
            continue
        block = _find_block(key, plan, layout, stops, shape)
        if not block.instructions and key != entry:
            continue
        blocks[key] = block
        total += len(block.instructions)
        for target in block.targets if block.returns_to is None else [*block.targets, block.returns_to]:
            (first if target[0] in hot else second).append(target)
    region = Region(entry, blocks)
    add_checks(region, shape.checks_everywhere)
    region.hands_over = dict(shape.hands_over)
    if shape.enter_anywhere:
        region.entries = (entry, *(key for key in blocks if key != entry))
    return region


def _find_block(key: Key, plan: Planner, layout: Layout, stops: Collection[int], shape: Shape) -> Block:
    block = Block(key)
    address, pipe = key
    itstate = 0
    while True:
        full = len(block.instructions) >= shape.longest and not itstate
        if block.instructions and (full or (address in stops and not itstate)):
            block.falls_to = (address, pipe)
            block.targets = [block.falls_to]
            return block
        try:
            step = plan(address, pipe, itstate)
        except CoreFault:
            block.falls_to, block.interpret = (address, pipe), True
            return _without_open_it(block)
        if _must_interpret(step, layout):
            block.falls_to, block.interpret = (address, pipe), True
            return _without_open_it(block)
        worst = _worst(step, layout.worst_access, layout.timing.fetch_wait)
        block.instructions.append(Placed(address, pipe, itstate, step, worst))
        following = address + step.size
        branch = footprint(step.instruction).branch
        if branch:
            probe = _probe(step, address)
            if probe.target is not None and (shape.calls or not probe.links):
                block.targets.append((probe.target, REFILL))
            if probe.links and shape.calls:
                block.returns_to = (following, REFILL)
            if branch == "conditional" or itstate:
                block.falls_to = (following, step.issue.next_pipe)
                block.targets.append(block.falls_to)
            return block
        itstate = _started(step) or advance_it(itstate)
        address, pipe = following, step.issue.next_pipe


def _without_open_it(block: Block) -> Block:
    """Cut back to before an IT whose block cannot be finished here: regions begin and end outside IT."""
    while block.instructions:
        last = block.instructions[-1]
        after = advance_it(last.itstate) if last.itstate else _started(last.step)
        if not after:
            break
        block.falls_to = (last.address, last.pipe)
        block.instructions.pop()
    return block


def _started(step: Step) -> int:
    """ITSTATE that an IT instruction sets; 0 for any other."""
    return _probe(step, 0).itstate if step.instruction.name.startswith("IT") else 0


def _must_interpret(step: Step, layout: Layout) -> bool:
    if step.instruction.encoding.interpreted:
        return True
    return layout.divide_faults and footprint(step.instruction).divides


@lru_cache(maxsize=1 << 16)
def _worst(step: Step, worst_access: int, fetch_wait: int) -> int:
    use = footprint(step.instruction)
    accesses = (use.loads + use.stores) * worst_access
    waiting = FPU_BUSY_WORST if step.issue.fpu_wait else 0
    return step.issue.worst + len(step.lines) * fetch_wait + accesses + waiting


@lru_cache(maxsize=1 << 16)
def _probe(step: Step, address: int) -> _Probe:
    probe = _Probe(address + 4, address + step.size)
    step.execute(probe)
    return probe


class _Probe:
    """Evaluates an instruction far enough to see a constant target, a link, or an IT."""

    in_it = False

    def __init__(self, pc: int, next_pc: int) -> None:
        self.pc, self.next_pc = pc, next_pc
        self.target: int | None = None
        self.links = False
        self.itstate = 0
        self.loads: list[tuple[int, int]] = []

    def __getattr__(self, name: str) -> Callable[..., object]:
        return lambda *operands, **named: None

    def set_reg(self, n: int, value: object) -> None:
        self.links |= n == 14

    def branch(self, address: object) -> None:
        if isinstance(address, int):
            self.target = address & 0xFFFFFFFE

    def branch_if(self, truth: object, address: int) -> None:
        self.branch(address)

    def reg(self, n: int) -> int | None:
        return self.pc if n == 15 else None

    def load(self, address: object, size: int, aligned: bool = False) -> None:
        if isinstance(address, int):
            self.loads.append((address, size))

    def load_words(self, address: object, n: int) -> list[None]:
        for i in range(n):
            self.load(self.add(address, 4 * i), 4)
        return [None] * n

    def add(self, a: object, b: object) -> object:
        return a + b & 0xFFFFFFFF if isinstance(a, int) and isinstance(b, int) else None

    def and_(self, a: object, b: object) -> object:
        return a & b if isinstance(a, int) and isinstance(b, int) else None

    def sub(self, a: object, b: object) -> object:
        return a - b & 0xFFFFFFFF if isinstance(a, int) and isinstance(b, int) else None

    def start_it(self, itstate: int) -> None:
        self.itstate = itstate

    def add_signed(self, *operands: object) -> tuple[None, None]:
        return None, None

    dot_halves = add_signed

    def add_with_carry(self, *operands: object) -> tuple[None, None, None]:
        return None, None, None
