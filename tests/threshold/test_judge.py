import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.record.cell import Cell
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, SeriesKey
from simulator.record.window import Window
from simulator.threshold.judge import certain_to_fail, judge
from simulator.threshold.limit import parse_limit
from simulator.threshold.scope import KnownNames
from simulator.threshold.threshold import Threshold, limits_of

PAY = SeriesKey("operation", "Shopper", "buy_a_lamp", "pay", "POST /api/orders", "http", "steady")
FIND = PAY._replace(step="find a lamp", name="GET /api/products")
OPEN = SeriesKey("operation", "Visitor", "buy_in_the_browser", "open the shop", "open the shop", "browser", "steady")
JOURNEY = SeriesKey("journey", "Shopper", "buy_a_lamp", "", "", "journey", "steady")
STEP = PAY._replace(level="step", name="")
LCP = SeriesKey("vital", "Visitor", "buy_in_the_browser", "/", "lcp", "browser", "steady")


def only(run, **options):
    (ruling,) = judge(run.thresholds, run.measurements(), final=options.pop("final", True), **options)
    return ruling


def steady(run, times_s, key=PAY, seconds=60):
    for second in range(seconds):
        run.ok(second, times_s, key)
    return run


@pytest.mark.parametrize(
    ("slow", "total", "result", "leaning"),
    [
        (0, 72, "inconclusive", "pass"),  # 73 samples are the fewest that can pass a p95
        (0, 73, "pass", None),
        (20, 1000, "pass", None),
        (50, 1000, "inconclusive", "pass"),
        (51, 1000, "inconclusive", "fail"),
        (100, 1000, "fail", None),
        (3, 10, "fail", None),
        (1, 10, "inconclusive", "fail"),
    ],
)
def test_a_percentile_is_decided_on_the_exact_share_of_slow_ones(new_run, slow, total, result, leaning):
    run = new_run("[p95 < 500 ms, error_rate < 50%]").ok(3, [0.4999] * (total - slow) + [0.5] * slow)
    ruling = judge(run.thresholds, run.measurements(), final=True)[0]
    assert (ruling.result, ruling.leaning, ruling.count) == (result, leaning, total)
    assert (ruling.value < 0.5) == (slow <= total * 0.05)


def test_a_limit_that_includes_its_value_counts_what_lies_beyond_it(new_run):
    at_limit = [0.5] * 100
    assert only(new_run("[p95 < 500 ms]").ok(1, at_limit)).result == "fail"
    assert only(new_run("[p95 <= 500 ms]").ok(1, at_limit)).result == "pass"
    assert only(new_run("[p95 >= 500 ms]").ok(1, at_limit)).result == "pass"
    assert only(new_run("[p95 > 500 ms]").ok(1, at_limit)).result == "fail"


def test_a_stored_run_is_judged_by_limits_that_were_not_declared_before_it(new_run):
    times = [0.1] * 900 + [1.0] * 100
    for text, result in (("[p95 < 990 ms]", "fail"), ("[p95 < 1100 ms]", "pass"), ("[p80 < 200 ms]", "pass")):
        assert only(new_run(text, exact=False).ok(1, times)).result == result


def test_percentiles_are_of_successes_and_a_latency_limit_brings_an_error_limit(new_run):
    run = steady(new_run("[p95 < 1 s]"), [0.1] * 10)
    assert only(run).result == "pass"
    run.failed(5, 100)
    ruling = only(run)
    assert (ruling.result, ruling.value) == ("fail", pytest.approx(0.1))
    assert "100 of 700 failed (14.3%), and a latency limit without an error limit of its own allows 1%" in ruling.reason


def test_an_error_limit_in_the_same_scope_replaces_the_implied_one(new_run):
    for text, results in (
        ("[p95 < 1 s, error_rate < 50%]", ["pass", "pass"]),
        ("[p95 < 1 s, {require: error_rate < 50%, step: pay}]", ["fail", "pass"]),
        ("[{require: [p95 < 1 s, error_rate < 50%], step: pay}]", ["pass", "pass"]),
    ):
        run = steady(new_run(text), [0.1] * 10)
        for second in range(60):
            run.failed(second, 1)
        assert [ruling.result for ruling in judge(run.thresholds, run.measurements(), final=True)] == results


