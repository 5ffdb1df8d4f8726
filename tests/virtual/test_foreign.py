import json
import tempfile
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import FileError
from simulator.virtual.latency import LogNormal, Uniform
from simulator.virtual.reading import read_foreign
from simulator.virtual.service import Service
from simulator.virtual.stub_file import load_stub_file


@pytest.fixture
def loaded(tmp_path):
    def made(document, name="foreign.json"):
        path = tmp_path / name
        path.write_text(json.dumps(document))
        return Service(load_stub_file(path, {}))

    return made


# From WireMock's documentation, or close to it.
WIREMOCK = {"mappings": [
    {"request": {"method": "GET", "url": "/some/thing"},
     "response": {"status": 200, "body": "Hello, world!", "headers": {"Content-Type": "text/plain"}}},
    {"priority": 1, "request": {"method": "ANY", "urlPathPattern": "/api/[a-z]+",
                                "queryParameters": {"q": {"matches": "a.*"}},
                                "headers": {"Accept": {"equalTo": "APPLICATION/JSON", "caseInsensitive": True}}},
     "response": {"status": 201, "jsonBody": {"literally": "{now}"}}},
    {"request": {"method": "POST", "urlPathTemplate": "/things/{id}", "bodyPatterns": [
        {"equalToJson": "{\"a\": {\"b\": 1}}", "ignoreExtraElements": True}, {"matchesJsonPath": "$.items[*].name"}]},
     "response": {"status": 200, "fixedDelayMilliseconds": 120}},
    {"scenarioName": "todo", "requiredScenarioState": "Started", "newScenarioState": "added",
     "request": {"method": "POST", "urlPath": "/todo"}, "response": {"status": 201}},
    {"scenarioName": "todo", "requiredScenarioState": "added",
     "request": {"method": "GET", "urlPath": "/todo"}, "response": {"body": "milk"}},
    {"request": {"urlPath": "/fault"}, "response": {"fault": "CONNECTION_RESET_BY_PEER"}},
    {"request": {"urlPath": "/slow"},
     "response": {"delayDistribution": {"type": "lognormal", "median": 80, "sigma": 0.4}}},
    {"name": "templated", "request": {"url": "/t"},
     "response": {"body": "{{request.path}}", "transformers": ["response-template"]}},
    {"request": {"url": "/m", "multipartPatterns": [{"matchingType": "ANY"}]}, "response": {}},
    {"request": {"url": "/x", "bodyPatterns": [{"matchesXPath": "//a"}]}, "response": {}},
    {"request": {"url": "/p"}, "response": {"proxyBaseUrl": "http://elsewhere"}},
    {"request": {"urlPathPattern": "/(?<bad>x"}, "response": {}},
    "nonsense",
]}  # fmt: skip


def test_wiremock_mappings_are_honoured(loaded, ask):
    made = loaded(WIREMOCK)

    assert ask(made, "GET", "/some/thing").answer.body == b"Hello, world!"
    assert ask(made, "GET", "/some/thing?x=1").stub is None
    assert json.loads(ask(made, "PUT", "/api/abc?q=ab", Accept="application/json").answer.body) == {
        "literally": "{now}"
    }
    assert ask(made, "PUT", "/api/abc?q=ba", Accept="application/json").stub is None
    full = '{"a": {"b": 1, "c": 2}, "items": [{"name": "x"}]}'
    assert ask(made, "POST", "/things/7", full).delay_s == pytest.approx(0.12)
    assert ask(made, "POST", "/things/7", '{"a": {"b": 1}}').stub is None
    assert ask(made, "GET", "/todo").stub is None
    assert ask(made, "POST", "/todo").answer.status == 201
    assert ask(made, "GET", "/todo").answer.body == b"milk"
    assert type(ask(made, "GET", "/fault").delivery).__name__ == "Reset"
    [slow] = [stub for stub in made.file.stubs if isinstance(stub.latency, LogNormal)]
    assert slow.latency.median_s == pytest.approx(0.08)


def test_what_of_wiremock_is_not_honoured_is_named(loaded):
    refused = loaded(WIREMOCK).file.refused

    assert [words.partition(":")[0].split()[1] for words in refused] == ["8", "9", "10", "11", "12", "13"]
    for part in (
        "(templated)",
        "response.transformers",
        "multipartPatterns",
        "matchesXPath",
        "proxyBaseUrl",
        "pattern",
    ):
        assert any(part in words for words in refused), part


def test_the_mapping_that_was_added_last_answers_first(loaded, ask):
    made = loaded(
        {"mappings": [{"request": {"urlPath": "/a"}, "response": {"status": status}} for status in (201, 202)]}
    )

    assert ask(made, "GET", "/a").answer.status == 202


