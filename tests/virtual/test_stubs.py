import json

import pytest

from simulator.errors import FileError
from simulator.virtual.stub_file import load_stub_file

PAY = """
    stubs:
      - name: pay
        request: {method: POST, path: "/payments/{id}", query: {currency: EUR}, headers: {Accept: {contains: json}},
                  json: {amount: {at_least: 1}, lines: [{sku: a}]}}
        answer:
          status: 201
          json: {id: "{request.path.id}", paid: "{request.json.amount}", by: "{request.header.Accept}"}
"""
BODY = '{"amount": 5, "lines": [{"sku": "a", "more": 1}], "note": null}'


def body_of(plan):
    return json.loads(plan.answer.body)


def test_a_request_that_meets_every_demand_is_answered_from_what_it_said(service, ask):
    plan = ask(service(PAY), "POST", "/payments/p%207?currency=EUR", BODY, Accept="application/json")

    assert (plan.stub, plan.answer.status) == ("pay", 201)
    assert body_of(plan) == {"id": "p 7", "paid": 5, "by": "application/json"}


@pytest.mark.parametrize(
    ("method", "target", "body", "accept", "field"),
    [
        ("PUT", "/payments/7?currency=EUR", BODY, "json", "method"),
        ("POST", "/payment/7?currency=EUR", BODY, "json", "path"),
        ("POST", "/payments/7?currency=USD", BODY, "json", "query.currency"),
        ("POST", "/payments/7", BODY, "json", "query.currency"),
        ("POST", "/payments/7?currency=EUR", BODY, "text", "header.Accept"),
        ("POST", "/payments/7?currency=EUR", BODY.replace("5", "0"), "json", "json.amount"),
        ("POST", "/payments/7?currency=EUR", BODY.replace('"a"', '"b"'), "json", "json.lines[0].sku"),
        ("POST", "/payments/7?currency=EUR", "no json", "json", "json.amount"),
    ],
)
def test_a_request_that_differs_is_told_the_nearest_stub_and_the_field(
    service, ask, method, target, body, accept, field
):
    plan = ask(service(PAY), method, target, body, Accept=accept)

    assert plan.stub is None
    assert plan.answer.status == 404
    assert body_of(plan)["nearest"] == "pay"
    assert any(difference.startswith(f"{field}: ") for difference in body_of(plan)["differences"])


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("5", ["5", '"5"', "5.0"], ["6", "null"]),
        ("{matches: '^a+$'}", ['"aa"'], ['"ab"', "1"]),
        ("{does_not_match: a}", ['"b"'], ['"ab"']),
        ("{starts_with: a}", ['"ab"'], ['"ba"']),
        ("{one_of: [a, 2]}", ['"a"', "2"], ['"b"']),
        ("{at_least: 2, at_most: 3}", ["2", "3", '"2.5"'], ["1", "4", "true", '"x"']),
        ("{type: integer}", ["1"], ["1.5", '"1"', "true"]),
        ("{equals_ignoring_case: AB}", ['"ab"'], ['"abc"']),
        ("{schema: {type: object, required: [a], properties: {a: {type: integer, minimum: 3}}}}",
         ['{"a": 3}'], ['{"a": 2}', "{}", "[]"]),
        ("{absent: true}", [], ["1"]),
    ],
)  # fmt: skip
def test_rules(service, ask, rule, good, bad):
    made = service(f"stubs: [{{request: {{json: {{value: {rule}}}}}}}]")

    for value, fits in [*((v, True) for v in good), *((v, False) for v in bad)]:
        assert (ask(made, "POST", "/", f'{{"value": {value}}}').stub is not None) == fits, value


def test_json_paths_look_anywhere(service, ask):
    made = service("stubs: [{request: {json_path: {'$.items[*].id': 7, '$..deep': {matches: x}}}}]")

    assert ask(made, "POST", "/", '{"items": [{"id": 1}, {"id": 7, "deep": "xx"}]}').stub
    assert not ask(made, "POST", "/", '{"items": [{"id": 1, "deep": "x"}]}').stub


def test_the_first_stub_that_fits_answers_unless_the_best_is_wanted(service, ask):
    text = """
        match: {match}
        stubs:
          - {{name: any, request: {{path: "/a/{{rest}}"}}}}
          - {{name: exact, request: {{path: /a/b}}}}
    """

    assert ask(service(text.format(match="first")), "GET", "/a/b").stub == "any"
    assert ask(service(text.format(match="best")), "GET", "/a/b").stub == "exact"
    assert ask(service(text.format(match="best")), "GET", "/a/c").stub == "any"


def test_unquoted_scalars_of_a_body_have_types_and_quoted_ones_are_text(service, ask):
    plan = ask(service("""stubs: [{answer: {json: {a: 5, b: "5", c: true, d: null, e: x y, f: 01}}}]"""), "GET", "/")

    assert body_of(plan) == {"a": 5, "b": "5", "c": True, "d": None, "e": "x y", "f": "01"}


