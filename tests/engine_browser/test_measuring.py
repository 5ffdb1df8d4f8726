"""What browser journeys leave in the recorder."""

from __future__ import annotations

import pytest

from simulator.engine.browser.trace import AFTER_A_FAILURE
from tests.engine_browser.browser_run import Run
from tests.engine_browser.browser_site import SHIFT_PX, Site


def test_steps_are_operations_of_their_own_and_the_journey_is_timed(run: Run):
    run.go("read")
    assert run.outcomes("step") == {"open": "ok", "go on": "ok"}
    assert set(run.cells("operation")) == {("open", "open"), ("go on", "go on")}
    assert run.outcomes("journey") == {"read": "ok"}
    kinds = {key.level: key.kind for key, cell in run.window.cells.items() if cell.count}
    expected = {"step": "journey", "operation": "browser", "journey": "journey", "vital": "browser"}
    assert kinds == {**expected, "resource": "resource"}
    steps_s = sum(cell.ok.sum_s for cell in run.cells("step").values())
    assert 0 < steps_s <= run.cells("journey")["", ""].ok.sum_s
    assert {key.phase for key in run.window.cells} == {"steady"}
    assert not run.window.failures


def test_a_journey_without_steps_is_one_step(run: Run):
    run.go("look_around")
    assert run.outcomes("step") == run.outcomes("operation") == run.outcomes("journey") == {"look_around": "ok"}


def test_every_journey_has_a_context_of_its_own(run: Run):
    run.go("leave_a_cookie")
    assert run.outcomes("journey") == {"leave_a_cookie": "ok"}
    run.go("look_around")
    assert run.outcomes("journey") == {"look_around": "ok"}, run.window.failures


def test_times_count_from_the_planned_start(run: Run):
    run.go("read", planned_s=run.recorder.clock() - 100)
    journey, steps = run.cells("journey")["", ""], run.cells("step")
    assert journey.ok.sum_s > 100 > journey.service_times().sum_s
    assert steps["open", ""].ok.sum_s > 100 > steps["open", ""].service_times().sum_s
    assert steps["go on", ""].ok.sum_s < 100


def test_samples_belong_to_the_phase_in_which_they_begin(run: Run):
    run.recorder.begin_phase("spike")
    try:
        run.go("read")
        assert {key.phase for key, cell in run.window.cells.items() if cell.count} == {"spike"}
    finally:
        run.recorder.begin_phase("steady")


def test_an_expectation_that_fails_ends_the_journey_and_leaves_a_screenshot(run: Run):
    run.go("expect_too_much")
    assert run.outcomes("step") == {"open": "ok", "look": "error"}
    assert run.outcomes("operation") == {"open": "ok", "look": "error"}
    assert run.outcomes("journey") == {"expect_too_much": "error"}
    failure = run.failure("expect")
    assert failure.key.step == "look"
    assert "expected to be visible" in failure.message
    assert "journeys.py:" in failure.message
    assert "\x1b" not in failure.message
    evidence = {piece.name: piece.content for piece in failure.evidence}
    assert evidence["screenshot.png"].startswith(b"\x89PNG")
    page = evidence["page.txt"].decode()
    for words in ("/talks", "title: /talks", "hello from the page", "expect(page.get_by_text"):
        assert words in page


def test_the_first_failure_of_a_kind_leaves_evidence_one_of_the_next_a_trace_and_then_there_is_nothing(run: Run):
    def left() -> list[str]:
        run.go("stumble")
        return [piece.name for piece in run.failure("KeyError").evidence]

    first = left()
    assert first[:3] == ["screenshot.png", "page.txt", "requests.har"]
    traced = "trace.zip" in first or any(left() == ["trace.zip"] for _ in range(AFTER_A_FAILURE))
    assert traced, "a failure is traced, if not at once, as soon as it comes again"
    assert [] in (left(), left()), "few others are traced, by lot"


@pytest.mark.parametrize(
    ("journey", "error_class", "words"),
    [
        ("click_nothing", "timeout", "Timeout 300ms exceeded"),
        ("miss", "http 404", "/missing answered 404"),
        ("stumble", "KeyError", "'lamp'"),
        ("refuse", "network", "net::ERR_UNSAFE_PORT"),
    ],
)
def test_failures_have_a_class_and_readable_words(run: Run, journey: str, error_class: str, words: str):
    run.go(journey)
    assert run.outcomes("journey") == {journey: "error"}
    assert "never reached" not in run.outcomes("step")
    assert words in run.failure(error_class).message


def test_an_uncaught_error_of_a_page_is_counted_and_fails_nothing(run: Run):
    run.go("throw")
    assert run.outcomes("journey") == {"throw": "ok"}
    assert "broken script" in run.failure("page error").message


