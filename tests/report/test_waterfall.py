from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, SeriesKey
from simulator.record.trace import Span, Trace
from simulator.record.window import Window
from simulator.report.markdown_form import escaped
from simulator.report.render import render
from simulator.report.waterfall import MOST_ROWS, beside, sentence, waterfalls


def trace(took_s, error_class="", at_s=1.0, phase="steady", spans=(), lag_s=0.0):
    return Trace("Shopper", "buy", phase, error_class, at_s, lag_s, took_s, 0.5, spans)


def measured(times_s):
    found = Measurements()
    found.begin_phase(PhaseSpan("warm-up", 0.0, None, False))
    found.begin_phase(PhaseSpan("steady", 1.0, None, True))
    window = Window(5)
    window.cell(SeriesKey("journey", "Shopper", "buy", "", "", "journey", "steady")).add_ok(times_s, ())
    found.add(window)
    return found


def test_the_typical_one_is_nearest_to_the_median_of_all_and_warm_up_does_not_count():
    kept = [trace(0.2), trace(0.5), trace(3.0), trace(9.0, phase="warm-up"), trace(4.0, "timeout", 7.0)]

    found = waterfalls(kept, measured([0.4, 0.5, 0.6, 3.0, 0.5]))

    assert [(row["which"], row["took_s"]) for row in found] == [("typical", 0.5), ("slowest", 3.0), ("failed", 4.0)]
    assert found[2]["error_class"] == "timeout"


def test_spans_are_in_order_of_time_and_know_how_deep_they_lie():
    spans = [
        Span("operation", "GET /a", "http", 0.0, 0.2, "ok"),
        Span("step", "find", "", 0.0, 0.3, "ok"),
        Span("request", "/late.js", "script", 0.25, 0.5, "ok"),
        Span("operation", "POST /b", "http", 0.4, 0.1, "ok"),
        Span("step", "pay", "", 0.4, 0.2, "ok"),
        Span("operation", "GET /c", "http", 0.7, 0.1, "ok"),
    ]

    [row] = waterfalls([trace(0.8, spans=spans)], measured([0.8]))

    assert [(span["name"], span["depth"]) for span in row["spans"]] == [
        ("find", 0), ("GET /a", 1), ("/late.js", 1), ("pay", 0), ("POST /b", 1), ("GET /c", 0),
    ]  # fmt: skip
    assert sentence(row) == "typical buy: 800 ms at 0:01; find 300 ms (of it /late.js 500 ms)"


def test_the_shortest_of_too_many_spans_are_left_out_but_no_step_is():
    spans = [Span("operation", f"GET /{at}", "http", at / 10, (at + 1) / 1000, "ok") for at in range(100)]
    spans.append(Span("step", "crawl", "", 0.0, 1e-4, "ok"))

    [row] = waterfalls([trace(11.0, spans=spans)], measured([11.0]))

    assert (len(row["spans"]), row["left_out"]) == (MOST_ROWS, 101 - MOST_ROWS)
    assert row["spans"][0]["name"] == "crawl"
    assert "GET /0" not in {span["name"] for span in row["spans"]}


def test_a_late_journey_says_how_long_it_waited():
    [row] = waterfalls([trace(1.0, lag_s=2.5)], measured([3.5]))

    assert sentence(row) == "typical buy: 3.5 s at 0:01; waited 2.5 s to begin"


def test_the_same_journey_of_the_baseline_is_found(maker, shop):
    base, run = maker.make(shop(), build="2.4.0"), maker.make(shop(slow=1.5))
    rows = run.document["waterfalls"]

    assert {(row["journey"], row["which"]) for row in rows} >= {
        ("buy_a_lamp", "typical"), ("buy_a_lamp", "slowest"), ("buy_in_the_browser", "slowest"),
    }  # fmt: skip
    assert beside(rows[0], base.document)["which"] == rows[0]["which"]
    assert beside(rows[0], None) is None
    assert beside(rows[0], {"run": "of another version"}) is None


def test_text_and_markdown_tell_the_slowest_and_the_failed_in_the_same_words(maker, shop):
    run = maker.make(shop(failing=0.05))
    rows = [row for row in run.document["waterfalls"] if row["which"] != "typical"]

    assert {row["which"] for row in rows} == {"slowest", "failed"}
    text, markdown = " ".join(render(run, "text").split()), render(run, "md")
    for row in rows:
        assert sentence(row) in text
        assert escaped(sentence(row)) in markdown