def test_a_folder_of_mappings_with_its_files(tmp_path, ask):
    (tmp_path / "mappings/deep").mkdir(parents=True)
    (tmp_path / "__files").mkdir()
    (tmp_path / "__files/a.bin").write_bytes(b"\0\1")
    (tmp_path / "secret").write_text("x")
    for name, file in (("a", "a.bin"), ("b", "../secret")):
        mapping = {"request": {"urlPath": f"/{name}"}, "response": {"bodyFileName": file}}
        (tmp_path / f"mappings/deep/{name}.json").write_text(json.dumps(mapping))

    made = Service(load_stub_file(tmp_path, {}))

    assert ask(made, "GET", "/a").answer.body == b"\0\1"
    assert ["no such file" in words for words in made.file.refused] == [True]


def test_hoverfly_simulations(loaded, ask):
    made = loaded({
        "meta": {"schemaVersion": "v5.2"},
        "data": {"globalActions": {"delays": [{"delay": 1}]}, "pairs": [
            {"request": {"method": [{"matcher": "exact", "value": "GET"}],
                         "path": [{"matcher": "glob", "value": "/a/*"}],
                         "query": {"page": [{"matcher": "regex", "value": "^[0-9]+$"}]},
                         "destination": [{"matcher": "exact", "value": "shop.example"}]},
             "response": {"status": 200, "body": b64encode(b"hi").decode(), "encodedBody": True, "fixedDelay": 50,
                          "headers": {"X-A": ["1", "2"]}}},
            {"request": {"path": [{"matcher": "exact", "value": "/a/b"}], "requiresState": {"cart": "full"}},
             "response": {"status": 202}},
            {"request": {"path": [{"matcher": "exact", "value": "/fill"}]},
             "response": {"status": 204, "transitionsState": {"cart": "full"}}},
            {"request": {"body": [{"matcher": "xpath", "value": "/a"}]}, "response": {}},
            {"request": {}, "response": {"templated": True}},
        ]},
    })  # fmt: skip

    plan = ask(made, "GET", "/a/b?page=3")
    assert (plan.answer.body, plan.delay_s, plan.answer.header("x-a")) == (b"hi", 0.05, "1, 2")
    assert ask(made, "GET", "/a/b?page=x").stub is None
    ask(made, "POST", "/fill")
    assert ask(made, "POST", "/a/b").answer.status == 202
    assert len(made.file.refused) == 3
    assert "globalActions.delays" in made.file.refused


def har(browser, *entries):
    return {"log": {"version": "1.2", "creator": {"name": browser}, "entries": list(entries)}}


def entry(url, text, *, method="GET", status=200, encoding=None, wait=25.0, **request):
    content = {"size": len(text or ""), "mimeType": "application/json", **({"text": text} if text is not None else {})}
    if encoding:
        content["encoding"] = encoding
    return {
        "request": {"method": method, "url": url, "headers": [], **request},
        "response": {"status": status, "content": content,
                     "headers": [{"name": "content-type", "value": "application/json"}]},
        "timings": {"blocked": -1, "send": 0, "wait": wait, "receive": 5.0, "ssl": -1},
    }  # fmt: skip


@pytest.mark.parametrize("browser", ["Chrome", "Firefox", "WebKit", "Edge"])
def test_har_files(loaded, ask, browser):
    made = loaded(har(
        browser,
        entry("https://shop.example/api?q=a", '{"n": 1}'),
        entry("https://shop.example/api/b", b64encode(b'{"n": 2}').decode(), encoding="base64"),
        entry("https://shop.example/order", '{"ok": true}', method="POST", postData={"text": '{"product": 1}'}),
        entry("https://other.example/pixel", "{}"),
        entry("https://shop.example/blocked", "", status=0),
        entry("https://shop.example/unsaved", None) | {"response": {"status": 200, "content": {"size": 9}}},
        entry("data:text/plain,hi", "hi"),
        {"broken": True},
    ))  # fmt: skip

    plan = ask(made, "GET", "/api?q=a")
    assert json.loads(plan.answer.body) == {"n": 1}
    assert plan.delay_s == pytest.approx(0.03)
    assert json.loads(ask(made, "GET", "/api/b").answer.body) == {"n": 2}
    assert ask(made, "POST", "/order", '{"product": 1}').stub
    assert ask(made, "POST", "/order", '{"product": 2}').stub is None
    assert len(made.file.refused) == 5


