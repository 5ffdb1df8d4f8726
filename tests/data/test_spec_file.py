import pytest

from simulator.data.kind.pattern import PatternError, parse_pattern
from simulator.data.rows import Rows
from simulator.errors import FileError

WRONG = """
locale: xx
entities:
  user:
    count: -1
    fields:
      id: {sequence: one}
      name: full_nmae
      age: {integer: 90 to 18}
      size: {integer: 1.5 to 3}
      code: {pattern: "[0-9"}
      both: {integer: 1 to 2, date: 2026-01-01 to 2026-01-02}
      sum: {computed: "__import__('os')"}
      text: {text: "{nobody}"}
      odd: {mimesis: person.fullname}
      weights: {choice: {a: -1}}
  order:
    fields:
      user: {reference: usr.id}
      other: {reference: user.age}
feeders:
  accounts: {file: nowhere.csv, mode: unqiue}
clean:
  - {sql: "delete", http: DELETE /x}
"""


def test_every_mistake_is_told_with_its_place(spec_from):
    with pytest.raises(FileError) as caught:
        spec_from(WRONG)

    told = "\n".join(map(str, caught.value.problems))
    for part in [
        "spec.yaml:2:9: 'xx' is not known here",
        "spec.yaml:5:12: there cannot be fewer than none",
        "'one' is not a whole number",
        "'full_nmae' is no kind of field (did you mean 'full_name'?)",
        "the range '90 to 18' ends before it begins",
        "a range of whole numbers has whole ends",
        "[ is not closed",
        "field 'both' needs exactly one kind",
        "may only call",
        "{nobody} is no other field",
        "mimesis has no 'person.fullname'",
        "weights are numbers from 0",
        "there is no entity 'usr' (did you mean 'user'?)",
        "user.age does not follow from the number of a row",
        "nowhere.csv does not exist",
        "'unqiue' is not known here (did you mean 'unique'?)",
        "exactly one of sql, http, call, truncate, restore says what to do",
    ]:
        assert part in told, part


def test_circles_are_told(spec_from):
    with pytest.raises(FileError, match="fields follow from each other"):
        spec_from("entities: {a: {fields: {x: {text: '{y}'}, y: {text: '{x}'}}}}")
    with pytest.raises(FileError, match="entities refer to each other"):
        spec_from("entities: {a: {count: 1, fields: {id: {sequence: 1}, b: {reference: b.id}}},"
                  " b: {count: 1, fields: {id: {sequence: 1}, a: {reference: a.id}}}}")  # fmt: skip


@pytest.mark.parametrize("text", ["a*", "[a", "(a|b", "a{x}", "[^a]", "a{2000}", "\\", "a|b", "(a+|b)"])
def test_a_pattern_that_cannot_be_counted_through_is_refused(text):
    with pytest.raises(PatternError):
        parse_pattern(text)


def test_every_rank_of_a_pattern_is_another_text_that_fits():
    pattern = parse_pattern(r"(red|blue)-[a-c0-1]\d{1}x")

    texts = {pattern.at(rank) for rank in range(pattern.size)}

    assert len(texts) == pattern.size == 2 * 5 * 10
    assert all(pattern.wrong(text) is None for text in texts)


def test_fakers_providers_by_name(spec_from):
    spec = spec_from("entities: {a: {count: 3, fields: {id: {sequence: 1}, card: {faker: credit_card_number}}}}")

    first, second = list(Rows(spec, "a")), list(Rows(spec, "a"))
    assert first == second
    assert all(row["card"].isdigit() for row in first)


def test_distributions_stay_in_their_range(spec_from):
    fields = ", ".join(
        f"{name}: {{decimal: 10 to 20, distribution: {name}}}" for name in ("normal", "exponential", "lognormal")
    )
    spec = spec_from(f"entities: {{a: {{count: 2000, fields: {{id: {{sequence: 1}}, {fields}}}}}}}")

    rows = list(Rows(spec, "a"))
    for name in ("normal", "exponential", "lognormal"):
        assert all(10 <= row[name] <= 20 for row in rows)
    assert abs(sum(row["normal"] for row in rows) / 2000 - 15) < 0.2
    assert sum(row["exponential"] for row in rows) / 2000 < 13
