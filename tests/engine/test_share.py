"""Shares of several workers are together the plan of one."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engine.schedule import Arrival, arrivals
from simulator.engine.share import Share, Shares, Taken, dealt
from simulator.plan.cast import Cast, JourneySpec, UserSpec
from simulator.plan.load import Arrivals, Phase

CAST = Cast(
    (
        UserSpec("A", "api", "a.py", 2, journeys=(JourneySpec("one", 1), JourneySpec("two", 3))),
        UserSpec("B", "api", "a.py", 1, journeys=(JourneySpec("three"),)),
    )
)
streams = st.builds(
    Arrivals,
    st.just("*"),
    st.floats(0.5, 80),
    st.one_of(st.none(), st.floats(0.5, 80)),
    st.sampled_from(["even", "poisson"]),
)


def plan(stream: Arrivals) -> list[Arrival]:
    return list(arrivals(Phase("p", 3.0, 4.0, arrivals=(stream,)), CAST, 7))


@given(streams, st.integers(1, 6))
@settings(deadline=None, max_examples=40)
def test_arrivals_of_all_workers_are_those_of_one(stream, workers):
    parts = [list(Taken(iter(plan(stream)), 3.0, Shares(Share(i, workers)))) for i in range(workers)]
    assert sorted(arrival for part in parts for arrival in part) == sorted(plan(stream))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(streams, st.floats(0, 8), st.data())
@settings(deadline=None, max_examples=40)
def test_nothing_is_lost_or_doubled_when_the_shares_change(stream, from_s, data):
    """The third of three workers goes; each notices at another moment, but before the change begins."""
    noticed = [data.draw(st.floats(0, from_s)) for _ in range(3)]
    assert taken_of_three(plan(stream), from_s, noticed) == sorted(plan(stream))


def test_an_arrival_passed_over_before_the_change_is_not_lost():
    """The second worker waits for number 4, which it has under the old shares, and has passed by 3 on the way."""
    whole = plan(Arrivals("*", 2.0, None, "even"))
    assert taken_of_three(whole, 4.5, [0.0, 4.0, 0.0]) == sorted(whole)


def taken_of_three(whole: list[Arrival], from_s: float, noticed: list[float]) -> list[Arrival]:
    """What three workers take of a plan when the third goes, each told at another second of the run."""
    taken = []
    for index, noticed_s in enumerate(noticed):
        shares = Shares(Share(index, 3))
        part = Taken(iter(whole), 3.0, shares)
        while (arrival := next(part, None)) is not None:  # one is always taken before it is due
            if arrival.planned_s + 3.0 >= noticed_s:
                break
            taken.append(arrival)
        shares.change(from_s, Share(index, 2) if index < 2 else Share(0, 0))
        taken += Taken(iter(whole), 3.0, shares, part.number)
    return sorted(taken)


@given(st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 30)), st.integers(1, 7))
def test_users_are_dealt_out_exactly_and_evenly(counts, workers):
    parts = [Counter(dealt(counts, Share(index, workers))) for index in range(workers)]
    assert sum(parts, Counter()) == +Counter(counts)
    sizes = [part.total() for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_a_worker_without_a_share_does_nothing():
    assert dealt({"A": 3}, Share(0, 0)) == {}
