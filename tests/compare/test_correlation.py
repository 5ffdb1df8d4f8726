"""Correlation in words: found where it is, and not where it is not, on simulated windows with fixed seeds."""

import numpy as np
import pytest

from simulator.compare.correlation import LEAST_CORRELATION, companion_of, rise_over

ALPHA = 0.01


def noise(rng, size, memory):
    """Windows that remember the one before (AR(1)), with a standard deviation of 1."""
    found, steps = np.zeros(size + 50), rng.standard_normal(size + 50)
    for at in range(1, size + 50):
        found[at] = memory * found[at - 1] + steps[at]
    return found[50:] * np.sqrt(1 - memory**2)


def stairs(size):
    return (6 * (1 + np.arange(size) * 4 // size)).astype(float)


def ramp(size):
    return np.linspace(1, 40, size)


@pytest.mark.parametrize(("load", "memory"), [(stairs, 0.0), (stairs, 0.8), (ramp, 0.5)])
def test_what_does_not_depend_on_the_load_is_seldom_said_to(load, memory):
    rng, size, runs = np.random.default_rng(11), 64, 40

    said = sum(
        rise_over(f"run {run}", load(size), np.exp(0.3 * noise(rng, size, memory)), ALPHA) is not None
        for run in range(runs)
    )

    assert said <= 2


@pytest.mark.parametrize("memory", [0.0, 0.6])
def test_what_moves_by_itself_is_seldom_said_to_move_with_something(memory):
    rng, size, runs = np.random.default_rng(12), 64, 30

    said = 0
    for run in range(runs):
        load = stairs(size)
        rises = 0.5 * (load > 12)  # all of them are slower under load, and have nothing else in common
        others = {f"operation {at}": noise(rng, size, memory) + rises for at in range(6)}
        said += companion_of(f"run {run}", load, noise(rng, size, memory) + rises, others, ALPHA) is not None

    assert said <= 2


def test_the_load_above_which_a_value_doubles_is_found():
    rng, size = np.random.default_rng(13), 60
    load = np.repeat([6.0, 12.0, 18.0, 24.0, 30.0], 12)
    values = np.exp(0.25 * noise(rng, size, 0.3)) * np.where(load > 18, 2.3, 1.1)

    found = rise_over("LCP", load, values, ALPHA)

    assert found.cut == 18.0
    assert found.p <= 0.002
    assert found.windows == 60


def test_what_it_moves_with_at_the_same_load_is_found():
    rng, size = np.random.default_rng(14), 80
    load, common = stairs(size), noise(rng, size, 0.3)
    others = {f"GET /{at}": noise(rng, size, 0.3) + 0.1 * load for at in range(6)}
    others["POST /api/orders"] = common + 0.4 * noise(rng, size, 0.0) + 0.1 * load

    found = companion_of("LCP", load, common + 0.4 * noise(rng, size, 0.0), others, ALPHA)

    assert found.name == "POST /api/orders"
    assert LEAST_CORRELATION < found.correlation <= 1.0


def test_few_windows_and_an_even_load_say_nothing():
    rng = np.random.default_rng(15)

    assert rise_over("short", stairs(12), np.arange(12.0), ALPHA) is None
    assert rise_over("even", np.full(60, 20.0), noise(rng, 60, 0.0), ALPHA) is None
    assert companion_of("alone", stairs(60), noise(rng, 60, 0.0), {}, ALPHA) is None
    assert companion_of("still", stairs(60), np.ones(60), {"GET /": noise(rng, 60, 0.0)}, ALPHA) is None


def test_one_slow_drift_is_too_little_to_tell():
    drift = np.concatenate([np.linspace(0, 3, 30), np.linspace(3, 0, 30)])

    assert companion_of("drift", stairs(60), drift, {"GET /": drift[::-1] + 0.01}, ALPHA) is None


def test_the_same_windows_have_the_same_answer():
    rng = np.random.default_rng(16)
    load, values = stairs(60), np.exp(noise(rng, 60, 0.2)) * np.where(stairs(60) > 12, 3, 1)

    assert rise_over("LCP", load, values, ALPHA) == rise_over("LCP", load, values, ALPHA)