@pytest.mark.fault("green", "a latency limit, and nothing succeeded", "a failure, not a fast run")
def test_nothing_succeeded_is_a_failure_not_a_fast_run(new_run):
    ruling = only(new_run("[p95 < 1 s]").failed(1, 100))
    assert (ruling.result, ruling.value) == ("fail", None)
    both = new_run("[p95 < 1 s, error_rate < 1%]").failed(1, 100)
    assert [r.result for r in judge(both.thresholds, both.measurements(), final=True)] == ["no data", "fail"]


@pytest.mark.parametrize(
    "text",
    [
        "[p95 < 1 s]", "[error_rate < 1%]", "[throughput >= 1/s]", "[throughput < 1/s]", "[journeys < 100]",
        "[mean < 1 s]", "[max < 1 s]", "[error_rate count < 3]", "[status 5xx < 1%]", "[contract_violations <= 0]",
        "[lcp < 1 s]", "[cpu < 90%]", "[{require: memory max < 1 MB, service: shop}]",
        "[{require: p95 < 1 s, each: step}]",
        "[{require: p95 < 1 s, tag: critical}]", "[error_rate < 1% for every 10 s]",
        "[throughput < 9/s for every 10 s]", "[{require: p95 < 1 s within 5 s, phase: steady}]",
        "[{require: p95 < 1 s, phase: later}]", "[p95 rises < 10%]",
        "[{require: cpu < 90%, each: service}]", "[{require: p95 < 1 s, each: phase}]", "[step_time p95 < 3 s]",
    ],
)  # fmt: skip
@pytest.mark.fault("green", "no data, for any kind of limit", "never a pass")
def test_no_data_is_never_a_pass(new_run, text):
    ruling = only(new_run(text))
    assert ruling.result == "no data"
    assert ruling.value is None
    assert ruling.reason