def test_web_vitals_of_every_page_are_recorded(run: Run):
    run.go("read")
    vitals = run.cells("vital")
    for page in ("/", "/pages/{id}"):
        assert {name for step, name in vitals if step == page} >= {"lcp", "fcp", "ttfb", "cls"}
    assert 0 < vitals["/", "ttfb"].ok.sum_s < vitals["/", "fcp"].ok.sum_s <= vitals["/", "lcp"].ok.sum_s < 60


def test_the_slowest_interaction_is_measured(run: Run):
    run.go("press")
    assert 0.1 < run.cells("vital")["/button", "inp"].ok.sum_s < 10  # the page computes for 100 ms


def test_layout_shift_is_measured_as_a_number(run: Run):
    run.go("shift")
    assert run.cells("vital")["/shift", "cls"].ok.sum_s == pytest.approx(SHIFT_PX / 1280, abs=0.01)


def test_users_live_side_by_side(run: Run):
    threads = [run.set_out("meet", number) for number in (1, 2)]
    for thread in threads:
        thread.join(30)
    run.look()
    assert run.cells("journey")["", ""].ok.count == 2  # the site answers neither before both have come


def test_sleeping_gives_way_to_others(run: Run, site: Site):
    threads = [run.set_out("sleep_together", number) for number in (1, 2)]
    for thread in threads:
        thread.join(30)
    run.look()
    assert run.cells("journey")["", ""].ok.count == 2


def test_a_journey_that_blocks_the_others_is_reported(run: Run):
    run.go("block")
    assert run.outcomes("journey") == {"block": "ok"}
    assert "blocked the browser host" in run.failure("blocked").message


def test_a_listener_that_raises_harms_nobody(run: Run):
    run.go("listen_badly")
    assert "in a listener" in run.failure("KeyError").message
    run.go("read")
    assert run.outcomes("journey") == {"read": "ok"}


def test_page_and_client_are_one_user(run: Run):
    run.go("both")
    assert run.outcomes("journey") == {"both": "ok"}, run.window.failures
    assert {("log in", "GET /who"), ("order", "POST /orders/{id}")} <= set(run.cells("operation"))


def test_a_request_that_fails_fails_its_step_with_the_exchange(run: Run):
    run.go("order_in_vain")
    assert run.outcomes("step") == {"order": "error"}
    failure = run.failure("http 404")
    assert failure.key.name == "POST /missing"
    assert [piece.name for piece in failure.evidence] == ["exchange.txt"]


def test_errors_in_the_console_and_of_scripts_are_counted_for_each_page_view(run: Run):
    run.go("complain")
    assert run.outcomes("journey") == {"complain": "ok"}
    vitals = run.cells("vital")
    assert vitals["/complains", "console_errors"].ok.sum_s == 2
    assert vitals["/pages/{id}", "console_errors"].ok.sum_s == 0
    assert vitals["/complains", "page_errors"].ok.count == 1
    assert "first" in run.failure("console error").message


def test_long_tasks_are_counted_and_their_blocking_time_is_added_up(run: Run):
    run.go("be_busy")
    vitals = run.cells("vital")
    assert vitals["/busy", "long_tasks"].ok.sum_s >= 1
    assert 0.09 < vitals["/busy", "tbt"].ok.sum_s < 10
    assert 0.0 < vitals["/busy", "load"].ok.sum_s < 60


def test_what_frames_load_is_counted(run: Run):
    run.go("look_inside")
    names = {key.name: cell.ok.count for key, cell in run.window.cells.items() if key.level == "resource"}
    assert names["script target"] == 1
    assert names["document target"] == 2


def test_a_page_that_is_left_for_another_site_has_its_last_word(run: Run):
    run.go("go_abroad")
    vitals = run.cells("vital")
    assert vitals["/button", "inp"].ok.sum_s > 0.1
    assert {"fcp", "lcp", "cls"} <= {name for page, name in vitals if page == "/button"}
    assert any(page.startswith("localhost") and name == "ttfb" for page, name in vitals)


def test_every_page_of_a_long_way_is_heard(run: Run):
    run.go("wander")
    shown = {page: cell for (page, name), cell in run.cells("vital").items() if name == "ttfb"}
    assert sum(cell.ok.count for cell in shown.values()) == 25
    documents = [cell for (_, name), cell in run.cells("resource").items() if name == "document target"]
    assert sum(cell.ok.count for cell in documents) == 25


def test_what_was_shown_in_a_window_that_has_closed_is_heard(run: Run):
    run.go("use_a_window")
    assert ("/button", "ttfb") in run.cells("vital")


def test_a_page_does_not_notice_that_it_is_measured(run: Run):
    run.go("notice_nothing")
    assert run.outcomes("journey") == {"notice_nothing": "ok"}
