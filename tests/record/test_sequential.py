import numpy as np

from simulator.record.sequential import surely_above


def ever(slow, counts, allowed=0.05):
    return any(surely_above(slow[:end], counts[:end], allowed) for end in range(12, len(slow) + 1, 4))


def test_good_runs_are_hardly_ever_stopped_however_often_one_looks():
    rng = np.random.default_rng(1)
    counts = [20.0] * 200
    stopped = [ever(rng.binomial(20, 0.04, 200).tolist(), counts) for _ in range(100)]
    assert sum(stopped) <= 1


def test_bad_runs_are_stopped():
    rng = np.random.default_rng(2)
    counts = [20.0] * 200
    assert all(ever(rng.binomial(20, 0.09, 200).tolist(), counts) for _ in range(30))


def test_one_stall_is_no_proof():
    slow = [0.0] * 200
    slow[40:46] = [20.0] * 6
    assert not ever(slow, [20.0] * 200)


def test_what_fails_altogether_is_stopped_within_seconds():
    assert surely_above([20.0] * 12, [20.0] * 12, 0.01)
    assert not surely_above([20.0] * 11, [20.0] * 11, 0.01)
