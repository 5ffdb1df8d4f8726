import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

pytest.importorskip("pact", reason="the official Pact core is not installed: pip install 'simulator[contract]'")

from simulator.contract.author import answer, ask, integer, interaction, told  # noqa: E402
from simulator.contract.interaction import Contract, ProviderState  # noqa: E402
from simulator.contract.pact.read import read_pact  # noqa: E402
from simulator.contract.verification import ProviderOptions, verify_provider  # noqa: E402
from simulator.errors import UsageError  # noqa: E402

SECRET = ProviderOptions(secrets={"password": "secret"})


def results(verification):
    return {each.name: each.result for each in verification.checked}


def test_the_shop_keeps_its_contract(pact, shop):
    found = verify_provider(read_pact(pact), shop, SECRET)

    assert set(results(found).values()) == {"kept"}
    assert len(found.checked) == 4
    assert found.checked[0].place.startswith(str(pact))


def test_each_break_is_found_and_named_but_the_one_that_needs_load(pact, bad_shop):
    found = verify_provider(read_pact(pact), bad_shop, SECRET)

    assert [each.name for each in found.broken] == ["search", "order"]
    said = " ".join(reason for each in found.broken for reason in each.reasons)
    assert "price_cents" in said
    assert "expected 201 but was 200" in said
    assert "X-Request-Id" not in said


def test_a_masked_secret_is_asked_for(pact, shop):
    found = verify_provider(read_pact(pact), shop, ProviderOptions(only=("who*",)))

    assert results(found) == {"who am I (given member: after log in)": "broken"}
    assert any("--secret password=" in note for note in found.notes)
    assert any("POST /api/login was answered with 422" in note for note in found.notes)


def test_only_what_is_chosen_is_verified(pact, shop):
    assert list(results(verify_provider(read_pact(pact), shop, ProviderOptions(only=("sea*",))))) == ["search"]
    chosen = verify_provider(read_pact(pact), shop, ProviderOptions(only_states=("member*",), secrets=SECRET.secrets))
    assert list(results(chosen)) == ["who am I (given member: after log in)"]


@pytest.fixture
def state_url():
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, told = (500, b"no") if asked[-1]["state"] == "broken" else (200, b'{"id": "7"}')
            self.send_response(status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/states", asked
    server.shutdown()
    server.server_close()


def needing(state):
    request = ask("GET", "/api/products/1")
    made = interaction(
        "one", given=[ProviderState(state, {"n": 5})], request=request, response=answer(200, body={"id": integer(1)})
    )
    return Contract("web", "shop", (made,))


def test_states_are_brought_about_by_an_address(shop, state_url):
    url, asked = state_url
    found = verify_provider(needing("there is one"), shop, ProviderOptions(states={"url": url}))

    assert set(results(found).values()) == {"kept"}
    assert [(each["state"], each["action"]) for each in asked] == [
        ("there is one", "setup"),
        ("there is one", "teardown"),
    ]
    assert asked[0]["params"] == {"n": 5}


def test_a_state_that_cannot_be_brought_about_is_named(shop, state_url):
    url, _ = state_url
    found = verify_provider(needing("broken"), shop, ProviderOptions(states={"url": url}))

    assert [each.result for each in found.broken] == ["broken"]
    assert any("was answered with 500" in note for note in found.notes)


def test_a_state_that_nobody_knows_is_named(shop):
    found = verify_provider(needing("the moon is full"), shop)

    assert found.broken
    assert any("the moon is full: nobody knows how" in note for note in found.notes)


def test_states_are_brought_about_by_python_and_by_declared_requests(shop, tmp_path):
    (tmp_path / "how.py").write_text(
        "def states(state, params):\n    open('called.txt', 'a').write(f'{state} {params}\\n')\n"
        "def one(description):\n    return {'order': 5}, {'topic': 'orders'}\n"
        "def wrong(description):\n    return {'order': 'five'}, {'topic': 'orders'}\n"
    )
    by_function = ProviderOptions(states={"function": "how:states"}, folder=tmp_path)
    assert not verify_provider(needing("there is one"), shop, by_function).broken
    assert "there is one {'n': 5}" in (tmp_path / "called.txt").read_text()

    declared = {"there is one": {"requests": [{"method": "GET", "path": "/health"}], "command": "true"}}
    assert not verify_provider(needing("there is one"), shop, ProviderOptions(states={"declared": declared})).broken

    placed = interaction("order placed", message=told({"order": integer(1)}, metadata={"topic": "orders"}))
    messages = Contract("mailer", "shop", (placed,))
    assert results(verify_provider(messages, None, ProviderOptions(messages="how:one", folder=tmp_path))) == {
        "order placed": "kept"
    }
    wrong = verify_provider(messages, None, ProviderOptions(messages="how:wrong", folder=tmp_path))
    assert "$.order" in wrong.broken[0].reasons[0]
    with pytest.raises(UsageError, match="nothing makes them"):
        verify_provider(messages, None)
