from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.errors import FileError, UsageError
from simulator.journey.component.calibration import recorded, shape_of, unlike
from simulator.journey.component.case import Case, wrong_with
from simulator.journey.component.case_file import cases_of
from simulator.journey.component.difference import differences
from simulator.journey.component.pipeline import Passage, passed, pipeline


@pytest.mark.parametrize(
    ("expected", "actual", "told"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3, 4]}}, ["a.b[1]: 3 instead of 2", "a.b[2]: 4 was not expected"]),
        ({"a": 1, "b": 2}, {"a": "1"}, ["a: '1' instead of 1", "b: missing, 2 was expected"]),
        ({"a": 1}, {"a": 1, "c": 3}, ["c: 3 was not expected"]),
        (True, 1, ["result: 1 instead of True"]),
        ("one\ntwo", "one\nthree", ["result:\n--- expected\n+++ actual\n@@ -1,2 +1,2 @@\n one\n-two\n+three"]),
    ],
)  # fmt: skip
def test_differences_say_where(expected, actual, told):
    assert differences(expected, actual) == told


def test_numbers_may_lie_apart_as_far_as_is_said():
    assert differences({"x": 100.0}, {"x": 100.9}, tolerance=0.01) == []
    assert differences({"x": 100.0}, {"x": 101.1}, tolerance=0.01) == ["x: 101.1 instead of 100.0"]


def test_a_dataclass_counts_as_its_fields():
    @dataclass
    class Total:
        total: int

    assert differences({"total": 3}, Total(3)) == []


def test_schema_function_and_exception():
    passage = Passage(result={"total": -1})
    assert "-1 is less than the minimum of 0" in wrong_with(
        Case("a", schema={"properties": {"total": {"minimum": 0}}}), passage
    )
    assert wrong_with(Case("a", check=lambda result: result["total"] > 0), passage) is not None
    assert wrong_with(Case("a", check=lambda result: None), passage) is None
    assert wrong_with(Case("a", raises="ValueError"), passage) == "ValueError was expected, nothing was raised"
    failed = Passage(error=ValueError("no such country: xx"))
    assert wrong_with(Case("a", raises="ValueError: no such country"), failed) is None
    assert "it says" in wrong_with(Case("a", raises="ValueError: too late"), failed)


def test_what_goes_from_one_component_to_the_next_is_kept():
    class Doubled:
        def setup(self):
            self.by = 2

        def execute(self, value):
            return value * self.by

    made = pipeline(lambda value: value + 1, Doubled)
    ready = [(component.name, component.ready()) for component in made.components]
    given = [1]

    passage = passed(ready, 4, None)

    assert ([stage.result for stage in passage.stages], passage.result) == ([5, 10], 10)
    assert passed([("grow", lambda value: value.append(1) or value)], given, None).result == [1, 1]
    assert given == [1]  # a case gets a copy
    assert passed([("add", lambda a, b: a + b)], None, {"a": 1, "b": 2}).result == 3


def test_cases_of_csv_and_of_a_data_spec(tmp_path):
    (tmp_path / "cases.csv").write_text("name,input.price,input.quantity,expect.total\nlamps,10,3,36\n")
    [case] = cases_of(tmp_path / "cases.csv")
    assert (case.name, case.input, case.expect) == ("lamps", {"price": 10, "quantity": 3}, {"total": 36})
    (tmp_path / "wrong.csv").write_text("nmae,input\na,1\n")
    with pytest.raises(FileError, match="unknown column 'nmae'"):
        cases_of(tmp_path / "wrong.csv")
    (tmp_path / "data.yaml").write_text("entities: {order: {count: 3, fields: {id: {sequence: 1}}}}")
    cases = cases_of(tmp_path / "data.yaml", entity="order")
    assert [case.input for case in cases] == [{"id": 1}, {"id": 2}, {"id": 3}]


STUBS = """
stubs:
  - request: {method: GET, path: /tax}
    answers: [{json: {rate: 0.2}}, {json: {rate: 0.19, country: de}}]
  - {request: {method: GET, path: /rates}, answer: {json: [1, 2]}}
"""


def test_a_double_says_how_faithful_it_is(tmp_path):
    (tmp_path / "stubs.yaml").write_text(STUBS)
    recording = recorded(tmp_path / "stubs.yaml")

    told = recording.fidelity("shop.tax", "GET /tax", [{"rate": 0.5}])

    assert (told.same, told.count) == (1, 2)
    assert str(told) == ("the double of shop.tax has the shape of 1 of 2 recorded answers of GET /tax: "
                         "country is only in the recorded answer")  # fmt: skip
    with pytest.raises(UsageError) as caught:
        recording.latency_of("GET /taxx")
    assert caught.value.hint == "did you mean 'GET /tax'?"


def test_shapes_know_types_names_and_elements():
    assert unlike(shape_of({"a": [1, 2]}), shape_of({"a": [3]})) is None
    assert unlike(shape_of([]), shape_of([1])) is None
    assert (
        unlike(shape_of({"a": 1}), shape_of({"a": "1"})) == "a is text in the recorded answer, number in the double's"
    )


def test_latency_is_drawn_from_a_recorded_run():
    from simulator.journey.component.calibration import Recording
    from simulator.record.histogram import Histogram

    recording = Recording({"GET /tax": Histogram.of([0.01] * 90 + [0.2] * 10)}, {}, "a run")
    draw = recording.latency_of("GET /tax")

    times = [draw() for _ in range(1000)]

    assert 0.04 < sum(time > 0.1 for time in times) / 1000 < 0.17
    assert Path(__file__).is_file()