def test_only_measured_phases_count_unless_the_scope_names_one(new_run):
    phases = PhaseSpan("warm-up", 0, 10, False), PhaseSpan("steady", 10, 70, True)
    warm = PAY._replace(phase="warm-up")
    text = "[p95 < 1 s, {require: p95 < 1 s, phase: warm-*}, {require: p95 < 1 s, each: phase}]"
    run = new_run(text, *phases).ok(5, [3.0] * 100, warm).ok(20, [0.1] * 100)
    rulings = judge(run.thresholds, run.measurements(), final=True)
    assert [(r.result, dict(r.scope)) for r in rulings] == [
        ("pass", {}), ("fail", {"phase": "warm-*"}), ("pass", {"phase": "steady"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "count"),
    [
        ("journey: buy_a_lamp", 300), ("journey: [buy_*]", 400), ("step: pay", 100), ("request: 'GET *'", 200),
        ("user: Visitor", 100), ("kind: browser", 100), ("tag: critical", 300),
        ("journey: buy_a_lamp, kind: browser", 0),
    ],
)  # fmt: skip
def test_scopes_narrow_down(new_run, scope, count):
    run = new_run(f"[{{require: p95 < 1 s, {scope}}}]")
    run.ok(1, [0.1] * 100).ok(1, [0.1] * 200, FIND).ok(1, [0.1] * 100, OPEN)
    names = KnownNames(journeys_of_tag={"critical": {"buy_a_lamp"}})
    assert only(run, plan_names=names).count == count


def test_each_is_judged_by_itself(new_run):
    run = new_run("[{require: p95 < 1 s, each: step, user: Shopper, name: steps}]")
    run.ok(1, [0.1] * 100).ok(1, [2.0] * 100, FIND).ok(1, [0.1] * 100, OPEN)
    rulings = judge(run.thresholds, run.measurements(), final=True)
    assert [(r.scope["step"], r.result, r.name) for r in rulings] == [
        ("find a lamp", "fail", "steps"), ("pay", "pass", "steps"),
    ]  # fmt: skip
    assert dict(rulings[0].scope) == {"user": "Shopper", "journey": "buy_a_lamp", "step": "find a lamp"}
    for each, expected in (("request", 3), ("journey", 2), ("user", 2)):
        run = new_run(f"[{{require: p95 < 1 s, each: {each}}}]")
        run.ok(1, [0.1] * 100).ok(1, [2.0] * 100, FIND).ok(1, [0.1] * 100, OPEN)
        assert len(judge(run.thresholds, run.measurements(), final=True)) == expected


def test_error_rates_count_dropped_arrivals_where_no_step_is_named(new_run):
    text = "[error_rate < 1%, {require: error_rate < 1%, step: pay}, journey_error_rate < 1%, error_rate count < 3]"
    run = steady(new_run(text), [0.1] * 10)
    run.ok(1, [1.0] * 200, JOURNEY).dropped(4, 200, JOURNEY)
    whole, step, journeys, count = judge(run.thresholds, run.measurements(), final=True)
    assert (whole.result, whole.value, whole.count) == ("fail", 0.25, 800)
    assert (step.result, step.value, step.count) == ("pass", 0.0, 600)
    assert (journeys.result, journeys.value, journeys.count) == ("fail", 0.5, 400)
    assert (count.result, count.value) == ("fail", 200.0)


def test_failures_in_bursts_are_less_certain_than_failures_all_along(new_run):
    even, burst = (
        steady(new_run("[error_rate < 1%]", PhaseSpan("steady", 0, 300, True)), [0.1] * 50, seconds=300) for _ in "ab"
    )
    for second in range(0, 300, 2):
        even.failed(second, 2)
    burst.failed(100, 150).failed(101, 150)
    assert only(even).result == "fail"
    ruling = only(burst)
    assert (ruling.result, ruling.leaning) == ("inconclusive", "fail")
    assert ruling.low < 0.01 < ruling.high


def test_levels_have_their_own_times(new_run):
    run = new_run("[p50 < 9 s, step_time p50 < 9 s, journey_time p50 < 9 s, lcp p50 < 9 s]")
    for key, time_s in ((PAY, 1.0), (STEP, 2.0), (JOURNEY, 3.0), (LCP, 4.0), (LCP._replace(name="fcp"), 5.0)):
        run.ok(1, [time_s] * 20, key)
    values = [ruling.value for ruling in judge(run.thresholds, run.measurements(), final=True)]
    assert values == pytest.approx([1, 2, 3, 4], rel=0.003)


def test_service_and_wait_times_of_late_starts(new_run):
    run = new_run("[response_time p50 < 9 s, service_time p50 < 1 s, wait_time max < 1 s, wait_time p50 < 9 s]")
    for _ in range(20):
        run.window(1).cell(PAY).add_late(3.0, 0.5, limits_of(run.thresholds))
    response, service, wait, middle = judge(run.thresholds, run.measurements(), final=True)
    assert [r.value for r in (response, service, wait, middle)] == pytest.approx([3, 0.5, 2.5, 2.5], rel=0.003)
    assert [r.result for r in (response, service, wait)] == ["pass", "pass", "fail"]
    unhurried = new_run("[wait_time p95 < 1 ms]").ok(1, [0.5] * 100)
    assert only(unhurried).result == "pass"


def test_rates_counts_means_and_extremes_are_decided_on_their_value(new_run):
    text = "[throughput >= 10/s, throughput > 10/s, throughput count < 600, mean < 250 ms, min > 99 ms, " \
        "max < 300 ms, stdev < 50 ms, response_time count >= 600, journeys >= 30/m, " \
        "bytes < 1 kB, bytes count >= 600 kB]"  # fmt: skip
    run = steady(new_run(text), [0.1, 0.3] * 5)
    for second in range(60):
        run.window(second).cell(PAY).size_bytes = 10_000
    run.ok(10, [1.0] * 30, JOURNEY)
    rulings = judge(run.thresholds, run.measurements(), final=True)
    assert [r.value for r in rulings] == pytest.approx(
        [10, 10, 600, 0.2, 0.1, 0.3, 0.1, 600, 0.5, 1000, 600_000], rel=5e-3
    )
    assert [r.result for r in rulings] == [
        "pass", "fail", "fail", "pass", "pass", "fail", "fail", "pass", "pass", "fail", "pass",
    ]  # fmt: skip
    assert rulings[3].low <= 0.2 <= rulings[3].high


def test_status_limits_count_failures_of_that_status_in_the_scope(new_run):
    text = "[status 5xx < 1%, status 502 < 5, status 4xx < 1%, {require: status 5xx < 1%, step: find a lamp}]"
    run = steady(steady(new_run(text), [0.1] * 10), [0.1] * 10, FIND)
    for second in range(50):
        run.failed(second, 2).failed(second, 1, error_class="timeout")
    run.failed(2, 1, error_class="http 404")
    server, count, client, other = judge(run.thresholds, run.measurements(), final=True)
    assert (server.result, server.value) == ("fail", pytest.approx(100 / 1351))
    assert (count.result, count.value) == ("fail", 100.0)
    assert (client.result, client.value) == ("pass", pytest.approx(1 / 1351))
    assert (other.result, other.value) == ("pass", 0.0)


def test_contract_violations_are_counted_among_the_answers_that_were_checked(new_run):
    checks = PAY._replace(level="contract")
    run = new_run("[contract_violations <= 0, contract_violations < 1%, contract_violations < 2% for every 5 s]")
    run.ok(1, [0.1] * 500)
    assert {r.result for r in judge(run.thresholds, run.measurements(), final=True)} == {"no data"}
    for second in range(60):
        run.ok(second, [1e-5] * 100, checks)
    assert {r.result for r in judge(run.thresholds, run.measurements(), final=True)} == {"pass"}
    for second in range(0, 54, 6):
        run.failed(second, 1, checks, error_class="contract")
    count, share, windows = judge(run.thresholds, run.measurements(), final=True)
    assert (count.result, count.value, count.count) == ("fail", 9.0, 6009)
    assert (share.result, share.value) == ("pass", pytest.approx(9 / 6009))
    assert (windows.result, windows.value) == ("pass", pytest.approx(1 / 501))


def test_contract_violations_are_no_errors_of_operations(new_run):
    run = new_run("[error_rate < 1%]").ok(1, [0.1] * 500)
    run.failed(2, 100, PAY._replace(level="contract"), error_class="contract")
    assert only(run).result == "pass"


def test_gauges_are_read_of_services_and_of_the_generator_in_measured_phases(new_run):
    phases = PhaseSpan("warm-up", 0, 2, False), PhaseSpan("steady", 2, 7, True)
    text = (
        "[{require: [cpu p50 < 50%, cpu max < 50%, cpu < 50%], service: sh*}, cpu max < 95%, "
        "{require: cpu < 1%, each: service}]"
    )
    run = new_run(text, *phases)
    run.read("shop", "cpu", [9, 9, 0.1, 0.2, 0.3, 0.4, 0.5]).read("generator", "cpu", [9, 9, 0.9])
    run.read("payments", "cpu", [9, 9, 0.0])
    rulings = judge(run.thresholds, run.measurements(), final=True)
    assert [(r.value, r.result) for r in rulings] == [
        (pytest.approx(0.3), "pass"), (0.5, "fail"), (pytest.approx(0.3), "pass"), (0.9, "pass"),
        (0.0, "pass"), (pytest.approx(0.3), "fail"),
    ]  # fmt: skip
    assert [r.scope.get("service") for r in rulings] == ["shop", "shop", "shop", None, "payments", "shop"]


def test_a_window_is_broken_although_the_whole_is_kept(new_run):
    text = (
        "[error_rate < 20%, error_rate < 5% for every 10 s, p95 < 1 s for every 10 s, throughput >= 9/s for every 10 s]"
    )
    run = steady(new_run(text), [0.1] * 10)
    run.failed(30, 10)
    whole, errors, times, rate = judge(run.thresholds, run.measurements(), final=True)
    assert whole.result == "pass"
    assert (errors.result, errors.value, errors.count) == ("fail", pytest.approx(10 / 110), 110)
    assert "broken in 10 of 51 windows of 10 s; worst from second 21 to 31" in errors.reason
    assert (times.result, times.value) == ("pass", pytest.approx(0.1))
    assert (rate.result, rate.value) == ("pass", pytest.approx(10))


def test_a_slow_stretch_breaks_a_window_and_an_empty_one_breaks_a_rate(new_run):
    run = new_run("[p50 < 1 s for every 5 s, throughput >= 1/s for every 5 s, journeys count > 1 for every 5 s]")
    for second in (*range(20), *range(30, 60)):
        run.ok(second, [3.0 if 10 <= second < 16 else 0.1] * 5)
        run.ok(second, [1.0], JOURNEY)
    times, rate, journeys = judge(run.thresholds, run.measurements(), final=True)
    assert (times.result, times.value) == ("fail", pytest.approx(3.0, rel=0.003))
    assert (rate.result, rate.value) == ("fail", 0.0)
    assert (journeys.result, journeys.value) == ("fail", 0.0)


def test_a_window_longer_than_the_run_has_no_data(new_run):
    run = steady(new_run("[p95 < 1 s for every 2m]"), [0.1])
    ruling = only(run)
    assert ruling.result == "no data"
    assert ruling.reason == "60 s were measured, which is shorter than one window of 120 s"


def test_within_leaves_out_the_begin_of_the_phase(new_run):
    phases = PhaseSpan("outage", 0, 20, True), PhaseSpan("recovery", 20, 60, True)
    after = PAY._replace(phase="recovery")
    for slow_until, result in ((28, "pass"), (50, "fail")):
        run = new_run("[{require: p95 < 400 ms within 10 s, phase: recovery}]", *phases)
        for second in range(20, 60):
            run.ok(second, [2.0 if second < slow_until else 0.1] * 10, after)
        ruling = only(run)
        assert (ruling.result, ruling.count) == (result, 300)


def test_without_a_baseline_a_change_has_no_data(new_run):
    ruling = only(steady(new_run("[p95 rises < 10%]"), [0.1]))
    assert (ruling.result, ruling.relative) == ("no data", True)
    assert "no baseline was given" in ruling.reason


def test_reasons_tell_value_interval_limit_and_what_would_settle_it(new_run):
    assert only(new_run("[p99 < 900 ms]").ok(1, [0.64] * 214)).reason == (
        "p99 is 640 ms (between 640 ms and 640 ms) over 214 samples; 0% took 900 ms or more, 1% may; "
        "too few to tell, at least 381 are needed"
    )
    run = new_run("[{require: error_rate < 0.1%, step: pay}]").ok(1, [0.1] * 1200)
    assert only(run).reason == (
        "0 of 1,200 failed, 0% (between 0% and 0.319%); too few to tell, at least 3,838 are needed"
    )
    slow = only(steady(new_run("[p95 < 500 ms]"), [0.1] * 9 + [0.8]))
    assert slow.reason == (
        "p95 is 800 ms (between 800 ms and 800 ms) over 600 samples; 10% took 500 ms or more, 5% may"
    )
    close = only(new_run("[p95 < 500 ms]").ok(1, [0.1] * 960 + [0.8] * 40))
    assert "too few to tell, about 987 more (59.2 s of this load) would settle it" in close.reason


def test_a_run_that_lasts_is_judged_quickly_and_carefully_at_its_end(new_run):
    run = steady(new_run("[p95 < 1 s, error_rate < 1%]", PhaseSpan("steady", 0.0, None, True)), [0.1] * 20)
    quick = judge(run.thresholds, run.measurements(), final=False)
    careful = judge(run.thresholds, run.measurements(), final=True)
    assert [r.result for r in quick] == [r.result for r in careful] == ["pass", "pass"]
    assert quick[0].low is None


def test_only_certain_failures_after_their_grace_stop_a_run(new_run):
    text = "[{require: p95 < 500 ms, abort: after 20 s, step: pay}, {require: p95 < 500 ms, step: pay}]"
    phase = PhaseSpan("steady", 0.0, None, True)
    for seconds, slow, stopped in ((10, 5, 0), (30, 5, 1), (30, 0, 0)):
        run = steady(new_run(text, phase), [0.1] * 5 + [0.9] * slow, seconds=seconds)
        assert len(certain_to_fail(run.thresholds, run.measurements())) == stopped
    short = steady(new_run("[{require: p95 < 500 ms, abort: true}]", phase), [0.9], seconds=5)
    assert certain_to_fail(short.thresholds, short.measurements()) == []


def test_what_nothing_can_mend_stops_a_run_at_once(new_run):
    phase = PhaseSpan("steady", 0.0, None, True)
    for text in ("max < 1 s", "error_rate count < 3", "error_rate < 50% for every 2 s"):
        run = (
            new_run(f"[{{require: {text}, abort: true}}]", phase)
            .ok(0, [0.1] * 5)
            .ok(1, [2.0])
            .failed(2, 8)
            .ok(3, [0.1])
        )
        assert len(certain_to_fail(run.thresholds, run.measurements())) == 1, text
    run = new_run("[{require: throughput count >= 100, abort: true}]", phase).ok(0, [0.1] * 5)
    assert certain_to_fail(run.thresholds, run.measurements()) == []


@pytest.mark.parametrize("text", ["throughput >= 2/s for every 10 s", "throughput count >= 20 for every 10 s"])
def test_seconds_that_are_forgotten_break_no_window(new_run, text):
    """A run of hours keeps its last minutes only; windows without their seconds would all be empty."""
    run = steady(
        new_run(f"[{{require: {text}, abort: true}}]", PhaseSpan("steady", 0.0, None, True)), [0.1] * 5, seconds=90
    )
    live = run.measurements(keep_s=30)
    assert live.first_second == 59
    assert certain_to_fail(run.thresholds, live) == []
    [ruling] = judge(run.thresholds, live, final=False)
    assert ruling.result == "pass"


def test_declared_limits_are_those_that_cells_must_count(limits):
    found = limits("[p95 < 1 s, p99 <= 1 s, p50 rises < 10%, cls p75 < 0.1, cpu p95 < 50%, mean < 3 s, p50 < 1 s]")
    assert limits_of(found) == (0.1, 1.0, parse_limit("p99 <= 1 s").edge_s)


TIMES = st.lists(st.floats(0.001, 0.99), min_size=1, max_size=80)


def measured(times: list[float], limit: str) -> tuple[Threshold, Measurements]:
    threshold = Threshold(parse_limit(limit))
    made = Measurements(limits_of((threshold,)))
    made.begin_phase(PhaseSpan("steady", 0.0, 60.0, True))
    window = Window(1)
    window.cells[PAY] = Cell()
    window.cells[PAY].add_ok(times, limits_of((threshold,)))
    made.add(window)
    return threshold, made


@settings(max_examples=60)
@given(TIMES, st.lists(st.floats(1.0, 50.0), min_size=1, max_size=40), st.sampled_from(["p50", "p95", "mean", "max"]))
def test_more_slow_samples_never_turn_a_failure_into_a_pass(times, slower, aggregate):
    fewer, more = (measured(values, f"{aggregate} < 1 s") for values in ([*times, 2.0], [*times, 2.0, *slower]))
    before, after = (judge([threshold], found, final=True)[0] for threshold, found in (fewer, more))
    if before.leaning == "fail" or before.result == "fail":
        assert after.result != "pass"
        assert after.leaning != "pass"


@settings(max_examples=60)
@given(st.lists(st.floats(0.001, 20.0), min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.95]))
def test_the_side_of_the_value_and_the_side_of_the_ruling_agree(times, q):
    threshold, found = measured(times, f"p{q * 100:g} < 1 s")
    ruling = judge([threshold], found, final=True)[0]
    side = ruling.result if ruling.leaning is None else ruling.leaning
    exact = sorted(times)[max(1, -(-round(q * 100) * len(times) // 100)) - 1]
    assert side == ("pass" if exact < 1.0 else "fail")
    assert ruling.value == pytest.approx(exact, rel=0.0028)
