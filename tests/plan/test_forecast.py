import pytest

from simulator.cli.test_data import check_enough
from simulator.data.spec_file import load_spec
from simulator.errors import UsageError
from simulator.plan.cast import Cast, JourneySpec, UserSpec
from simulator.plan.discovery import load_cast
from simulator.plan.forecast import rows_needed
from simulator.plan.load import ANYONE, Arrivals, Load, Phase

BUY = JourneySpec("buy", weight=3, takes={"accounts": 2})
LOOK = JourneySpec("look", weight=1)
CAST = Cast((UserSpec("Buyer", "api", "f", journeys=(BUY, LOOK), takes={"cards": 1}),))


def load(**options):
    return Load((Phase("steady", 0.0, 10.0, **options),))


def test_arrivals_are_counted_by_weight_and_ramp():
    assert rows_needed(CAST, load(arrivals=(Arrivals(ANYONE, 4.0),)))["accounts"] == 40 * 0.75 * 2
    assert rows_needed(CAST, load(arrivals=(Arrivals("buy", 2.0, 4.0),)))["accounts"] == 30 * 2


def test_of_users_only_what_is_certain_counts():
    assert rows_needed(CAST, load(users={"Buyer": 20})) == {"cards": 20}
    only = Cast((UserSpec("Buyer", "api", "f", journeys=(BUY,)),))
    assert rows_needed(only, load(users={"Buyer": 20})) == {"accounts": 40}
    assert rows_needed(only, load(users={"Buyer": 20}), iterations=500) == {"accounts": 1000}


def test_a_load_that_would_run_out_is_refused_with_what_is_missing(tmp_path):
    (tmp_path / "accounts.csv").write_text("id\n" + "\n".join(map(str, range(50))) + "\n")
    (tmp_path / "data.yaml").write_text("feeders: {accounts: {file: accounts.csv}}")
    spec = load_spec(tmp_path / "data.yaml")

    check_enough(spec, {"accounts": 50.0})
    with pytest.raises(UsageError, match="has 50 rows, this load takes 61: 11 are missing"):
        check_enough(spec, {"accounts": 60.2})


def test_what_a_journey_takes_is_read_from_its_source(tmp_path):
    (tmp_path / "buyers.py").write_text("""
from simulator import ApiUser, journey


class Buyer(ApiUser):
    def on_start(self):
        self.card = self.data.take("cards")

    @journey
    def buy(self):
        with self.data.lease("accounts") as account:
            self.data.take("accounts")
""")

    [user] = load_cast([tmp_path]).users

    assert (dict(user.takes), dict(user.journeys[0].takes)) == ({"cards": 1}, {"accounts": 2})
