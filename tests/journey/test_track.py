"""How what happens on a journey becomes samples and failures."""

from __future__ import annotations

import pytest

from simulator import check, constant_pacing, journey, tag, task
from simulator.journey.mark import journeys_of
from simulator.journey.perform import perform, prepare
from simulator.journey.step import Step
from simulator.journey.track import Track
from simulator.record.failure import Evidence
from simulator.record.recorder import Recorder
from simulator.record.window import Window


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def tick(self, time_s: float) -> None:
        self.now_s += time_s


class Sketch:
    """A recorder with a clock of our own, and one user on a track."""

    def __init__(self, **options) -> None:
        self.clock = Clock()
        self.recorder = Recorder(clock=self.clock)
        self.recorder.begin(self.clock(), "steady")
        self.track = Track(self.recorder, "Shopper", **options)

    def step(self, name, **options):
        return Step(self.track, name, **options)

    def get(self, name="GET /", time_s=0.25, fails=None):
        operation = self.track.operation(name, "http")
        self.clock.tick(time_s)
        if fails:
            operation.fail(fails, f"{name} answered {fails}", collect=lambda: [Evidence("exchange.txt", b"x")])
        else:
            operation.succeed(10, collect=lambda: [Evidence("exchange.txt", b"ok")])

    def fold(self) -> Window:
        return self.recorder.fold(0)


def outcomes(window: Window) -> dict:
    return {
        (key.level, key.step, key.name): (cell.ok.count, cell.failed.count, cell.cut_off)
        for key, cell in window.cells.items()
        if cell.ok.count or cell.failed.count or cell.cut_off
    }


def test_operations_steps_and_the_journey_are_timed_from_their_own_starts():
    sketch = Sketch()

    def act():
        with sketch.step("search"):
            sketch.get(time_s=0.25)
            sketch.clock.tick(0.5)
        with sketch.step("pay"):
            sketch.get("POST /orders", time_s=1.0)

    assert perform(sketch.track, "buy", act)
    cells = {(k.level, k.step): c for k, c in sketch.fold().cells.items()}
    assert cells["operation", "search"].ok.max_s == pytest.approx(0.25)
    assert cells["step", "search"].ok.max_s == pytest.approx(0.75)
    assert cells["step", "pay"].ok.max_s == pytest.approx(1.0)
    assert cells["journey", ""].ok.max_s == pytest.approx(1.75)
    assert cells["operation", "search"].size_bytes == 10


def test_a_late_journey_passes_its_lateness_to_its_first_operation_and_step_only():
    sketch = Sketch()

    def act():
        with sketch.step("one"):
            sketch.get("a")
            sketch.get("b")
        with sketch.step("two"):
            sketch.get("c")

    planned_s = sketch.clock() - 3.0
    perform(sketch.track, "buy", act, planned_s, "warm-up")
    window = sketch.fold()
    found = {(k.level, k.step, k.name, k.phase): c for k, c in window.cells.items()}
    first = found["operation", "one", "a", "warm-up"]
    assert first.ok.max_s == pytest.approx(3.25)
    assert first.service_times().max_s == pytest.approx(0.25)
    assert found["operation", "one", "b", "steady"].ok.max_s == pytest.approx(0.25)
    assert found["step", "one", "", "warm-up"].ok.max_s == pytest.approx(3.5)
    assert found["step", "two", "", "steady"].ok.max_s == pytest.approx(0.25)
    journey_cell = found["journey", "", "", "warm-up"]
    assert (journey_cell.ok.max_s, journey_cell.service_times().max_s) == pytest.approx((3.75, 0.75))


def test_an_operation_outside_any_step_is_a_step_of_its_own():
    sketch = Sketch()
    perform(sketch.track, "look", lambda: sketch.get("GET /a"))
    assert outcomes(sketch.fold()) == {
        ("operation", "GET /a", "GET /a"): (1, 0, 0),
        ("step", "GET /a", ""): (1, 0, 0),
        ("journey", "", ""): (1, 0, 0),
    }


def test_a_failed_check_takes_back_the_operation_it_looked_at_and_ends_the_journey():
    sketch = Sketch()

    def act():
        with sketch.step("pay"):
            sketch.get("a")
            sketch.get("b")
            check([], "there are lamps")
        raise AssertionError("must not be reached")

    assert not perform(sketch.track, "buy", act)
    window = sketch.fold()
    assert outcomes(window) == {
        ("operation", "pay", "a"): (1, 0, 0),
        ("operation", "pay", "b"): (0, 1, 0),
        ("step", "pay", ""): (0, 1, 0),
        ("journey", "", ""): (0, 1, 0),
    }
    [failure] = window.failures.values()
    assert (failure.key.error_class, failure.key.name, failure.message) == ("check", "b", "there are lamps")
    assert failure.evidence[0].content == b"ok"


