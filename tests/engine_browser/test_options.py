"""What options make of a browser user's context, network and measures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simulator.engine.browser.room import TIDIED_EACH
from simulator.plan.browser import BrowserOptions, Network
from simulator.plan.cast import UserSpec
from tests.engine_browser.browser_run import Run
from tests.engine_browser.browser_site import Site

FILE = Path(__file__).with_name("lookers.py")


def known_at(site: Site) -> dict[str, object]:
    """What a visitor's browser kept, as Playwright writes it down."""
    cookie = {"name": "visitor", "value": "17", "domain": "127.0.0.1", "path": "/", "expires": -1, "httpOnly": False,
              "secure": False, "sameSite": "Lax"}  # fmt: skip
    return {"cookies": [cookie], "origins": [{"origin": site.url, "localStorage": [{"name": "a", "value": "kept"}]}]}


def kept_state(folder: Path, site: Site) -> Path:
    file = folder / "state.json"
    file.write_text(json.dumps(known_at(site)))
    return file


@pytest.fixture(scope="module")
def guests(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One host with users of many kinds."""
    kinds = {
        "Fresh": BrowserOptions(trace="off"),
        "Reset": BrowserOptions(context="reset", cache="empty", trace="off"),
        "Acquainted": BrowserOptions(context="reset", trace="off"),
        "Littering": BrowserOptions(context="reset", trace="off"),
        "Returning": BrowserOptions(context="persistent"),
        "Owner": BrowserOptions(own=True),
        "Foreigner": BrowserOptions(
            device="iPhone 13", locale="de-DE", timezone="Asia/Tokyo", color_scheme="dark", headers={"X-Custom": "7"}
        ),
        "Member": BrowserOptions(credentials=("anna", "secret")),
        "Slow": BrowserOptions(network=Network(0.3)),
        "Blocking": BrowserOptions(block_types=("image", "stylesheet")),
        "Avoiding": BrowserOptions(block=("localhost",)),
        "Secluded": BrowserOptions(third_parties="block"),
        "Strict": BrowserOptions(third_parties="forbid"),
        "Rerouted": BrowserOptions(routes={"http://pay.example.invalid": site.url}, allowed_hosts=()),
        "Traced": BrowserOptions(trace="on"),
        "LoggedIn": BrowserOptions(),
        "Narrow": BrowserOptions(network=Network(0.0, down_bytes_per_s=60_000)),
        "Hindered": BrowserOptions(cpu_slowdown=20.0),
        "Proxied": BrowserOptions(proxy=site.url),
        "Known": BrowserOptions(storage_state=known_at(site)),
        "Remembered": BrowserOptions(storage_state=str(kept_state(tmp_path_factory.mktemp("state"), site))),
    }
    run = Run(site.url, [UserSpec(name, "browser", str(FILE)) for name in kinds], kinds).start()
    yield run
    run.host.stop(0)


def went_well(run: Run, user: str, journey: str, number: int = 0) -> None:
    run.go(journey, number, user=user)
    assert run.outcomes("journey") == {journey: "ok"}, run.window.failures


def resources(run: Run) -> dict[str, tuple[int, int]]:
    """Kind and host → how many went well, and how many did not."""
    return {
        key.name: (cell.ok.count, cell.errors)
        for key, cell in run.window.cells.items()
        if key.level == "resource" and cell.count
    }


@pytest.mark.parametrize("user", ["Fresh", "Reset"])
def test_a_context_is_as_good_as_new(guests: Run, site: Site, user: str):
    went_well(guests, user, "leave_traces")
    site.forget("/picture.png")
    went_well(guests, user, "find_traces")
    assert site.reached("/picture.png").acquire(blocking=False), "the cache is empty as well"


def test_a_reset_context_keeps_its_cache_and_nothing_else(guests: Run, site: Site):
    went_well(guests, "Acquainted", "leave_traces")
    site.forget("/picture.png")
    went_well(guests, "Acquainted", "find_traces")
    assert not site.reached("/picture.png").acquire(blocking=False)


def test_a_reset_context_is_the_same_one_and_a_fresh_one_is_not(guests: Run):
    def renderers_after(user: str) -> list[int]:
        went_well(guests, user, "find_traces")
        return [process.pid for process in guests.renderers()]

    before, after = renderers_after("Reset"), renderers_after("Reset")
    assert set(before) & set(after)


def test_what_scripts_left_behind_in_a_context_that_is_reset_is_tidied_up_now_and_then(guests: Run):
    for _ in range(TIDIED_EACH):
        went_well(guests, "Littering", "litter")
    went_well(guests, "Littering", "look_for_litter")


def test_a_context_that_a_journey_meddled_with_is_not_used_again(guests: Run):
    went_well(guests, "Reset", "meddle")
    went_well(guests, "Reset", "be_meddled_with")


def test_a_persistent_context_belongs_to_its_user(guests: Run):
    for number in (1, 1, 2, 1):
        went_well(guests, "Returning", "come_back", number)


def test_a_user_may_have_a_browser_to_itself_which_ends_with_it(guests: Run):
    before = set(guests.browsers())
    for number in (1, 2):
        went_well(guests, "Owner", "be_meddled_with", number)
    own = set(guests.browsers()) - before
    assert len(own) == 2
    for number in (1, 2):
        guests.host.release("Owner", number)
    _, left = psutil.wait_procs(own, timeout=15)
    assert not left


def test_device_locale_timezone_colours_and_headers_are_as_said(guests: Run):
    guests.go("look", user="Foreigner")
    [failure] = [f for f in guests.window.failures.values() if f.key.error_class == "check"]
    seen = json.loads(failure.message[failure.message.index("{") : failure.message.rindex("}") + 1])
    assert seen == {
        "language": "de-DE", "width": 390, "touch": True, "zone": "Asia/Tokyo", "dark": True, "custom": "7",
    }  # fmt: skip


def test_http_credentials_open_doors_for_page_and_client(guests: Run):
    went_well(guests, "Member", "be_private")


def test_a_slow_network_is_slow(guests: Run):
    went_well(guests, "Slow", "read_slowly")


def test_a_narrow_network_is_narrow(guests: Run):
    went_well(guests, "Narrow", "fetch_much")


def test_a_hindered_page_computes_less(guests: Run):
    done: dict[str, float] = {}
    for user in ("Fresh", "Hindered"):
        guests.go("compute", user=user)
        done[user] = float(guests.failure("check").message.split()[0])
    assert done["Hindered"] < done["Fresh"] / 2, done


def test_a_proxy_is_asked_for_everything(guests: Run, site: Site):
    site.forget("http://shop.example.invalid/pages/1")
    went_well(guests, "Proxied", "go_through_a_proxy")
    assert site.reached("http://shop.example.invalid/pages/1").acquire(blocking=False)


@pytest.mark.parametrize("user", ["Known", "Remembered"])
def test_a_context_begins_with_what_was_stored(guests: Run, user: str):
    went_well(guests, user, "know_who")
    went_well(guests, user, "know_what_was_kept")


def test_requests_of_pages_are_series_of_their_own(guests: Run):
    went_well(guests, "Fresh", "load")
    assert resources(guests) == {
        "document target": (1, 0), "stylesheet target": (1, 0), "script target": (1, 0), "fetch target": (1, 0),
        "image target": (1, 1),
    }  # fmt: skip
    sizes = {key.name: cell.size_bytes for key, cell in guests.window.cells.items() if key.level == "resource"}
    assert sizes["document target"] > 300
    assert set(guests.cells("operation")) == {("open", "open")}, "no default counts them"


def test_what_is_blocked_is_not_asked_for_and_is_no_failure(guests: Run, site: Site):
    for path in ("/picture.png", "/style.css"):
        site.forget(path)
    went_well(guests, "Blocking", "load")
    assert set(resources(guests)) == {"document target", "script target", "fetch target"}
    went_well(guests, "Avoiding", "go_abroad")
    for path in ("/picture.png", "/style.css"):
        assert not site.reached(path).acquire(blocking=False)


def test_other_hosts_are_listed(guests: Run, site: Site):
    went_well(guests, "Fresh", "go_abroad")
    there = site.url.removeprefix("http://").replace("127.0.0.1", "localhost")
    assert resources(guests)[f"image {there}"] == (1, 0)


def test_other_hosts_can_be_blocked(guests: Run, site: Site):
    site.forget("/picture.png")
    went_well(guests, "Secluded", "go_abroad")
    assert not site.reached("/picture.png").acquire(blocking=False)


def test_other_hosts_can_be_forbidden(guests: Run):
    guests.go("go_abroad", user="Strict")
    assert guests.outcomes("step") == {"open": "error"}
    assert "localhost" in guests.failure("third party").message


def test_an_address_can_lead_somewhere_else(guests: Run):
    went_well(guests, "Rerouted", "follow_a_route")


def test_who_logs_in_at_the_start_is_logged_in_on_every_page(guests: Run):
    went_well(guests, "LoggedIn", "know_who")
    went_well(guests, "LoggedIn", "know_who")


def test_a_traced_journey_that_fails_leaves_its_trace_and_its_archive(guests: Run):
    guests.go("look", user="Traced")
    evidence = {piece.name: piece.content for piece in guests.failure("check").evidence}
    assert evidence["trace.zip"].startswith(b"PK")
    entries = json.loads(evidence["requests.har"])["log"]["entries"]
    assert [entry["request"]["url"].rpartition("/")[2] for entry in entries] == ["1", "headers"]
