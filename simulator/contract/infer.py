"""From what samples have in common to an example with rules: what varies is a type, a pattern, a moment or a number."""

from __future__ import annotations

from typing import Any

from simulator.contract.matching.path import Place, parse_path, shown
from simulator.contract.matching.rules import Matcher, RuleList, Rules
from simulator.contract.shape import Shape
from simulator.contract.volatile import MASK, is_secret

FEWEST_OF_WORDS = 50
"""So many samples it takes before words that come again and again are taken for all that there are."""
MOST_WORDS = 5
FEWEST_OF_EACH = 5
ANYTHING = r"[\s\S]*"
_NUMBERS = {"integer", "decimal"}
_SCALARS = {"boolean", "text", *_NUMBERS}
UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"


def inferred(shape: Shape, *, only_read: bool) -> tuple[Any, Rules]:
    """An example with the rules that all samples keep.

    Args:
        shape: of the samples.
        only_read: leave out what nobody read.
    """
    found: dict[Place, RuleList] = {}
    example = _value(shape, ("$",), found, only_read)
    return example, Rules({parse_path(shown(place)): rules for place, rules in found.items()})


def text_rule(shape: Shape) -> Matcher | None:
    """The rule of a text from where everything is text, as in headers; `None` when it never varied."""
    if shape.distinct is not None and len(shape.distinct) == 1:
        return None
    return promised_text(shape)


def _value(shape: Shape, place: Place, found: dict[Place, RuleList], only_read: bool) -> Any:
    kinds = set(shape.kinds) - {"null"}
    nullable = "null" in shape.kinds
    if kinds == {"mapping"}:
        _note(found, place, (), nullable)
        return {
            name: _field(name, inner, place, found, only_read)
            for name, inner in shape.fields.items()
            if inner.count == shape.kinds["mapping"] and (inner.read or not only_read) and _can_be_promised(inner)
        }
    if kinds == {"list"}:
        return _list(shape, place, found, only_read, nullable)
    if len(kinds) > 1 and not kinds <= _NUMBERS:
        found[place] = RuleList((Matcher("regex", {"regex": ANYTHING}),))
        return shape.example
    _note(found, place, (_of_kinds(shape, kinds),) if kinds else (Matcher("null"),), nullable and bool(kinds))
    return shape.example


def _can_be_promised(shape: Shape) -> bool:
    """Whether one example can stand for all samples: not for what is sometimes a collection and sometimes is none."""
    kinds = set(shape.kinds) - {"null"}
    return len(kinds) <= 1 or kinds <= _SCALARS


def _field(name: str, shape: Shape, place: Place, found: dict[Place, RuleList], only_read: bool) -> Any:
    here = (*place, name)
    if is_secret(name) and set(shape.kinds) <= {"text"}:
        found[here] = RuleList((Matcher("type"),))
        return MASK
    return _value(shape, here, found, only_read)


def _list(shape: Shape, place: Place, found: dict[Place, RuleList], only_read: bool, nullable: bool) -> list[Any]:
    sizes = shape.sizes or (0, 0)
    least = {"min": 1} if sizes[0] >= 1 else {}
    _note(found, place, (Matcher("type", least),), nullable)
    if shape.items is None or not _can_be_promised(shape.items):
        return []
    if only_read and not shape.items.read:
        return [_bare(shape.items, (*place, "*"), found)] if least else []
    return [_value(shape.items, (*place, "*"), found, only_read)]


def _bare(shape: Shape, place: Place, found: dict[Place, RuleList]) -> Any:
    """An element that nobody looked into: its type alone."""
    if not set(shape.kinds) & {"mapping", "list"}:
        return _value(shape, place, found, only_read=False)
    found[place] = RuleList((Matcher("type"),))
    return shape.example


def _note(found: dict[Place, RuleList], place: Place, matchers: tuple[Matcher, ...], nullable: bool) -> None:
    if nullable:
        found[place] = RuleList((*(matchers or (Matcher("type"),)), Matcher("null")), any_of=True)
    elif matchers:
        found[place] = RuleList(matchers)


def _of_kinds(shape: Shape, kinds: set[str]) -> Matcher:
    if kinds == {"integer"}:
        return Matcher("integer")
    if kinds <= {"integer", "decimal"}:
        return Matcher("number")  # `2.0` is `2` to many who write JSON
    if kinds == {"boolean"}:
        return Matcher("type")
    return promised_text(shape)


def promised_text(shape: Shape) -> Matcher:
    """The rule that a text of an answer keeps, whether it varied or not."""
    forms = set(shape.forms)
    if forms == {"uuid"}:
        return Matcher("regex", {"regex": UUID})
    if all(form.startswith("moment ") for form in forms):
        [form, *others] = sorted(forms)
        return (
            Matcher("regex", {"regex": MOMENT}) if others else Matcher("datetime", {"format": form[len("moment ") :]})
        )
    if forms == {"date"}:
        return Matcher("date", {"format": "yyyy-MM-dd"})
    if forms == {"digits"} and shape.count > 1:
        return Matcher("regex", {"regex": r"\d+"})
    if forms == {"word"} and _are_all(shape):
        return Matcher("regex", {"regex": "|".join(sorted(shape.distinct or ()))})
    return Matcher("type")


def _are_all(shape: Shape) -> bool:
    """Whether the words seen are so few, and each so frequent, that they are taken for all that there are."""
    distinct = shape.distinct
    if distinct is None or shape.kinds.get("text", 0) < FEWEST_OF_WORDS or len(distinct) > MOST_WORDS:
        return False
    return min(distinct.values()) >= FEWEST_OF_EACH
