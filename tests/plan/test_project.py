import pytest

from simulator.errors import FileError
from simulator.plan.cast import Cast, UserSpec
from simulator.plan.load import ANYONE, Arrivals, Phase, spread, users_of
from simulator.plan.profile import Overrides, load_of, overridden
from simulator.plan.project import load_project, parse_project

GOOD = """
environments:
  demo:
    services:
      payments: {command: "pay --port {port}"}
      shop:
        command: simulator demo serve --port {port} --payments {payments.url}
        ready: {http: /health, within: 20s}
        needs: [payments]
    host: "{shop.url}"
  staging:
    host: https://${STAGE:-staging}.example.com
profiles:
  smoke: {users: 2, duration: 10s, thresholds: thresholds/smoke.yaml}
  gate:
    thresholds: [thresholds/release.yaml]
    phases:
      - {name: warm-up, duration: 15s, rate: 5/s, measured: false}
      - {name: steady, duration: 2m, rate: 5/s to 20/s, arrivals: poisson}
    users: {Visitor: 4}
"""


def project(text=GOOD, environ=None, tmp_path="."):
    return parse_project(text, "simulator.yaml", tmp_path, environ or {})


def problems(text):
    with pytest.raises(FileError) as caught:
        project(text)
    return [(p.line, p.column, p.message, p.hint) for p in caught.value.problems]


def test_environments_are_read_with_their_services():
    demo = project().environment_named("demo")

    shop = demo.services[1]
    assert (shop.name, shop.needs, shop.ready.http, shop.ready.within_s) == ("shop", ("payments",), "/health", 20.0)
    assert demo.host == "{shop.url}"


def test_variables_have_defaults():
    assert project().environment_named("staging").host == "https://staging.example.com"
    assert project(environ={"STAGE": "blue"}).environment_named("staging").host == "https://blue.example.com"


def test_a_profile_without_phases_is_one_steady_phase():
    load = load_of(project().profile_named("smoke"))

    assert load.phases == (Phase("steady", 0.0, 10.0, users={ANYONE: 2}),)


def test_phases_follow_each_other_and_share_the_closed_group():
    load = load_of(project().profile_named("gate"))

    warm_up, steady = load.phases
    assert (warm_up.measured, warm_up.start_s, steady.start_s, load.duration_s) == (False, 0.0, 15.0, 135.0)
    assert warm_up.users == steady.users == {"Visitor": 4}
    assert steady.arrivals == (Arrivals(ANYONE, 5.0, 20.0, "poisson"),)


def test_a_duration_on_the_command_line_keeps_the_load_of_the_first_measured_phase():
    load = load_of(overridden(project().profile_named("gate"), Overrides(duration_s=5.0)))

    (only,) = load.phases
    assert (only.name, only.duration_s, only.users) == ("steady", 5.0, {"Visitor": 4})
    assert only.arrivals == (Arrivals(ANYONE, 5.0, 20.0, "poisson"),)


def test_users_on_the_command_line_replace_the_load():
    load = load_of(overridden(project().profile_named("gate"), Overrides(users={ANYONE: 3})))

    (only,) = load.phases
    assert (only.users, only.arrivals, only.duration_s) == ({ANYONE: 3}, (), 120.0)


def test_every_mistake_is_named_with_its_place_at_once():
    text = """\
environments:
  demo:
    host: "{shop.url}"
    services:
      shop: {comand: run, needs: [pay]}
profiles:
  smoke:
    users: two
    duration: 10
  gate:
    environment: demmo
    phases:
      - {name: a, duration: 1s}
      - {name: a, duration: 0s, rate: fast}
"""
    found = problems(text)

    assert [line for line, *_ in found] == [0, 5, 5, 5, 8, 9, 14, 14, 14]
    messages = "\n".join(message for _, _, message, _ in found)
    for expected in ("'comand'", "'pay'", "'two'", "'10' is not a duration", "'fast' is not a rate", "demmo"):
        assert expected in messages
    assert "did you mean 'command'?" in [hint for *_, hint in found]


def test_a_folder_without_the_file_is_an_empty_project(tmp_path):
    assert load_project(tmp_path, {}).profiles == {}


def test_an_unknown_profile_is_refused_with_the_nearest_name():
    with pytest.raises(Exception, match="no profile 'smoek'") as caught:
        project().profile_named("smoek")
    assert caught.value.hint == "did you mean 'smoke'?"


USERS = (UserSpec("Shopper", "api", "f", weight=9), UserSpec("Visitor", "browser", "f", weight=1))


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (10, {"Shopper": 9, "Visitor": 1}),
        (1, {"Shopper": 1, "Visitor": 0}),
        (25, {"Shopper": 23, "Visitor": 2}),
        (0, {"Shopper": 0, "Visitor": 0}),
    ],
)
def test_users_are_spread_by_weight(count, expected):
    assert spread(count, USERS) == expected


def test_a_fixed_count_comes_out_of_the_total():
    users = (*USERS, UserSpec("Admin", "api", "f", fixed_count=2))

    assert spread(12, users) == {"Admin": 2, "Shopper": 9, "Visitor": 1}


def test_named_groups_and_streams_are_left_out_of_the_spread():
    cast = Cast((*USERS, UserSpec("Bot", "api", "f", weight=5)))
    phase = Phase("p", 0, 1, users={ANYONE: 9, "Visitor": 4}, arrivals=(Arrivals("Bot", 5.0),))

    assert users_of(phase, cast) == {"Shopper": 9, "Visitor": 4}


def test_a_profile_says_when_its_runs_are_invalid():
    validity = "{loop_lag: 1s, browser_wait: 90%, browser_deaths: 5}"
    text = f"profiles: {{calm: {{users: 1, validity: {validity}}}, plain: {{users: 1}}}}"

    def limits(name):
        found = project(text).profile_named(name)
        return found.most_loop_lag_s, found.most_browser_wait_ratio, found.most_browser_deaths

    assert limits("calm") == (1.0, 0.9, 5)
    assert limits("plain") == (0.1, 0.8, 3)
