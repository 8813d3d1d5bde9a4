"""What an instruction touches, found by evaluating its semantics over register sets.

A value is the set of registers it came from. No second description of any instruction is needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from coincell.isa.encoding import DecodedInstruction
from coincell.isa.integers import IntegerOps

FLAGS = ("n", "z", "c", "v", "q")
Sources = frozenset[str]
_NOTHING: Sources = frozenset()


@dataclass
class Footprint:
    """Registers by name: "r0".."r14", "s0".."s31" (a double is two), flags "n" "z" "c" "v" "q", "ge"."""

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    address_sources: set[str] = field(default_factory=set)
    """Registers that a memory address is computed from."""
    loads: int = 0
    stores: int = 0
    register_offset: bool = False
    """The address is a sum of two registers."""
    branch: str = ""
    """"", "direct", "conditional" or "indirect"."""
    fp_operations: tuple[str, ...] = ()
    divides: bool = False
    loads_pc: bool = False

    @property
    def memory(self) -> bool:
        return self.loads + self.stores > 0


def footprint(instruction: DecodedInstruction) -> Footprint:
    """The footprint of a compilable instruction (one whose encoding is not `interpreted`)."""
    key = (instruction.opcode, instruction.encoding.pattern)
    found = _CACHE.get(key)
    if found is None:
        tracer = _Tracer()
        instruction.execute(tracer)
        found = _CACHE[key] = tracer.found
    return found


_CACHE: dict[tuple[int, str], Footprint] = {}


class _Tracer:
    pc = 4
    next_pc = 4
    in_it = False

    def __init__(self) -> None:
        self.found = Footprint()

    def __getattr__(self, name: str) -> Any:
        """Pure operations: the result comes from everything its operands came from."""
        if not hasattr(IntegerOps, name):
            raise AttributeError(name)
        return _join

    def add_with_carry(self, a: Any, b: Any, carry: Any) -> tuple[Sources, Sources, Sources]:
        joined = _join(a, b, carry)
        return joined, joined, joined

    def add_signed(self, a: Any, b: Any) -> tuple[Sources, Sources]:
        return _join(a, b), _join(a, b)

    def dot_halves(self, total: Any, a: Any, b: Any) -> tuple[Sources, Sources]:
        return _join(total, a, b), _join(total, a, b)

    def udiv(self, a: Any, b: Any) -> Sources:
        self.found.divides = True
        return _join(a, b)

    sdiv = udiv

    def reg(self, n: int) -> Any:
        if n == 15:
            return self.pc
        return self._read(f"r{n}")

    def _read(self, name: str) -> Sources:
        self.found.reads.add(name)
        return frozenset((name,))

    def set_reg(self, n: int, value: Any) -> None:
        self.found.writes.add(f"r{n}")

    def flag(self, name: str) -> Sources:
        return self._read(name)

    def set_flags(self, n: Any = None, z: Any = None, c: Any = None, v: Any = None) -> None:
        self.found.writes |= {k for k, x in zip("nzcv", (n, z, c, v), strict=True) if x is not None}

    def set_nz(self, result: Any) -> None:
        self.found.writes |= {"n", "z"}

    def set_difference_flags(self, a: Any, b: Any, result: Any) -> None:
        self.found.writes |= {"n", "z", "c", "v"}

    def set_q_if(self, truth: Any) -> None:
        self.found.writes.add("q")

    def ge(self) -> Sources:
        return self._read("ge")

    def set_ge(self, value: Any) -> None:
        self.found.writes.add("ge")

    def condition(self, cond: int) -> Any:
        return _join(*(self._read(f) for f in "nzcv")) if cond < 14 else 1

    def load(self, address: Any, size: int, aligned: bool = False) -> Sources:
        self.found.loads += 1
        self._address(address)
        return frozenset(("memory",))

    def store(self, address: Any, value: Any, size: int, aligned: bool = False) -> None:
        self.found.stores += 1
        self._address(address)

    def load_words(self, address: Any, n: int) -> list[Sources]:
        return [self.load(address, 4) for _ in range(n)]

    def store_words(self, address: Any, values: list[Any]) -> None:
        for value in values:
            self.store(address, value, 4)

    def _address(self, address: Any) -> None:
        if isinstance(address, frozenset):
            registers = address - {"memory"}
            self.found.address_sources |= registers
            self.found.register_offset |= len(registers) > 1

    def branch(self, address: Any) -> None:
        self.found.branch = "indirect" if isinstance(address, frozenset) else "direct"
        self.found.loads_pc |= isinstance(address, frozenset) and "memory" in address

    branch_exchange = branch

    def branch_if(self, truth: Any, address: int) -> None:
        self.found.branch = "conditional"

    def start_it(self, itstate: int) -> None:
        pass

    def check_stack(self, address: Any) -> None:
        pass

    def sreg(self, n: int) -> Sources:
        return self._read(f"s{n}")

    def set_sreg(self, n: int, value: Any) -> None:
        self.found.writes.add(f"s{n}")

    def fpscr(self) -> Sources:
        return self._read("fpscr")

    def set_fpscr(self, value: Any) -> None:
        self.found.writes.add("fpscr")

    def fp(self, operation: str, *operands: Any) -> Sources:
        self.found.fp_operations += (operation,)
        return _join(*operands)


def _join(*operands: Any) -> Sources:
    sources = [x for x in operands if isinstance(x, frozenset)]
    return frozenset().union(*sources) if sources else _NOTHING