def test_a_sequence_goes_on_for_each_user_by_itself(service, ask):
    made = service("stubs: [{answers: [{status: 500}, {status: 200}]}]")

    def seen(user):
        return ask(made, "GET", "/", X_Simulator_User=user).answer.status

    assert [seen("a"), seen("a"), seen("b"), seen("a"), seen("b")] == [500, 200, 500, 200, 200]


def test_a_repeating_sequence_begins_again(service, ask):
    made = service("stubs: [{repeat: true, answers: [{status: 201}, {status: 202}]}]")

    assert [ask(made, "GET", "/").answer.status for _ in range(5)] == [201, 202, 201, 202, 201]


def test_a_story_has_a_state_for_each_user(service, ask):
    made = service("""
        stubs:
          - {name: empty, request: {method: GET}, scenario: {name: cart, when: started}}
          - {name: fill, request: {method: POST}, scenario: {name: cart, then: full}}
          - {name: full, request: {method: GET}, scenario: {name: cart, when: full}}
    """)

    assert ask(made, "GET", "/", X_Simulator_User="a").stub == "empty"
    assert ask(made, "POST", "/", X_Simulator_User="a").stub == "fill"
    assert ask(made, "GET", "/", X_Simulator_User="a").stub == "full"
    assert ask(made, "GET", "/", X_Simulator_User="b").stub == "empty"
    made.forget()
    assert ask(made, "GET", "/", X_Simulator_User="a").stub == "empty"


def test_templates_draw_the_same_for_the_same_seed(service, ask):
    text = (
        """stubs: [{answer: {body: "{random.uuid} {random.hex 8} {random.integer 3 3} {random.choice a} {count}"}}]"""
    )

    first, again = (ask(service(text), "GET", "/").answer.body for _ in range(2))

    assert first == again
    assert first.decode().split()[2:] == ["3", "a", "1"]


def test_data_comes_row_by_row(service, ask, write):
    write("name,age\nAda,36\nAlan,41\n", "people.csv")
    made = service("""
        data: {people: people.csv}
        stubs: [{answer: {body: "{data.people.name} is {data.people.age}"}}]
    """)

    assert [ask(made, "GET", "/").answer.body for _ in range(3)] == [b"Ada is 36", b"Alan is 41", b"Ada is 36"]


def test_a_python_function_answers(service, ask, write):
    write("""
        def pay(request):
            if request.json is None:
                raise ValueError("no body")
            return 202, {"twice": request.json["n"] * 2}, {"X-Made": "by hand"}
    """, "answers_of_a_test.py")  # fmt: skip
    made = service("stubs: [{answer: {function: 'answers_of_a_test:pay'}}]")

    good, bad = ask(made, "POST", "/", '{"n": 4}'), ask(made, "POST", "/")

    assert (good.answer.status, body_of(good), good.answer.header("x-made")) == (202, {"twice": 8}, "by hand")
    assert (bad.answer.status, body_of(bad)["message"]) == (500, "ValueError: no body")


def test_files_are_answered_with_their_type(service, ask, write):
    write("<b>", "page.html")

    answer = ask(service("stubs: [{answer: {file: page.html}}]"), "GET", "/").answer

    assert (answer.body, answer.header("content-type")) == (b"<b>", "text/html; charset=utf-8")


def test_all_mistakes_of_a_file_come_at_once_with_their_places(write):
    path = write("""
        stbus: []
        latency: {normal: {mean: 1 ms}}
        behaviours:
          odd: {fault: timeuot}
          idle: {}
        stubs:
          - {name: twice, request: {method: GRAB, path: nowhere}}
          - {name: twice, answer: {json: "{request.json[}", body: x}}
          - {answer: {file: missing.json, headers: {A: "{random.unknown}"}}}
          - {request: {path: {matches: "("}}, scenario: {when: x}}
    """)

    with pytest.raises(FileError) as caught:
        load_stub_file(path, {})

    found = {(problem.line, problem.message.split(":")[0]) for problem in caught.value.problems}
    text = str(caught.value)
    assert {line for line, _ in found} == {2, 3, 5, 6, 8, 9, 10, 11}
    assert "did you mean 'stubs'?" in text
    assert "did you mean 'timeout'?" in text
    assert "'deviation' is missing" in text
    assert "two stubs are called 'twice'" in text


def test_the_nearest_stub_and_unused_stubs_are_known(service, ask):
    made = service("stubs: [{name: a, request: {path: /a}}, {name: b, request: {path: /b}}]")
    plan = ask(made, "GET", "/a")
    made.note(plan, 0.0, 0.001, sent=True)

    assert made.unused() == ["b"]
    assert made.status()["stubs"] == {"a": 1, "b": 0}
