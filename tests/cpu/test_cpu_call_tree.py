"""The call stack told of calls, returns and jumps one by one: cases that compilers seldom make."""

from __future__ import annotations

from coincell.cpu.call_tree import DEEPEST, EXCEPTION, MOST_NODES, ROOT, CallStack, words

SIZE = 0x100
STACK = 0x2000_1000


class Equal:
    """Functions of equal length, one after the other."""

    digest = "equal"

    def range_at(self, address: int) -> tuple[int, int]:
        return address & -SIZE, SIZE


def stack_of_functions() -> CallStack:
    """Functions are 256 bytes long; execution begins in the one at 0x100, at cycle 0."""
    made = CallStack(Equal(), words(MOST_NODES))
    made.start(0x100, STACK, 0)
    return made


def chain(calls: CallStack) -> list[int]:
    """The functions on the way to what runs now."""
    node = calls.frames[calls.frames[0]]
    found = []
    while node != ROOT:
        found.append(calls.tree.keys[node])
        node = calls.tree.parents[node]
    return found[::-1]


def cycles(calls: CallStack) -> dict[int, int]:
    """Cycles by function."""
    found: dict[int, int] = {}
    for node, key in enumerate(calls.tree.keys):
        found[key] = found.get(key, 0) + calls.cycles[node]
    return found


def test_a_call_and_its_return() -> None:
    calls = stack_of_functions()
    calls.branch(0x200, 0x112, 0x113, STACK - 16, 10)
    assert chain(calls) == [0x100, 0x200]
    calls.branch(0x112, 0x23E, 0x999, STACK - 16, 25)
    calls.charge(30)
    assert chain(calls) == [0x100]
    assert cycles(calls) == {-1: 0, 0x100: 15, 0x200: 15}


def test_a_branch_inside_a_function_is_neither() -> None:
    calls = stack_of_functions()
    calls.branch(0x140, 0x112, 0x99, STACK, 10)
    assert chain(calls) == [0x100]
    assert cycles(calls)[0x100] == 0, "nothing is charged before something changes"


def test_a_return_address_with_another_stack_is_no_return() -> None:
    """A recursive function passes the address its caller goes on at, deeper in the stack."""
    calls = stack_of_functions()
    calls.branch(0x200, 0x112, 0x113, STACK - 16, 10)
    calls.branch(0x200, 0x212, 0x213, STACK - 32, 20)
    calls.branch(0x212, 0x230, 0x1, STACK - 48, 30)
    assert chain(calls) == [0x100, 0x200, 0x200]
    calls.branch(0x212, 0x230, 0x1, STACK - 32, 40)
    assert chain(calls) == [0x100, 0x200]


def test_code_that_runs_on_into_the_next_function() -> None:
    calls = stack_of_functions()
    calls.arrive(0x200, STACK, 10)
    assert chain(calls) == [0x200]
    assert calls.tree.calls[calls.frames[calls.frames[0]]] == 1


def test_a_jump_back_over_callers() -> None:
    calls = stack_of_functions()
    for n in range(1, 6):
        following = n * SIZE + 0x10
        calls.branch(0x100 + n * SIZE, following, following | 1, STACK - 16 * n, n)
    assert len(chain(calls)) == 6
    calls.branch(0x220, 0x650, 0x1, STACK - 32, 10)
    assert chain(calls) == [0x100, 0x200]


def test_calls_without_end_stay_bounded() -> None:
    calls = stack_of_functions()
    deep = 3 * DEEPEST
    for n in range(deep):
        calls.branch(0x200, 0x212, 0x213, STACK - 16 * n, n)
    assert len(chain(calls)) <= DEEPEST
    calls.charge(deep)
    for n in reversed(range(deep)):
        calls.branch(0x212, 0x230, 0x1, STACK - 16 * n, 2 * deep - n)
    calls.charge(3 * deep)
    assert sum(cycles(calls).values()) == 3 * deep
    assert sum(calls.tree.calls[: len(calls.tree.keys)]) == deep + 1
    assert len(chain(calls)) <= 2


def test_a_full_tree_charges_callers() -> None:
    calls = stack_of_functions()
    for n in range(MOST_NODES + 10):
        calls.branch(0x100 * (n + 2), 0x112, 0x113, STACK - 16, n)
        calls.branch(0x112, 0x230, 0x1, STACK - 16, n)
    calls.charge(MOST_NODES + 10)
    assert len(calls.tree.keys) == MOST_NODES
    assert sum(cycles(calls).values()) == MOST_NODES + 10
    assert chain(calls) == [0x100]


def test_nested_exceptions_and_tail_chaining() -> None:
    calls = stack_of_functions()
    calls.branch(0x200, 0x112, 0x113, STACK - 16, 10)
    calls.enter_exception(15, STACK - 24, 0x500, STACK - 64, 20, 32)
    assert chain(calls) == [EXCEPTION + 15, 0x500]
    calls.enter_exception(16, STACK - 72, 0x600, STACK - 104, 40, 52)
    assert chain(calls) == [EXCEPTION + 16, 0x600]
    calls.leave_handler(60)
    calls.leave_exception(0x520, STACK - 72, 70)
    assert chain(calls) == [EXCEPTION + 15, 0x500]
    calls.leave_handler(80)
    calls.enter_exception(17, None, 0x700, STACK - 64, 80, 86)
    assert chain(calls) == [EXCEPTION + 17, 0x700]
    calls.leave_handler(90)
    calls.leave_exception(0x220, STACK - 24, 100)
    assert chain(calls) == [0x100, 0x200]
    calls.charge(100)
    spent = cycles(calls)
    assert [spent[EXCEPTION + n] for n in (15, 16, 17)] == [12, 12 + 10, 6 + 10]
    assert [spent[key] for key in (0x500, 0x600, 0x700)] == [8 + 10, 8, 4]
    assert sum(spent.values()) == 100


def test_a_return_to_what_was_never_interrupted_begins_anew() -> None:
    calls = stack_of_functions()
    calls.enter_exception(14, STACK - 24, 0x500, STACK - 64, 20, 32)
    calls.leave_handler(40)
    calls.leave_exception(0x300, STACK + 0x400, 50)
    assert chain(calls) == [0x300]
    calls.enter_exception(14, STACK + 0x400, 0x500, STACK - 64, 60, 72)
    calls.leave_handler(80)
    calls.leave_exception(0x150, STACK - 24, 90)
    assert chain(calls) == [0x100], "and the first goes on when its turn comes"