def test_a_failed_check_after_a_fold_still_takes_back_its_operation():
    sketch = Sketch()
    windows = []

    def act():
        sketch.get("a")
        windows.append(sketch.fold())
        check(False, "no")

    perform(sketch.track, "buy", act)
    total = windows[0]
    total.merge(sketch.fold())
    assert outcomes(total)["operation", "a", "a"] == (0, 1, 0)
    assert outcomes(total)["step", "a", ""] == (0, 1, 0)


def test_a_failed_check_without_an_operation_is_a_failed_call():
    sketch = Sketch()

    def act():
        with sketch.step("think"):
            check(False, "never")

    perform(sketch.track, "buy", act)
    [key] = [k for k in sketch.fold().cells if k.level == "operation"]
    assert (key.step, key.name, key.kind) == ("think", "check", "call")


def test_a_failed_operation_ends_the_journey_when_its_step_ends_and_counts_once():
    sketch = Sketch()
    reached = []

    def act():
        with sketch.step("pay"):
            sketch.get("POST /orders", fails="http 502")
            reached.append("same step")
            check(False, "order refused: 502")
        reached.append("after")

    perform(sketch.track, "buy", act)
    window = sketch.fold()
    assert reached == ["same step"]
    [failure] = window.failures.values()
    assert (failure.key.error_class, failure.count) == ("http 502", 1)
    assert failure.message == "order refused: 502 (POST /orders answered http 502)"
    assert outcomes(window)["operation", "pay", "POST /orders"] == (0, 1, 0)


def test_a_failed_operation_fails_the_step_though_the_author_never_looks():
    sketch = Sketch()
    reached = []

    def act():
        with sketch.step("pay"):
            sketch.get(fails="http 500")
        reached.append("after")

    assert not perform(sketch.track, "buy", act)
    assert not reached
    assert outcomes(sketch.fold())["step", "pay", ""] == (0, 1, 0)


def test_outside_a_step_the_next_call_ends_the_journey():
    sketch = Sketch()
    reached = []

    def act():
        sketch.get("a", fails="timeout")
        reached.append("looked at it")
        sketch.get("b")
        reached.append("went on")

    perform(sketch.track, "buy", act)
    window = sketch.fold()
    assert reached == ["looked at it"]
    assert ("operation", "b", "b") not in outcomes(window)
    assert [f.key.error_class for f in window.failures.values()] == ["timeout"]


def test_continue_on_failure_lets_the_journey_go_on_but_it_has_failed():
    sketch = Sketch()

    def act():
        with sketch.step("advert", continue_on_failure=True):
            sketch.get("ad", fails="http 404")
        with sketch.step("pay"):
            sketch.get("b")

    assert not perform(sketch.track, "buy", act)
    found = outcomes(sketch.fold())
    assert found["step", "advert", ""] == (0, 1, 0)
    assert found["step", "pay", ""] == (1, 0, 0)
    assert found["journey", "", ""] == (0, 1, 0)


def test_an_authors_exception_is_told_with_the_authors_lines_not_ours():
    sketch = Sketch()

    def act():
        with sketch.step("pay"):
            {}["id"]

    perform(sketch.track, "buy", act)
    [failure] = sketch.fold().failures.values()
    assert failure.key.error_class == "KeyError"
    assert "test_track.py" in failure.message
    assert '{}["id"]' in failure.message
    assert "perform.py" not in failure.message


def test_an_exception_that_follows_from_a_failed_operation_is_one_failure():
    sketch = Sketch()

    def act():
        with sketch.step("pay"):
            sketch.get(fails="http 500")
            {}["id"]

    perform(sketch.track, "buy", act)
    [failure] = sketch.fold().failures.values()
    assert (failure.key.error_class, failure.count) == ("http 500", 1)
    assert "KeyError" in failure.message


def test_what_is_open_when_the_run_ends_is_cut_off_and_no_error():
    class Killed(BaseException):
        pass

    sketch = Sketch()

    def act():
        with sketch.step("wait"):
            operation = sketch.track.operation("GET /slow", "http")
            sketch.clock.tick(5)
            operation.cut_off()
            raise Killed

    with pytest.raises(Killed):
        perform(sketch.track, "buy", act)
    window = sketch.fold()
    assert set(outcomes(window).values()) == {(0, 0, 1)}
    assert len(outcomes(window)) == 3
    assert not window.failures


def test_exceptions_that_steer_the_user_pass_through_and_fail_nothing():
    class Stop(Exception):
        pass

    sketch = Sketch(through=(Stop,))

    def act():
        with sketch.step("a", continue_on_failure=True):
            raise Stop

    with pytest.raises(Stop):
        perform(sketch.track, "buy", act)
    found = outcomes(sketch.fold())
    assert found == {("step", "a", ""): (1, 0, 0), ("journey", "", ""): (1, 0, 0)}


def test_what_happens_in_on_start_is_recorded_but_is_no_journey():
    sketch = Sketch()
    assert not prepare(sketch.track, "on_start", lambda: sketch.get("POST /login", fails="http 401"))
    window = sketch.fold()
    assert {k.journey for k in window.cells} == {"on_start"}
    assert not [k for k in window.cells if k.level == "journey"]
    assert len(window.failures) == 1


