import json
from datetime import UTC, datetime

import pytest

from simulator.contract.author import answer, ask, interaction
from simulator.contract.interaction import Contract
from simulator.contract.repository import Selection, repository_at
from simulator.contract.repository.folder import Folder
from simulator.errors import BringUpError, FileError, UsageError

ONE = Contract("web", "shop", (interaction("one", request=ask("GET", "/1"), response=answer(200)),))
TWO = Contract("web", "shop", (interaction("two", request=ask("GET", "/2"), response=answer(200)),))
APP = Contract("app", "shop", ONE.interactions)
ANY = Selection("shop")


@pytest.fixture(params=["folder", "broker"])
def repository(request, tmp_path):
    if request.param == "folder":
        return repository_at(str(tmp_path / "contracts"), {})
    broker = request.getfixturevalue("broker")
    return repository_at(broker.url, {"PACT_BROKER_TOKEN": "letmein"})


def descriptions(kept):
    return [interaction.description for each in kept for interaction in each.contract.interactions]


def test_the_latest_version_is_fetched_unless_another_is_meant(repository):
    repository.publish(ONE, "1.0.0", ["main"])
    repository.publish(TWO, "1.1.0")

    assert descriptions(repository.fetch(ANY)) == ["two"]
    assert descriptions(repository.fetch(Selection("shop", tag="main"))) == ["one"]
    assert repository.fetch(Selection("payments")) == []
    assert [each.version for each in repository.fetch(ANY)] == ["1.1.0"]


def test_a_version_never_changes(repository):
    repository.publish(ONE, "1.0.0")
    repository.publish(ONE, "1.0.0")

    with pytest.raises(UsageError, match="another contract"):
        repository.publish(TWO, "1.0.0")
    assert descriptions(repository.fetch(ANY)) == ["one"]


def test_results_are_recorded_for_the_version_that_was_verified(repository, request, tmp_path):
    repository.publish(ONE, "1.0.0")
    [kept] = repository.fetch(ANY)
    repository.record(kept, "7.2", success=False)

    about = tmp_path / "contracts/web-shop/about.json"
    if about.is_file():
        assert json.loads(about.read_text())["results"][0]["provider_version"] == "7.2"
        assert json.loads(about.read_text())["results"][0]["success"] is False
    else:
        [result] = request.getfixturevalue("broker").results
        assert (result["success"], result["providerApplicationVersion"]) == (False, "7.2")


def test_a_folder_keeps_every_consumer_and_branch(tmp_path):
    folder = Folder(tmp_path, clock=lambda: datetime(2026, 1, 2, tzinfo=UTC))
    folder.publish(ONE, "1", branch="main")
    folder.publish(TWO, "2", branch="feature")
    folder.publish(APP, "9")

    assert descriptions(folder.fetch(Selection("shop", consumer="app"))) == ["one"]
    assert descriptions(folder.fetch(Selection("shop", branch="main"))) == ["one"]
    assert descriptions(folder.fetch(Selection("shop", consumer="web", version="2"))) == ["two"]
    assert len(folder.fetch(ANY)) == 2
    folder.publish(ONE, "1", tags=["prod"])
    assert folder.fetch(Selection("shop", tag="prod"))[0].version == "1"


def test_a_damaged_folder_is_told(tmp_path):
    folder = Folder(tmp_path)
    folder.publish(ONE, "1")
    (tmp_path / "web-shop/about.json").write_text("{")

    with pytest.raises(FileError, match="damaged"):
        folder.fetch(ANY)


def test_a_broker_that_does_not_let_us_in_says_how(broker):
    with pytest.raises(UsageError, match="401") as raised:
        repository_at(broker.url, {"PACT_BROKER_USERNAME": "ann"}).fetch(ANY)
    assert "PACT_BROKER_TOKEN" in raised.value.hint
    assert broker.asked[0][2].startswith("Basic ")


def test_a_broker_that_is_not_there_is_told():
    with pytest.raises(BringUpError, match="cannot be asked"):
        repository_at("http://127.0.0.1:1", {}).fetch(ANY)


def test_a_refused_change_comes_with_the_brokers_own_words(broker):
    repository = repository_at(broker.url, {"PACT_BROKER_TOKEN": "letmein"})
    repository.publish(ONE, "1")

    with pytest.raises(UsageError) as raised:
        repository.publish(TWO, "1")
    assert raised.value.hint == "Cannot change the content of a pact"
