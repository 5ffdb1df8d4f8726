import json
import re
import sys
from xml.etree import ElementTree

import pytest

from simulator.cli import main
from simulator.cli.provider_states import declared_states
from simulator.contract.pact.read import read_pact
from simulator.contract.pact.write import write_pact
from simulator.errors import FileError
from tests.contract.conftest import SHOP, simulator, with_session

WRITTEN = """\
consumer: web
provider: shop
interactions:
  - description: one
    request: {path: /one}
    response: {status: 200, body: {id: 1, name: x}, match: {$.id: integer, $.name: type}}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.yaml").write_text(WRITTEN)
    return tmp_path


def test_a_contract_in_yaml_becomes_a_pact_file(here, capsys):
    assert main(["contract", "write", "one.yaml", "--out", "one.json"]) == 0
    assert "web → shop: 1 interactions" in capsys.readouterr().out
    assert read_pact(here / "one.json").interactions[0].response.body.json == {"id": 1, "name": "x"}

    assert main(["contract", "write", "one.yaml", "--out", "three.json", "--pact-version", "3"]) == 0
    assert json.loads((here / "three.json").read_text())["metadata"]["pactSpecification"]["version"] == "3.0.0"


def test_contracts_are_published_and_fetched(here, capsys):
    assert main(["contract", "publish", "one.yaml", "--to", "kept", "--version", "1.0", "--tag", "main"]) == 0
    assert (
        main(["contract", "fetch", "--from", "kept", "--provider-name", "shop", "--tag", "main", "--out", "got"]) == 0
    )
    assert read_pact(here / "got/web-shop.json").interactions[0].description == "one"

    (here / "one.yaml").write_text(WRITTEN.replace("/one", "/two"))
    assert main(["contract", "publish", "one.yaml", "--to", "kept", "--version", "1.0"]) == 2
    assert "publish it as a new version" in capsys.readouterr().err
    assert main(["contract", "fetch", "--from", "kept", "--provider-name", "payments"]) == 2


def test_a_compatible_change_passes_and_a_breaking_one_says_whom_it_breaks(here, capsys):
    (here / "less.yaml").write_text(WRITTEN.replace(", name: x", "").replace(", $.name: type", ""))
    assert main(["contract", "check", "one.yaml", "less.yaml"]) == 0
    assert "breaks nobody" in capsys.readouterr().out

    assert main(["contract", "check", "less.yaml", "one.yaml"]) == 1
    out = capsys.readouterr().out
    assert "✗ one" in out
    assert "body $.name" in out
    assert "breaks the provider" in out
    assert "FAILED" in out


def test_folders_are_compared_file_by_file(here, capsys):
    for folder, text in (("old", WRITTEN), ("new", WRITTEN.replace("status: 200", "status: 201"))):
        (here / folder).mkdir()
        (here / folder / "one.yaml").write_text(text)
    (here / "new" / "more.yaml").write_text(WRITTEN)

    assert main(["contract", "check", "old", "new"]) == 1
    out = capsys.readouterr().out
    assert "expected 201, found 200" in out
    assert "more.yaml is only in new" in out
    assert main(["contract", "check", "old", "one.yaml"]) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify", "one.yaml"], "either --provider or --consumer"),
        (["check", "one.yaml", "one.yaml", "--oops"], "--oops is not known here"),
        (["verify", "--provider", "http://x"], "there is no contract"),
        (["verify", "missing.json", "--provider", "http://x"], "cannot be read"),
        (["verify", "one.yaml", "--provider", "http://x", "--secret", "oops"], "--secret NAME=VALUE"),
        (["verify", "one.yaml", "--provider", "http://x", "--states", "oops"], "neither an address"),
        (["verify", "one.yaml", "--provider", "nowhere"], "no environment 'nowhere'"),
        (["verify", "--provider", "http://x", "--from", "kept"], "--provider-name"),
        (["verify", "bad.json", "--provider", "http://x"], "bad.json:1:14"),
        (["verify", "future.json", "--provider", "http://x"], "version '9.0' of the Pact specification is not known"),
    ],
)
def test_wrong_usage_is_one_clear_error(here, capsys, words, said):
    (here / "bad.json").write_text('{"consumer": }')
    (here / "future.json").write_text(json.dumps({
        "consumer": {"name": "a"}, "provider": {"name": "b"}, "interactions": [],
        "metadata": {"pactSpecification": {"version": "9.0"}}}))  # fmt: skip

    assert main(["contract", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_verification_is_told_in_every_format(tmp_path, bad_shop):
    pytest.importorskip("pact", reason="the official Pact core is not installed: pip install 'simulator[contract]'")
    (tmp_path / "web-shop.json").write_text(json.dumps(with_session(SHOP)))
    words = ["web-shop.json", "--provider", bad_shop, "--secret", "password=secret", "--out", "reports"]

    ended = simulator("contract", "verify", *words, "--format", "junit", "--output", "junit.xml", cwd=tmp_path)

    assert ended.returncode == 1, ended.stderr
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()[0]
    failed = [case for case in suite if case.find("failure") is not None and case.get("classname") != "run"]
    assert [case.get("name") for case in failed] == ["web → shop search", "web → shop order"]
    assert "price_cents" in failed[0].find("failure").get("message")
    [folder] = (tmp_path / "reports").glob("*-*")
    document = json.loads((folder / "run.json").read_text())
    assert [row["result"] for row in document["thresholds"]] == ["fail", "fail", "pass", "pass"]
    assert (document["verdict"], document["exit_code"]) == ("failed", 1)
    assert "price_cents" in (folder / "report.html").read_text()
    assert "web → shop: search" in (folder / "summary.md").read_text()


def test_a_consumer_is_a_function_or_a_command(tmp_path):
    (tmp_path / "one.yaml").write_text(WRITTEN)
    (tmp_path / "asks.py").write_text(
        "import sys, urllib.request\n"
        "def good(url): urllib.request.urlopen(url + '/one').read()\n"
        "def bad(url): urllib.request.urlopen(url + '/two').read()\n"
        "if __name__ == '__main__': good(sys.argv[1])\n"
    )
    good = simulator("contract", "verify", "one.yaml", "--consumer", "asks:good", cwd=tmp_path)
    assert good.returncode == 0, good.stdout + good.stderr

    command = f"{sys.executable} asks.py {{url}}"
    assert simulator("contract", "verify", "one.yaml", "--consumer", command, cwd=tmp_path).returncode == 0

    bad = simulator("contract", "verify", "one.yaml", "--consumer", "asks:bad", cwd=tmp_path)
    assert bad.returncode == 1
    assert re.search(
        r"✗ GET /two.*\n\s+is not in the contract\n\s+nearest stub 'one \(1\)'\n\s+path: is '/one', found '/two'",
        bad.stdout,
    )
    assert "was never asked for" in bad.stdout
    assert "HTTP Error 404" in bad.stdout


def test_collecting_takes_the_options_of_a_run(tmp_path):
    ended = simulator("contract", "collect", "--environment", "nowhere", cwd=tmp_path)

    assert ended.returncode == 2
    assert "no environment 'nowhere'" in ended.stderr


def test_a_journey_is_a_consumer(tmp_path):
    (tmp_path / "one.yaml").write_text(WRITTEN)
    (tmp_path / "buyer.py").write_text(
        "from simulator import ApiUser, journey\n\n\nclass Buyer(ApiUser):\n    @journey\n    def buy(self):\n"
        "        assert self.client.get('/one').json()['id'] == 1\n"
    )

    ended = simulator("contract", "verify", "one.yaml", "--consumer", "buyer.py", cwd=tmp_path)

    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_file_of_states_is_read_with_its_mistakes(here):
    (here / "states.yaml").write_text("states:\n  a user: {requests: [{method: GET, path: /}]}\n  nobody:\n")
    assert declared_states(here / "states.yaml") == {
        "a user": {"requests": [{"method": "GET", "path": "/"}]}, "nobody": None,
    }  # fmt: skip

    (here / "states.yaml").write_text("states:\n  a user: {request: []}\n")
    with pytest.raises(FileError, match="did you mean 'requests'"):
        declared_states(here / "states.yaml")


def test_write_and_read_are_exact(tmp_path):
    (tmp_path / "a.json").write_bytes(write_pact(SHOP))
    assert write_pact(read_pact(tmp_path / "a.json")) == write_pact(SHOP)
