import numpy as np
import pytest

from simulator.compare.capacity import Capacity, Search, Step, scalability, search, sentences


def exact(limit):
    """A target that holds up to exactly this load."""
    return lambda load, duration_s: Step(load, "holds" if load <= limit else "breaks", duration_s, load, 0.1)


@pytest.mark.parametrize("limit", [10, 11.3, 37, 95.8, 1234, 3.1])
def test_capacity_is_found_within_the_precision_and_confirmed(limit):
    found = search(exact(limit), Search(start=10, precision=0.05))
    assert found.confirmed
    assert limit / 1.06 <= found.load <= limit < found.broke_at
    assert found.steps[-1].confirms
    assert found.steps[-1].duration_s == 120


def test_users_are_whole_numbers():
    found = search(exact(17), Search(start=4, whole=True, precision=0.01))
    assert (found.load, found.broke_at) == (17, 18)


def test_no_load_beyond_the_highest_allowed_is_tried():
    found = search(exact(1000), Search(start=10, most=35))
    assert (found.load, found.broke_at) == (35, None)
    assert max(step.load for step in found.steps) == 35


def test_a_target_that_never_holds_has_no_capacity():
    found = search(exact(0), Search(start=10))
    assert (found.load, found.confirmed) == (None, False)
    assert next(sentences(found, unit="per second")).startswith("no capacity found")


def test_what_cannot_be_decided_is_measured_again_for_longer():
    asked = []

    def measure(load, duration_s):
        asked.append((load, duration_s))
        if load > 20:
            return Step(load, "breaks", duration_s)
        return Step(load, "holds" if load < 15 or duration_s >= 120 else "leans to break", duration_s)

    found = search(measure, Search(start=10))
    assert [duration_s for load, duration_s in asked if load == 20][:3] == [30, 60, 120]
    assert found.confirmed


def test_a_result_that_does_not_last_is_lowered():
    def measure(load, duration_s):
        limit = 80 if duration_s < 100 else 70
        return Step(load, "holds" if load <= limit else "breaks", duration_s)

    found = search(measure, Search(start=10))
    assert found.confirmed
    assert 65 < found.load <= 70


def test_the_target_drains_after_each_load_that_broke():
    drained, broken = [], []

    def measure(load, duration_s):
        if load > 33:
            broken.append(load)
        return Step(load, "holds" if load <= 33 else "breaks", duration_s)

    search(measure, Search(start=10), drain=lambda: drained.append(1))
    assert len(drained) == len(broken) > 1


def law(users, contention=0.05, coherency=0.002):
    return 10 * users / (1 + contention * (users - 1) + coherency * users * (users - 1))


def test_contention_and_coherency_are_read_off_once_the_peak_was_passed():
    steps = [Step(users, "holds", 30, law(users)) for users in (1, 2, 4, 8, 16, 32, 64)]
    fitted = scalability(steps)
    assert fitted.per_user == pytest.approx(10, rel=1e-6)
    assert fitted.contention == pytest.approx(0.05, rel=1e-6)
    assert fitted.coherency == pytest.approx(0.002, rel=1e-6)


def test_nothing_is_described_before_the_peak():
    assert scalability([Step(users, "holds", 30, law(users)) for users in (1, 2, 4, 8, 16)]) is None
    assert scalability([]) is None


def test_the_result_is_told_in_words():
    found = Capacity(88, 92, confirmed=True, steps=(Step(92, "breaks", 30), Step(88, "holds", 120, confirms=True)))
    assert list(sentences(found, unit="per second")) == ["88 per second: held for 120 s, broke at 92"]


def test_a_noisy_queue_is_judged_within_a_tenth():
    """A smaller, seeded version of `python -m benchmarks.statistics capacity`: the limit itself is noisy."""
    rng = np.random.default_rng(7)

    def measure(load, duration_s):
        seen = load * np.exp(rng.normal(0, 0.03))
        distance = 100 / seen - 1
        verdict = (
            "holds"
            if distance > 0.04
            else "breaks"
            if distance < -0.04
            else "leans to hold"
            if distance > 0
            else "leans to break"
        )  # noqa: E501
        return Step(load, verdict, duration_s)

    errors = [search(measure, Search(start=10)).load / 100 - 1 for _ in range(50)]
    assert abs(np.median(errors)) < 0.05