def test_marks_are_read_from_a_class_with_those_it_inherits():
    class Base:
        @journey
        def look(self):
            return "looked"

        @journey(weight=3, tags={"a"})
        def buy(self):
            pass

    class Shopper(Base):
        @tag("old")
        @task(5)
        def browse(self):
            pass

        @journey(name="purchase", weight=2)
        @tag("b")
        def buy(self):
            pass

    marks = journeys_of(Shopper)
    assert {name: (m.weight, m.tags) for name, m in marks.items()} == {
        "look": (1, frozenset()),
        "browse": (5, frozenset({"old"})),
        "purchase": (2, frozenset({"b"})),
    }
    assert Shopper().look() == "looked"


def test_constant_pacing_waits_for_what_is_left_of_the_period(monkeypatch):
    now_s = [100.0]
    monkeypatch.setattr("simulator.journey.think.perf_counter", lambda: now_s[0])
    user = type("User", (), {"_cp_last_run": 100.0, "_cp_last_wait_time": 0.0})()
    wait = constant_pacing(10)
    now_s[0] = 104.0
    assert wait(user) == pytest.approx(6)
    now_s[0] = 110.0 + 13.0
    assert wait(user) == 0


def spans(window: Window) -> list:
    [trace] = window.traces
    return [(s.level, s.name, round(s.start_s, 3), round(s.took_s, 3), s.outcome) for s in trace.spans]


def test_a_traced_journey_is_written_down_span_by_span():
    sketch = Sketch()

    def buy() -> None:
        with sketch.step("find"):
            sketch.get("GET /products")
            sketch.get("GET /products/{id}", 0.5)
        sketch.get("GET /basket")

    perform(sketch.track, "buy", buy)
    window = sketch.fold()

    assert spans(window) == [
        ("operation", "GET /products", 0.0, 0.25, "ok"),
        ("operation", "GET /products/{id}", 0.25, 0.5, "ok"),
        ("step", "find", 0.0, 0.75, "ok"),
        ("operation", "GET /basket", 0.75, 0.25, "ok"),
    ]
    assert (window.traces[0].took_s, window.traces[0].phase, window.traces[0].error_class) == (1.0, "steady", "")


def test_a_trace_says_what_failed_its_journey():
    sketch = Sketch()

    def buy() -> None:
        with sketch.step("pay"):
            sketch.get("POST /orders", fails="http 502")

    perform(sketch.track, "buy", buy, planned_s=sketch.clock() - 2.0)
    window = sketch.fold()

    assert spans(window) == [
        ("operation", "POST /orders", 0.0, 0.25, "error"),
        ("step", "pay", 0.0, 0.25, "error"),
    ]
    assert (window.traces[0].error_class, window.traces[0].lag_s) == ("http 502", 2.0)


def test_an_answer_that_a_check_finds_wrong_is_wrong_in_the_trace_too():
    sketch = Sketch()

    def buy() -> None:
        with sketch.step("pay"):
            sketch.get("GET /basket")
            sketch.get("POST /orders")
            check(False, "the order is there")

    perform(sketch.track, "buy", buy)

    assert [row[4] for row in spans(sketch.fold())] == ["ok", "error", "error"]


def test_few_journeys_of_a_name_are_traced_and_the_others_are_not():
    sketch = Sketch()
    for _ in range(1000):
        perform(sketch.track, "buy", lambda: sketch.get("GET /", 0.001))
        sketch.clock.tick(0.001)
    traced = []
    sketch.recorder.keep = traced.append

    for _ in range(1000):
        perform(sketch.track, "buy", lambda: sketch.get("GET /", 0.001))
        sketch.clock.tick(0.001)

    journeys = [cell for key, cell in sketch.fold().cells.items() if key.level == "journey"]
    assert journeys[0].ok.count == 2000
    assert 38 <= len(traced) <= 42  # in two seconds


def test_journeys_that_begin_together_are_all_traced():
    sketch, traced = Sketch(), []
    sketch.recorder.keep = traced.append

    for _ in range(15):
        perform(sketch.track, "buy", lambda: sketch.get("GET /", 0.0))

    assert len(traced) == 15


def test_what_happens_outside_of_a_journey_is_not_traced():
    sketch = Sketch()
    prepare(sketch.track, "on_start", lambda: sketch.get("POST /login"))

    assert sketch.fold().traces == []


def test_a_journey_of_many_operations_is_traced_up_to_a_limit():
    sketch = Sketch()

    def crawl() -> None:
        with sketch.step("crawl"):
            for at in range(200):
                sketch.get(f"GET /{at}")

    perform(sketch.track, "crawl", crawl)
    [trace] = sketch.fold().traces

    assert (len(trace.spans), trace.left_out) == (151, 50)
    assert trace.spans[-1].name == "crawl"
