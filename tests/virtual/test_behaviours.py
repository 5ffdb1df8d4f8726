import json
from random import Random

import pytest

from simulator.errors import UsageError
from simulator.virtual.course import Course
from simulator.virtual.latency import LogNormal, Normal, Recorded, Uniform, read_latency

STUB = "stubs: [{name: a, request: {path: /a}, answer: {json: {n: 1, text: abcdefghij}}}, {name: b}]"


def quantile(latency, q, in_flight=1, draws=20000):
    random = Random(1)
    return sorted(latency.draw(random, in_flight) for _ in range(draws))[int(q * draws)]


def test_lognormal_keeps_its_median_and_its_95th_percentile():
    latency = LogNormal(0.02, 0.09)

    assert quantile(latency, 0.5) == pytest.approx(0.02, rel=0.03)
    assert quantile(latency, 0.95) == pytest.approx(0.09, rel=0.05)


def test_normal_and_uniform():
    assert quantile(Normal(0.1, 0.01), 0.5) == pytest.approx(0.1, rel=0.01)
    assert quantile(Uniform(0.1, 0.3), 0.25) == pytest.approx(0.15, rel=0.02)
    assert min(Normal(0.001, 1.0).draw(Random(n), 1) for n in range(50)) == 0.0


def test_recorded_latency_depends_on_load_and_saturates():
    latency = Recorded((1, 8), ((0.01, 0.02, 0.03), (0.08, 0.16, 0.24)))

    assert quantile(latency, 0.5, in_flight=1) == pytest.approx(0.02, rel=0.02)
    assert quantile(latency, 0.5, in_flight=8) == pytest.approx(0.16, rel=0.02)
    assert 0.02 < quantile(latency, 0.5, in_flight=4) < 0.16
    assert quantile(latency, 0.5, in_flight=16) == pytest.approx(0.32, rel=0.02)


@pytest.mark.parametrize("text", ["{uniform: [3 ms, 1 ms]}", "{normal: {mean: 1 ms}}", "{bell: 1}", "5 parsecs",
                                  "{lognormal: {median: 0 ms, p95: 1 ms}}", "{recorded: {0: [1 ms]}}"])  # fmt: skip
def test_a_latency_that_makes_no_sense_is_refused(node, text):
    parsed = node(text)

    read_latency(parsed)

    assert parsed.source.problems


def shown(course, moments):
    random = Random(1)
    return [course.shows(at_s, nth, random) for nth, at_s in enumerate(moments, 1)]


def test_courses():
    assert shown(Course(every=3), [0.0] * 6) == [False, False, True, False, False, True]
    assert shown(Course(burst=(10.0, 2.0)), [0, 1, 3, 9, 10, 12]) == [True, True, False, False, True, False]
    assert shown(Course(windows_s=((5.0, 6.0),)), [4, 5, 5.9, 6]) == [False, True, True, False]
    assert sum(shown(Course(share=0.3), [0.0] * 10000)) == pytest.approx(3000, rel=0.05)
    growing = shown(Course(share=0.99, grows_over_s=100.0), [at / 100 for at in range(10000)])
    assert sum(growing[:2000]) < 300 < 1500 < sum(growing[8000:])


def switched(service, *names, text=""):
    made = service(f"{text}\n{STUB}" if text else STUB)
    made.switch(names, 0.0)
    return made


def test_nothing_of_a_fault_is_left_once_it_is_off(service, ask):
    made = switched(service, "error")
    during = ask(made, "GET", "/a")
    made.switch([], 1.0)
    after = ask(made, "GET", "/a")

    assert (during.answer.status, during.spoiled) == (503, True)
    assert (after.answer.status, after.spoiled) == (200, False)


def test_an_unknown_behaviour_is_refused_with_the_nearest(service):
    with pytest.raises(UsageError) as caught:
        switched(service, "tiemout")
    assert caught.value.hint == "did you mean 'timeout'?"


def test_malformed_bodies_have_their_length_and_cannot_be_parsed(service, ask):
    answer = ask(switched(service, "malformed"), "GET", "/a").answer

    with pytest.raises(ValueError):
        json.loads(answer.body)
    assert f"Content-Length: {len(answer.body)}".encode() in answer.head


def test_wrong_type_keeps_the_body(service, ask):
    answer = ask(switched(service, "wrong_type"), "GET", "/a").answer

    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert json.loads(answer.body)["n"] == 1


def test_stale_answers_are_the_first_one_again(service, ask):
    made = service("stubs: [{answer: {json: {n: '{count}'}}}]")
    made.switch(["stale"], 0.0)

    answers = [ask(made, "GET", "/x", now_s=float(at)).answer for at in range(3)]

    assert [json.loads(answer.body)["n"] for answer in answers] == [1, 1, 1]
    assert answers[2].header("age") == "2"


def test_a_rate_limit_says_when_to_come_back_and_lets_go_on_then(service, ask):
    made = switched(service, "two", text="behaviours: {two: {fault: rate_limit, limit: 2/s}}")

    statuses = [ask(made, "GET", "/a", now_s=0.0).answer.status for _ in range(3)]
    refused = ask(made, "GET", "/a", now_s=0.1).answer
    later = ask(made, "GET", "/a", now_s=0.6).answer

    assert statuses == [200, 200, 429]
    assert refused.header("retry-after") == "1"
    assert later.status == 200


def test_a_behaviour_touches_only_the_stubs_that_it_names(service, ask):
    made = switched(service, "b only", text="behaviours: {b only: {fault: error, status: 500, stubs: b}}")

    assert ask(made, "GET", "/a").answer.status == 200
    assert ask(made, "GET", "/other").answer.status == 500


def test_latencies_add_up_and_grow(service, ask):
    made = switched(service, "slow", text="latency: 10 ms\nbehaviours: {slow: {latency: 1 s, grows_over: 10s}}")

    assert ask(made, "GET", "/a", now_s=5.0).delay_s == pytest.approx(0.51)
    assert ask(made, "GET", "/a", now_s=20.0).delay_s == pytest.approx(1.01)
