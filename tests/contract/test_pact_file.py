import json

import pytest

from simulator.contract.author import (
    answer,
    ask,
    boolean,
    each,
    including,
    integer,
    interaction,
    like,
    moment,
    regex,
    told,
    uuid,
)
from simulator.contract.interaction import Contract, ProviderState
from simulator.contract.pact.place import places_of
from simulator.contract.pact.read import parse_pact
from simulator.contract.pact.write import plain_pact, write_pact
from simulator.errors import FileError

CONTRACT = Contract(
    "web",
    "shop",
    (
        interaction(
            "search",
            given=["there are lamps", ProviderState("a user", {"name": "ann"})],
            request=ask(
                "GET",
                regex("/api/v[0-9]+", "/api/v1"),
                query={"q": "lamp", "tag": ["a", "b"]},
                headers={"Accept": "application/json"},
            ),
            response=answer(
                200,
                headers={"X-Total": regex(r"\d+", "3")},
                body=each(
                    {
                        "id": integer(7),
                        "ref": uuid(),
                        "at": moment("yyyy-MM-dd", "2026-01-02"),
                        "new": boolean(True),
                        "words": like(["a"]),
                        "note": including("x", "axb"),
                        "nothing": None,
                    }
                ),
            ),
        ),
        interaction(
            "a page",
            request=ask("GET", "/page"),
            response=answer(200, headers={"Content-Type": "text/plain"}, body="hi"),
        ),
        interaction(
            "a picture",
            request=ask("GET", "/p"),
            response=answer(200, headers={"Content-Type": "image/png"}, body=b"\x89PNG\r\n\x1a\n\x00\xff"),
        ),
        interaction("order placed", message=told({"order": integer(1)}, metadata={"topic": "orders"}), pending=True),
    ),
)


def test_a_contract_reads_back_as_it_was_written():
    back = parse_pact(write_pact(CONTRACT), "web-shop.json")

    assert plain_pact(back, "4") == plain_pact(CONTRACT, "4")
    assert back.interactions[0].place > (1, 1)


def test_version_3_says_the_same_as_far_as_it_can():
    plain = json.loads(write_pact(CONTRACT, "3"))
    back = parse_pact(write_pact(CONTRACT, "3"), "web-shop.json")

    assert plain["metadata"]["pactSpecification"]["version"] == "3.0.0"
    assert [each["description"] for each in plain["messages"]] == ["order placed"]
    assert "type" not in plain["interactions"][0]
    body_rules = plain["interactions"][0]["response"]["matchingRules"]["body"]
    assert body_rules["$[*].at"]["matchers"] == [{"match": "timestamp", "timestamp": "yyyy-MM-dd"}]
    assert body_rules["$[*].new"]["matchers"] == [{"match": "type"}]
    assert [each.title for each in back.interactions] == [each.title for each in CONTRACT.interactions]


def problem_of(plain):
    text = plain if isinstance(plain, str) else json.dumps(plain, indent=1)
    with pytest.raises(FileError) as raised:
        parse_pact(text.encode(), "bad.json")
    return raised.value.problems


def good(**changes):
    return plain_pact(CONTRACT, "4") | changes


def test_broken_json_is_told_with_its_place():
    [problem] = problem_of('{\n  "consumer": {"name": "web"},\n  oops\n}')

    assert (problem.line, problem.column) == (3, 3)


@pytest.mark.parametrize("version", ["5.0", "1", "nonsense"])
def test_an_unknown_version_is_told_with_its_place(version):
    [problem] = problem_of(good(metadata={"pactSpecification": {"version": version}}))

    assert f"version {version!r}" in problem.message
    assert problem.line > 1
    assert problem.hint == "known: 2, 3, 4"


def test_a_missing_version_is_told():
    assert "version of the Pact specification is missing" in problem_of(good(metadata={}))[0].message


def test_all_mistakes_come_at_once_each_with_its_place():
    plain = good(consumer={})
    plain["interactions"][0]["response"]["status"] = "ok"
    plain["interactions"][0]["response"]["matchingRules"]["body"]["$["] = {"matchers": []}
    plain["interactions"][1]["type"] = "Carrier/Pigeon"
    plain["interactions"][2]["response"]["body"] = [1]
    plain["interactions"][3]["matchingRules"]["body"]["$.order"]["matchers"][0]["match"] = "integr"

    problems = problem_of(plain)

    assert [problem.message.partition(":")[0] for problem in problems] == [
        "consumer",
        "interactions[0].response.status",
        "interactions[0].response.matchingRules.body.$[",
        "interactions[1].type",
        "interactions[2].response.body",
        "interactions[3].matchingRules.body.$.order.matchers[0]",
    ]
    assert all(problem.line > 1 and problem.column > 1 for problem in problems)
    assert problems[-1].hint == "did you mean 'integer'?"


@pytest.mark.parametrize("plain", ["[]", "{}", '{"consumer": 1, "provider": [], "interactions": {}}', "null", '"x"'])
def test_what_is_no_pact_file_is_refused(plain):
    assert problem_of(plain)


def test_places_are_those_of_the_text():
    places = places_of('{"a": [1,\n  {"b": "x]{"}], "c": null}')

    assert places[()] == (1, 1)
    assert places["a", 0] == (1, 8)
    assert places["a", 1, "b"] == (2, 9)
    assert places["c",] == (2, 23)


def test_old_rules_of_version_2_are_understood():
    plain = {
        "consumer": {"name": "web"},
        "provider": {"name": "shop"},
        "metadata": {"pactSpecification": {"version": "2.0.0"}},
        "interactions": [
            {
                "description": "search",
                "providerState": "there are lamps",
                "request": {"method": "get", "path": "/a", "query": "q=x&q=y"},
                "response": {"status": 200, "body": {"id": 1}, "matchingRules": {"$.body.id": {"match": "type"}}},
            }
        ],
    }

    [found] = parse_pact(json.dumps(plain).encode(), "old.json").interactions

    assert found.title == "search (given there are lamps)"
    assert found.request.query == {"q": ("x", "y")}
    assert found.response.body_rules.at(("$", "id")).matchers[0].kind == "type"
