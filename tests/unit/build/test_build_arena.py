"""The arena planner: nothing that lives together overlaps, and little is wasted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coincell.build.arena import ALIGNMENT, Lifetime, plan_arena

lifetime = st.builds(
    lambda size, first, length: Lifetime(size, first, first + length),
    st.integers(1, 5000),
    st.integers(-1, 20),
    st.integers(0, 6),
)


@given(st.dictionaries(st.integers(0, 100), lifetime, max_size=24))
def test_no_two_living_buffers_overlap(lifetimes):
    plan = plan_arena(lifetimes)
    for key, one in lifetimes.items():
        start = plan.offsets[key]
        assert start % ALIGNMENT == 0
        assert start >= 0
        assert start + one.size <= plan.size
        for other, two in lifetimes.items():
            shared_steps = set(range(one.first, one.last + 1)) & set(range(two.first, two.last + 1))
            if other != key and shared_steps:
                end = plan.offsets[other] + two.size
                assert end <= start or start + one.size <= plan.offsets[other]


@given(st.dictionaries(st.integers(0, 100), lifetime, min_size=1, max_size=24))
def test_size_lies_between_the_fullest_step_and_no_sharing(lifetimes):
    plan = plan_arena(lifetimes)
    fullest = max(
        sum(one.size for one in lifetimes.values() if one.first <= step <= one.last) for step in range(-1, 27)
    )
    assert fullest <= plan.size <= sum(one.size + ALIGNMENT for one in lifetimes.values())


def test_a_chain_needs_only_its_largest_neighbours():
    sizes = [400, 300, 200, 100, 60]
    chain = {i: Lifetime(size, i, i + 1) for i, size in enumerate(sizes)}
    assert plan_arena(chain).size == 700  # 400 and 300 meet; the rest fits in their places
