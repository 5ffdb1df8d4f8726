"""When journeys are meant to start."""

from __future__ import annotations

import itertools
import math
import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engine.schedule import arrivals, choices, expected, moment, starts
from simulator.errors import UsageError
from simulator.plan.cast import Cast, JourneySpec, UserSpec
from simulator.plan.load import ANYONE, Arrivals, Phase

CAST = Cast(
    (
        UserSpec("Shopper", "api", "", weight=3, journeys=(JourneySpec("buy", 3), JourneySpec("look", 1))),
        UserSpec("Visitor", "browser", "", weight=1, journeys=(JourneySpec("visit"),)),
        UserSpec("Idle", "api", "", journeys=()),
    )
)
RATES = st.floats(0.1, 100)


def phase(*streams: Arrivals, duration_s: float | None = 10, **more) -> Phase:
    return Phase("steady", 0, duration_s, arrivals=streams, **more)


@settings(deadline=None)
@given(RATES, st.integers(1, 50))
def test_an_even_stream_starts_rate_times_duration_journeys_at_equal_gaps(rate, duration_s):
    planned = list(starts(Arrivals("x", rate), duration_s, random.Random(1)))
    assert len(planned) == math.ceil(round(rate * duration_s, 6))
    assert planned == pytest.approx([k / rate for k in range(len(planned))])


@settings(deadline=None)
@given(st.floats(0, 100), st.floats(0, 100), st.floats(1, 30))
def test_a_ramp_starts_as_many_as_the_area_under_it(first, last, duration_s):
    stream = Arrivals("x", first, last)
    planned = list(starts(stream, duration_s, random.Random(1)))
    area = (first + last) / 2 * duration_s
    assert abs(len(planned) - area) <= 1.001
    assert planned == sorted(planned)
    assert all(0 <= at_s < duration_s for at_s in planned)


@settings(deadline=None)
@given(st.floats(0, 100), st.floats(0.1, 100), st.floats(1, 60), st.floats(0, 1))
def test_moment_is_the_inverse_of_expected(first, last, duration_s, part):
    stream = Arrivals("x", first, last)
    at_s = part * duration_s
    assert expected(
        stream, duration_s, moment(stream, duration_s, expected(stream, duration_s, at_s))
    ) == pytest.approx(expected(stream, duration_s, at_s), abs=1e-6)


def test_a_phase_without_an_end_goes_on():
    planned = itertools.islice(starts(Arrivals("x", 10, 20), None, random.Random(1)), 1000)
    assert list(planned)[-1] == pytest.approx(99.9)


def test_nothing_arrives_at_rate_zero():
    assert list(starts(Arrivals("x", 0), 10, random.Random(1))) == []


def test_poisson_arrivals_have_exponential_gaps_and_are_the_same_for_the_same_seed():
    stream = Arrivals("x", 100, spacing="poisson")
    planned = list(starts(stream, 100, random.Random(7)))
    gaps = [b - a for a, b in itertools.pairwise(planned)]
    assert len(planned) == pytest.approx(10_000, abs=400)
    assert statistics.stdev(gaps) == pytest.approx(statistics.mean(gaps), rel=0.05)
    assert planned == list(starts(stream, 100, random.Random(7)))
    assert planned != list(starts(stream, 100, random.Random(8)))


def test_streams_are_merged_in_order_of_their_planned_starts():
    planned = list(arrivals(phase(Arrivals("buy", 3), Arrivals("Visitor", 7)), CAST, 1))
    assert [a.planned_s for a in planned] == sorted(a.planned_s for a in planned)
    assert sum(a.journey == "buy" for a in planned) == 30
    assert sum(a.user == "Visitor" for a in planned) == 70
    assert {a.phase for a in planned} == {"steady"}


def test_anyone_is_everybody_not_named_beside_it_by_weight():
    alone = choices(Arrivals(ANYONE, 1), phase(Arrivals(ANYONE, 1)), CAST)
    assert {(c.user, c.journey): c.weight for c in alone} == {
        ("Shopper", "buy"): 2.25,
        ("Shopper", "look"): 0.75,
        ("Visitor", "visit"): 1.0,
    }
    beside = phase(Arrivals(ANYONE, 1), Arrivals("buy", 1), users={"Visitor": 3})
    assert [c.journey for c in choices(Arrivals(ANYONE, 1), beside, CAST)] == ["look"]


def test_a_stream_of_nobody_is_wrong_usage():
    with pytest.raises(UsageError, match="Nobody"):
        choices(Arrivals("Nobody", 1), phase(), CAST)
