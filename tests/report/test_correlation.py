import math
import random

import pytest

from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, Reading, SeriesKey
from simulator.record.window import Window
from simulator.report.correlation import correlations

LCP = SeriesKey("vital", "Visitor", "look", "/", "lcp", "browser", "steady")
ORDERS = SeriesKey("operation", "Shopper", "buy", "pay", "POST /api/orders", "http", "steady")
PRODUCTS = ORDERS._replace(step="find", name="GET /api/products")


def measured(users, *, knee=math.inf, shared=0.0, arrivals=None, seed=3, seconds=240):
    """A run in which pages are twice as slow above a number of users, and share their noise with one operation."""
    rng, found = random.Random(seed), Measurements()
    found.begin_phase(PhaseSpan("warm-up", 0.0, None, False))
    found.begin_phase(PhaseSpan("steady", 20.0, None, True))
    common = 0.0
    for second in range(seconds):
        window, count = Window(second), users(second)
        common = 0.3 * common + rng.gauss(0, 0.3)
        slow = 1.1 if count <= knee else 2.3
        for key, scale, has in ((LCP, slow, shared), (ORDERS, 0.2, shared), (PRODUCTS, 0.05, 0.0)):
            times_s = [scale * math.exp(has * common + rng.gauss(0, 0.25)) for _ in range(5)]
            window.cell(key if second >= 20 else key._replace(phase="warm-up")).add_ok(times_s, ())
        window.readings.append(Reading("generator", "users", "", second + 1.0, float(count)))
        if arrivals is not None:
            window.readings.append(Reading("generator", "arrivals_planned", "", second + 1.0, arrivals(second)))
        found.add(window)
    return found


def stairs(second):
    return 6 + 6 * (second // 60)


def test_a_knee_is_told_with_its_numbers_and_what_moves_with_it():
    [row] = correlations(measured(stairs, knee=18, shared=1.0))

    assert (row["title"], row["load"], row["above"], row["with"]) == ("LCP p75 of /", "users", 18.0, "POST /api/orders")
    assert row["after"] / row["before"] == pytest.approx(2.3 / 1.1, rel=0.25)
    assert row["p"] < 0.01
    assert row["text"].startswith("LCP p75 of / rises from 1.")
    assert " above 18 users (" in row["text"]
    assert "; moves with POST /api/orders (rank correlation 0." in row["text"]


def test_a_run_in_which_nothing_depends_on_anything_says_nothing():
    assert correlations(measured(stairs)) == []


def test_an_even_load_has_nothing_to_rise_over():
    assert correlations(measured(lambda second: 20, knee=10)) == []


def test_with_arrivals_users_are_what_follows_and_not_what_causes():
    rows = correlations(measured(stairs, knee=18, arrivals=lambda second: 10.0))

    assert rows == []


def test_a_run_without_measurements_says_nothing():
    assert correlations(Measurements()) == []
