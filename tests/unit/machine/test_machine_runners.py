"""The order rules, proved on two mock cores that share memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from coincell.machine.runners import Schedule


@dataclass
class MockCore:
    """Works by itself for `delays[n]` ps, then makes its n-th shared access, which takes `cost` ps."""

    name: str
    delays: list[int]
    log: list[tuple[int, str, int]]
    """The shared memory: (time, who, what was there before)."""
    cost: int = 1
    time: int = 0
    finished: bool = False
    _due: int = field(default=0, init=False)
    _next: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._due = self.delays[0] if self.delays else 1 << 60

    def run(self, limit_ps: int) -> None:
        if self.time == self._due:
            self.log.append((self.time, self.name, len(self.log)))
            self._next += 1
            self.time += self.cost
            self._due = self.time + self.delays[self._next] if self._next < len(self.delays) else 1 << 60
        self.time = max(self.time, min(limit_ps, self._due))


def interleave(
    a: list[int], b: list[int], end: int, slice_ps: int | None, quantum: int = 1000
) -> list[tuple[int, str, int]]:
    log: list[tuple[int, str, int]] = []
    cores = [MockCore("a", a, log), MockCore("b", b, log, cost=3)]
    told: list[int] = []
    if slice_ps is None:
        Schedule(cores, quantum).run(end)
    else:
        Schedule(cores, quantum).run(end, told.append, slice_ps)
        assert told == sorted(told)
    assert all(core.time >= end for core in cores)
    return log


def by_hand(a: list[int], b: list[int], end: int) -> list[tuple[int, str]]:
    """Each core's accesses on its own, then sorted by (time, place in the list)."""
    found = []
    for name, delays, cost in (("a", a, 1), ("b", b, 3)):
        time = 0
        for delay in delays:
            time += delay
            found.append((time, name))
            time += cost
    return sorted(entry for entry in found if entry[0] < end)


delays = st.lists(st.integers(0, 400), max_size=30)


@given(delays, delays, st.integers(1, 5000), st.integers(1, 3000), st.integers(1, 2000))
def test_shared_accesses_happen_in_order_of_time_however_time_is_cut(
    a: list[int], b: list[int], end: int, slice_ps: int, quantum: int
) -> None:
    whole = interleave(a, b, end, None)
    assert [(time, name) for time, name, _ in whole] == by_hand(a, b, end)
    assert interleave(a, b, end, slice_ps) == whole
    assert interleave(a, b, end, slice_ps, quantum) == whole


def test_at_equal_times_the_first_of_the_list_goes_first() -> None:
    log = interleave([10, 9], [10], 100, None)
    assert [name for _, name, _ in log] == ["a", "b", "a"]


class Unannounced:
    """Writes down every step of 1 ps without telling anybody."""

    def __init__(self, name: str, log: list[tuple[str, int]]) -> None:
        self.name, self.log, self.time, self.finished = name, log, 0, False

    def run(self, limit_ps: int) -> None:
        while self.time < limit_ps:
            self.log.append((self.name, self.time))
            self.time += 1


def test_without_announcement_the_quantum_is_the_grain() -> None:
    log: list[tuple[str, int]] = []
    Schedule([Unannounced("a", log), Unannounced("b", log)], quantum_ps=4).run(10)
    stretches = [(name, list(range(k, min(k + 4, 10)))) for k in (0, 4, 8) for name in "ab"]
    assert log == [(name, time) for name, times in stretches for time in times]


def test_one_runner_runs_to_the_end_in_one_go() -> None:
    limits: list[int] = []

    class Alone(Unannounced):
        def run(self, limit_ps: int) -> None:
            limits.append(limit_ps)
            self.time = limit_ps

    Schedule([Alone("a", [])]).run(10**12)
    assert limits == [10**12]


def test_a_long_run_is_cut_a_thousand_times_to_tell_of_progress() -> None:
    told: list[int] = []
    Schedule([MockCore("a", [], [])]).run(86_400 * 10**12, told.append)
    assert 990 <= len(told) <= 1001
    told.clear()
    Schedule([MockCore("a", [], [])]).run(10**12, told.append)
    assert told == list(range(10**10, 10**12 + 1, 10**10))


def test_everybody_stops_when_one_has_finished() -> None:
    log: list[tuple[str, int]] = []

    class Leaves(Unannounced):
        def run(self, limit_ps: int) -> None:
            self.time, self.finished = 5, True

    other = Unannounced("b", log)
    Schedule([other, Leaves("a", log)], quantum_ps=4).run(100)
    assert other.time == 4
