"""The arena planner: nothing that lives together overlaps, and little is wasted."""

from __future__ import annotations

import random

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


def fullest(lifetimes) -> int:
    """What the fullest step needs, each buffer in whole words."""
    return max(
        sum((one.size + 3) // 4 * 4 for one in lifetimes.values() if one.first <= step <= one.last)
        for step in range(-1, 27)
    )


@given(st.dictionaries(st.integers(0, 100), lifetime, min_size=1, max_size=24))
def test_size_lies_between_the_fullest_step_and_no_sharing(lifetimes):
    plan = plan_arena(lifetimes)
    assert plan.lower_bound == fullest(lifetimes)
    assert plan.lower_bound <= plan.size <= sum(one.size + ALIGNMENT for one in lifetimes.values())


def test_nothing_to_place():
    assert plan_arena({}).size == plan_arena({}).lower_bound == 0


def test_random_networks_waste_little():
    """Chains with branches, as networks are: nearly all plans are as small as their fullest step."""
    rng = random.Random(5)
    perfect = 0
    for _ in range(200):
        steps = rng.randint(3, 15)
        network = {
            i: Lifetime(rng.choice((64, 100, 256, 1000, 4096)), i - 1, i + rng.choice((0, 0, 0, 1, 2)))
            for i in range(steps)
        }
        plan = plan_arena(network)
        perfect += plan.size == plan.lower_bound
        assert plan.size <= 1.3 * plan.lower_bound
    assert perfect > 180


def test_a_chain_needs_only_its_largest_neighbours():
    sizes = [400, 300, 200, 100, 60]
    chain = {i: Lifetime(size, i, i + 1) for i, size in enumerate(sizes)}
    assert plan_arena(chain).size == 700  # 400 and 300 meet; the rest fits in their places
