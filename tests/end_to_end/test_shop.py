"""The main job: this repository's journeys against its shop, API users and browser users together."""

import os
import re
import signal

import psutil
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("browser")]


def await_line(stream, pattern):
    for line in stream:
        if re.search(pattern, line):
            return line
    raise AssertionError(f"the output ended before {pattern!r}")


def test_smoke_passes_and_reports_both_kinds_of_users(shop_project):
    ended = shop_project.run("run", "journeys", "--profile", "smoke")

    assert ended.code == 0, ended.out + ended.err
    document = shop_project.document()
    journeys = {(row["user"], row["journey"]) for row in document["series"] if row["level"] == "journey"}
    assert {("Shopper", "buy_a_lamp"), ("Visitor", "buy_in_the_browser")} <= journeys
    assert {row["metric"] for row in document["vitals"]} >= {"lcp", "cls", "fcp", "ttfb"}
    assert {(row["source"], row["metric"]) for row in document["readings"]} >= {
        ("shop", "cpu"), ("shop", "memory"), ("generator", "cpu"), ("generator", "memory"),
    }  # fmt: skip
    assert "Chromium" in document["versions"]["browser"]
    assert_traced(document, "Shopper", {"step", "operation"})
    assert_traced(document, "Visitor", {"step", "request"})


def assert_traced(document, user, levels):
    """Journeys of this user are told step by step: what lies in a step lies in its time, and all within the journey."""
    rows = [row for row in document["waterfalls"] if row["user"] == user]
    assert {"typical"} <= {row["which"] for row in rows}
    for row in rows:
        assert {span["level"] for span in row["spans"]} == levels
        assert 0 <= row["at_s"] <= document["duration_s"]
        assert all(-0.05 <= span["start_s"] <= row["took_s"] for span in row["spans"])
        around = None
        for span in row["spans"]:
            around = span if span["level"] == "step" else around
            if span["depth"]:
                assert around["start_s"] <= span["start_s"] <= around["start_s"] + around["took_s"]


def test_failing_payments_fail_the_run_and_name_the_step_with_evidence(shop_project):
    ended = shop_project.run("run", "journeys", "--profile", "smoke", "--environment", "worse")

    assert ended.code == 1, ended.out + ended.err
    assert re.search(r"paying works: error_rate < 5% \(step pay\): failed", ended.out)
    document = shop_project.document()
    pay = [error for error in document["errors"] if error["step"] == "pay"]
    assert pay
    assert all((shop_project.runs()[-1] / path).is_file() for error in pay for path in error["evidence"])
    assert any(path.endswith("exchange.txt") for error in pay for path in error["evidence"])
    failed = next(row for row in document["waterfalls"] if row["which"] == "failed" and row["user"] == "Shopper")
    assert failed["error_class"] == "http 502"
    assert [span["name"] for span in failed["spans"] if span["outcome"] == "error"] == ["pay", "POST /api/orders"]


@pytest.mark.fault(4, "Ctrl-C with browsers and services running", "a report; neither browser nor service is left")
def test_ctrl_c_leaves_a_report_and_neither_browser_nor_shop(shop_project):
    process = shop_project.start("run", "journeys", "--profile", "smoke", "--duration", "60s")
    await_line(process.stdout, r"^00:0[3-9]")
    children = psutil.Process(process.pid).children(recursive=True)
    assert any("chromium" in child.name() for child in children)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=40)

    assert process.returncode == 130, err
    assert (shop_project.runs()[-1] / "report.html").is_file()
    _, alive = psutil.wait_procs(children, timeout=5)  # what has ended may still be waiting for init
    assert not alive


@pytest.mark.fault(3, "the command is killed with browsers and services running", "all of them end")
def test_a_killed_run_takes_browser_and_shop_with_it(shop_project):
    process = shop_project.start("run", "journeys", "--profile", "smoke", "--duration", "60s")
    await_line(process.stdout, r"^00:0[3-9]")
    children = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    _, alive = psutil.wait_procs(children, timeout=15)

    assert not alive


def test_a_new_project_runs_as_it_is(project):
    assert project.run("init").code == 0

    listed = project.run("list")
    ended = project.run("run", "--profile", "smoke")

    assert listed.code == 0
    assert "buy_a_lamp" in listed.out
    assert "find a lamp" in listed.out
    assert project.run("check").code == 0
    assert ended.code == 0, ended.out + ended.err


def test_init_overwrites_nothing(project):
    project.write("simulator.yaml", "profiles: {}")

    ended = project.run("init")

    assert ended.code == 2
    assert (project.folder / "simulator.yaml").read_text() == "profiles: {}"
    assert not (project.folder / "journeys").exists()


def test_the_demo_needs_no_project_and_its_worse_build_fails(project):
    good = project.run("demo", "--duration", "5s")
    worse = project.run("demo", "--duration", "8s", "--break", "failing-payments", "--quiet")

    assert good.code == 0, good.out + good.err
    assert worse.code == 1, worse.out + worse.err
    assert len(project.runs()) == 2


def test_doctor_names_the_browser(project):
    ended = project.run("doctor")

    assert ended.code == 0
    assert re.search(r"browser +Chromium [\d.]+", ended.out)
