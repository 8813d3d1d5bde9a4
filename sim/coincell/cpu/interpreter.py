"""The Python evaluation of instruction semantics: tier 0, and the judge of the compiled tiers."""

from __future__ import annotations

from coincell.cpu.state import FPSCR, GE, ITSTATE, C, CoreState, N, Q, R, S, V, Z
from coincell.isa.float_operations import OPERATIONS
from coincell.isa.integers import IntegerOps

_FLAG = {"n": N, "z": Z, "c": C, "v": V, "q": Q}


class CoreMemory:
    """What the interpreter needs of memory: exact, timed, faulting. Implemented by the core."""

    def load(self, address: int, size: int, aligned: bool) -> int:
        raise NotImplementedError

    def store(self, address: int, value: int, size: int, aligned: bool) -> None:
        raise NotImplementedError


class InterpreterOps(IntegerOps):
    """`isa.ops.Ops` over Python integers and a CoreState. `pc`, `next_pc`, `in_it` are set by the driver."""

    def __init__(self, state: CoreState, memory: CoreMemory) -> None:
        self.words = state.words
        self.memory = memory
        self.pc = 4
        self.next_pc = 2
        self.in_it = False
        self.branched = False

    def reg(self, n: int) -> int:
        return self.pc if n == 15 else self.words[n]

    def set_reg(self, n: int, value: int) -> None:
        self.words[n] = value & 0xFFFFFFFC if n == 13 else value

    def flag(self, name: str) -> int:
        return self.words[_FLAG[name]]

    def set_flags(
        self, n: int | None = None, z: int | None = None, c: int | None = None, v: int | None = None
    ) -> None:
        words = self.words
        if n is not None:
            words[N] = n
        if z is not None:
            words[Z] = z
        if c is not None:
            words[C] = c
        if v is not None:
            words[V] = v

    def set_nz(self, result: int) -> None:
        self.words[N] = result >> 31
        self.words[Z] = result == 0

    def set_difference_flags(self, a: int, b: int, result: int) -> None:
        words = self.words
        words[N], words[Z], words[C] = result >> 31, result == 0, a >= b
        words[V] = ((a ^ b) & (a ^ result)) >> 31

    def set_q_if(self, truth: int) -> None:
        if truth:
            self.words[Q] = 1

    def ge(self) -> int:
        return self.words[GE]

    def set_ge(self, value: int) -> None:
        self.words[GE] = value

    def check_stack(self, address: int) -> None:
        """Only a whole core has stack limits."""

    def condition(self, cond: int) -> int:
        w = self.words
        kind = cond >> 1
        if kind == 0:
            truth = w[Z]
        elif kind == 1:
            truth = w[C]
        elif kind == 2:
            truth = w[N]
        elif kind == 3:
            truth = w[V]
        elif kind == 4:
            truth = w[C] and not w[Z]
        elif kind == 5:
            truth = w[N] == w[V]
        elif kind == 6:
            truth = w[N] == w[V] and not w[Z]
        else:
            return True
        return (not truth) if cond & 1 else bool(truth)

    def load(self, address: int, size: int, aligned: bool = False) -> int:
        return self.memory.load(address, size, aligned)

    def store(self, address: int, value: int, size: int, aligned: bool = False) -> None:
        self.memory.store(address, value & ((1 << size * 8) - 1), size, aligned)

    def load_words(self, address: int, n: int) -> list[int]:
        return [self.memory.load(address + 4 * i & 0xFFFFFFFF, 4, True) for i in range(n)]

    def store_words(self, address: int, values: list[int]) -> None:
        for i, value in enumerate(values):
            self.memory.store(address + 4 * i & 0xFFFFFFFF, value, 4, True)

    def branch(self, address: int) -> None:
        self.words[R + 15] = address & 0xFFFFFFFE
        self.branched = True

    def branch_if(self, truth: int, address: int) -> None:
        if truth:
            self.branch(address)

    def branch_exchange(self, address: int) -> None:
        """Without a system (tests of plain code) there are no exceptions to return from."""
        self.branch(address)

    def start_it(self, itstate: int) -> None:
        self.words[ITSTATE] = itstate

    def sreg(self, n: int) -> int:
        return self.words[S + n]

    def set_sreg(self, n: int, value: int) -> None:
        self.words[S + n] = value

    def fpscr(self) -> int:
        return self.words[FPSCR]

    def set_fpscr(self, value: int) -> None:
        self.words[FPSCR] = value

    def fp(self, operation: str, *operands: int) -> int:
        result, self.words[FPSCR] = OPERATIONS[operation](self.words[FPSCR], *operands)
        return result