def test_openapi_descriptions(loaded, ask):
    made = loaded({
        "openapi": "3.0.3", "info": {"title": "Shop"},
        "components": {"schemas": {"Node": {"type": "object", "properties": {
            "id": {"type": "integer", "minimum": 3}, "next": {"$ref": "#/components/schemas/Node"},
            "tags": {"type": "array", "items": {"type": "string", "enum": ["x", "y"]}}}}}},
        "paths": {
            "/nodes/{node-id}": {"get": {"responses": {"404": {}, "200": {"content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Node"}}}}}}},
            "/nodes/first": {"get": {"parameters": [{"name": "q", "in": "query", "required": True}],
                                     "responses": {"2XX": {"content": {"application/json": {"example": {"a": 1}}}}}}},
            "/broken": {"post": {"responses": {"500": {}}}},
        },
    })  # fmt: skip

    assert json.loads(ask(made, "GET", "/nodes/first?q=1").answer.body) == {"a": 1}
    node = json.loads(ask(made, "GET", "/nodes/7").answer.body)
    assert (node["id"], node["tags"], node["next"]["id"]) == (3, ["x"], 3)
    assert made.file.refused == ("POST /broken is left out: it has no answer below 400",)


def test_the_shop_s_own_description_is_served(ask):
    from importlib.resources import files

    made = Service(load_stub_file(files("simulator.demo") / "openapi.json", {}))

    assert ask(made, "GET", "/health").answer.status == 200
    assert ask(made, "GET", "/api/products").answer.status == 200


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}'])
def test_what_is_no_known_format_is_refused(tmp_path, text):
    (tmp_path / "x.json").write_text(text)

    with pytest.raises(FileError):
        load_stub_file(tmp_path / "x.json", {})


def test_import_writes_a_stub_file_and_names_what_it_left_out(tmp_path, run, ask):
    import subprocess
    import sys

    (tmp_path / "w.json").write_text(json.dumps(WIREMOCK))
    words = [
        sys.executable,
        "-m",
        "simulator",
        "virtual",
        "import",
        str(tmp_path / "w.json"),
        "--out",
        str(tmp_path / "w.yaml"),
    ]
    ended = subprocess.run(words, capture_output=True, text=True, check=True)

    assert "7 stubs" in ended.stdout
    assert ended.stderr.count("not honoured: ") == 6
    made = Service(load_stub_file(tmp_path / "w.yaml", {}))
    assert ask(made, "GET", "/some/thing").answer.body == b"Hello, world!"
    assert not any(isinstance(stub.latency, Uniform) for stub in made.file.stubs)


TEXTS = st.sampled_from(
    ["", "/a", "/a/{id}", "/a-{b-c}/{b-c}", "a", "(", "[0-9]+", "{now}", "${HOME}", "\u2028", "null", "1"]
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 999), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(TEXTS, inner, max_size=2)),
    max_leaves=4,
)
MATCHERS = st.dictionaries(
    st.sampled_from(["equalTo", "caseInsensitive", "contains", "doesNotContain", "matches", "doesNotMatch", "absent",
                     "and", "or", "not", "equalToJson", "ignoreArrayOrder", "ignoreExtraElements", "matchesJsonPath",
                     "equalToXml",
                     "matchesXPath", "matchesJsonSchema", "before", "binaryEqualTo", "hasExactly"]),
    VALUES, max_size=2,
)  # fmt: skip
MANY = st.one_of(VALUES, st.lists(MATCHERS, max_size=2), st.dictionaries(TEXTS, MATCHERS, max_size=2))
MAPPINGS = st.fixed_dictionaries({}, optional={
    "name": VALUES, "priority": VALUES, "scenarioName": VALUES, "requiredScenarioState": VALUES,
    "newScenarioState": VALUES, "metadata": VALUES, "postServeActions": VALUES,
    "request": st.dictionaries(
        st.sampled_from(["method", "url", "urlPath", "urlPattern", "urlPathPattern", "urlPathTemplate", "headers",
                         "cookies", "queryParameters", "bodyPatterns", "basicAuthCredentials", "multipartPatterns",
                         "customMatcher", "host", "formParameters", "clientIp"]), MANY, max_size=4),
    "response": st.dictionaries(
        st.sampled_from(["status", "statusMessage", "body", "jsonBody", "base64Body", "bodyFileName", "headers",
                         "fault", "fixedDelayMilliseconds", "delayDistribution", "chunkedDribbleDelay", "proxyBaseUrl",
                         "transformers", "additionalProxyRequestHeaders"]), MANY, max_size=4),
})  # fmt: skip


@given(st.lists(MAPPINGS, max_size=3))
def test_every_mapping_is_honoured_or_refused_by_name(mappings):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mappings.json"
        path.write_text(json.dumps({"mappings": mappings}).replace("NaN", "null").replace("-Infinity", "0")
                        .replace("Infinity", "0"))  # fmt: skip

        plain, refused = read_foreign(path)
        made = load_stub_file(path, {})

    assert len(made.stubs) + len(refused) == len(mappings)
    assert len(plain["stubs"]) == len(made.stubs)
    assert all("left out" in words for words in refused)
