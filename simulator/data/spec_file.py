"""Data specs as YAML, read with every mistake at its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from simulator.data.kind.choice import Choice, boolean
from simulator.data.kind.derived import Computed, Text, parse_computed, parse_text
from simulator.data.kind.moment import Moment
from simulator.data.kind.number import DISTRIBUTIONS, Number
from simulator.data.kind.number import Sequence as InSequence
from simulator.data.kind.pattern import PatternError, parse_pattern
from simulator.data.kind.realistic import SHORT, Fake, Realistic, locales
from simulator.data.kind.reference import Reference
from simulator.data.kind.unique_id import UniqueId
from simulator.data.spec import MODES, Act, Entity, FeederSpec, FieldSpec, Spec
from simulator.document import read_document
from simulator.errors import did_you_mean
from simulator.node import Node, Problems
from simulator.units import parse_number

SPEC_KEYS = ("seed", "locale", "entities", "feeders", "clean")
ENTITY_KEYS = ("count", "key", "fields", "into", "clean")
FEEDER_KEYS = ("file", "sql", "database", "entity", "mode", "within")
INTO = ("table", "http", "call")
CLEAN = ("sql", "http", "call", "truncate", "restore")
FIELD_OPTIONS = ("unique", "empty")
_RANGE = re.compile(r"(\S+)\s+to\s+(\S+)")


def load_spec(path: Path, environ: Mapping[str, str] | None = None) -> Spec:
    """The data spec of a file.

    Args:
        path: the file; paths in it count from its folder.
        environ: the variables that `${NAME}` may name; none without it.

    Raises:
        FileError: with every mistake.
    """
    problems = Problems()
    node = read_document(path, environ=environ or {}, problems=problems)
    spec = read_spec(node, path) if node.kind != "nothing" else Spec({}, file=path)
    if node.kind == "nothing" and not problems:
        node.problem("a data spec has entities or feeders")
    problems.raise_if_any()
    return spec


def read_spec(node: Node, path: Path) -> Spec:
    """The data spec of a document; mistakes go to the document's problems."""
    node.mapping(SPEC_KEYS)
    entities, feeders, clean = node.get("entities"), node.get("feeders"), node.get("clean")
    seed, locale = node.get("seed"), node.get("locale")
    reader = _Reader(locale.choice(locales(), "en") if locale else "en")
    spec = Spec(
        entities={name: reader.entity(name, each) for name, each in entities.mapping().items()} if entities else {},
        seed=seed.integer(1) if seed else 1,
        locale=reader.locale,
        feeders={name: _feeder(name, each, path) for name, each in feeders.mapping().items()} if feeders else {},
        clean=tuple(act for each in clean.items() if (act := _act(each, CLEAN))) if clean else (),
        file=path,
    )
    if entities is not None:
        _check(spec, entities)
    for name, feeder in spec.feeders.items():
        if feeder.entity and feeder.entity not in spec.entities and feeders is not None:
            feeders.keys[name].problem(
                f"there is no entity {feeder.entity!r}", did_you_mean(feeder.entity, list(spec.entities))
            )
    return spec


class _Reader:
    """Reads entities and their fields."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    def entity(self, name: str, node: Node) -> Entity:
        entries = node.mapping(ENTITY_KEYS, required=("fields",))
        written = node.get("fields")
        names = list(written.mapping()) if written else []
        fields = (
            tuple(self.field(n, each, [o for o in names if o != n]) for n, each in written.mapping().items())
            if written
            else ()
        )
        key = entries["key"].text() if "key" in entries else ("id" if "id" in names or not names else names[0])
        if key not in names and "key" in entries:
            entries["key"].problem(f"{key!r} is no field of {name}", did_you_mean(key, names))
        into, clean = node.get("into"), node.get("clean")
        made_into = _act(into, INTO, name) if into else None
        made_clean = _act(clean, CLEAN, name) if clean else None
        if made_clean is None and made_into is not None and made_into.way == "table":
            statement = f"delete from {made_into.what} where {key} = :{key}"
            made_clean = replace(made_into, way="sql", what=statement)
        count = entries["count"].integer() if "count" in entries else 0
        if count < 0:
            entries["count"].problem("there cannot be fewer than none")
        return Entity(name, fields, max(0, count), key, made_into, made_clean)

    def field(self, name: str, node: Node, others: Sequence[str]) -> FieldSpec:
        if node.kind == "text":
            return FieldSpec(name, self._short(node), line=node.line, column=node.column)
        kinds = [key for key in node.mapping() if key in KINDS]
        if len(kinds) != 1:
            known = ", ".join(KINDS)
            node.problem(f"field {name!r} needs exactly one kind", f"one of {known}")
            return FieldSpec(name, Choice((None,)), line=node.line, column=node.column)
        [kind] = kinds
        node.mapping((kind, *OPTIONS.get(kind, ()), *FIELD_OPTIONS))
        unique, empty = node.get("unique"), node.get("empty")
        made = KINDS[kind](self, node, node.entries[kind], others)
        spec = FieldSpec(name, made, unique.boolean() if unique else False, empty.share() if empty else 0.0,
                         node.line, node.column)  # fmt: skip
        if isinstance(made, Choice) and spec.unique is False and not made.values:
            node.problem(f"field {name!r} has nothing to choose from")
        return spec

    def _short(self, node: Node) -> Any:
        text = node.text()
        if text == "uuid":
            return UniqueId()
        if text == "boolean":
            return boolean()
        if text == "sequence":
            return InSequence()
        if text not in SHORT:
            node.problem(f"{text!r} is no kind of field", did_you_mean(text, [*SHORT, "uuid", "boolean", "sequence"]))
        return Realistic(SHORT.get(text, "person.full_name"), self.locale)

    def sequence(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        step = node.get("step")
        return InSequence(value.integer(1), step.integer(1) if step else 1)

    def integer(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        return self._number(node, value, 0)

    def decimal(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        places = node.get("places")
        return self._number(node, value, places.integer(2) if places else 2)

    def _number(self, node: Node, value: Node, places: int) -> Number:
        low, high = value.parsed(lambda text: _range(text, parse_number), (0.0, 1.0))
        distribution, mean, deviation = (node.get(key) for key in ("distribution", "mean", "deviation"))
        if not 0 <= places <= 12:
            node.problem(f"{places} decimal places are not possible", "from 0 to 12")
            places = 2
        if not places and (low != int(low) or high != int(high)):
            value.problem("a range of whole numbers has whole ends", "write decimal: for others")
        return Number(
            low, high, places,
            distribution.choice(DISTRIBUTIONS, "uniform") if distribution else "uniform",
            mean.number() if mean else None,
            deviation.number() if deviation else None,
        )  # fmt: skip

    def boolean(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        return boolean(value.share(0.5))

    def choice(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        if value.kind == "mapping":
            weights = [each.number(1.0) for each in value.mapping().values()]
            if not weights or min(weights) < 0 or not sum(weights):
                value.problem("weights are numbers from 0, not all of them 0")
                weights = [1.0] * len(weights)
            return Choice(tuple(key.typed() for key in value.keys.values()), tuple(weights))
        return Choice(tuple(each.typed() for each in value.items()))

    def pattern(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        text = value.text()
        try:
            return parse_pattern(text)
        except PatternError as error:
            value.problem(f"the pattern {text!r}: {error}", at=error.at)
            return parse_pattern("x")

    def date(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        return self._moment(value, days=True)

    def datetime(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        return self._moment(value, days=False)

    def _moment(self, value: Node, *, days: bool) -> Moment:
        def parse(text: str) -> datetime:
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                raise ValueError(f"{text!r} is no date; write it like 2026-03-31") from None

        first, last = value.parsed(lambda text: _range(text, parse), (datetime(2026, 1, 1), datetime(2026, 12, 31)))
        if not days and last.time() == time() and "T" not in value.raw:
            last = last.replace(hour=23, minute=59, second=59)
        return Moment(first, last, days)

    def uuid(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        return UniqueId()

    def value(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        return Choice((value.typed(),))

    def text(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        return value.parsed(lambda text: parse_text(text, others), Text("", ()))

    def computed(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        return value.parsed(lambda text: parse_computed(text, others), Computed("", (), int))

    def reference(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        skew = node.get("skew")
        entity, _, field = value.text().partition(".")
        return Reference(entity, field or "id", skew.number() if skew else 0.0)

    def mimesis(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        return self._looked_up(node, value, Realistic)

    def faker(self, node: Node, value: Node, others: Sequence[str]) -> Any:
        return self._looked_up(node, value, Fake)

    def _looked_up(self, node: Node, value: Node, kind: Callable[..., Any]) -> Any:
        given = node.get("with")
        made = kind(value.text(), self.locale, given.typed() if given else {})
        try:
            made.draw(_random(), 1)
        except (ValueError, TypeError, AttributeError) as error:
            value.problem(str(error))
        return made


def _random() -> Any:
    from simulator.data.chance import random_of

    return random_of("look")


KINDS: dict[str, Callable[[_Reader, Node, Node, Sequence[str]], Any]] = {
    "sequence": _Reader.sequence,
    "integer": _Reader.integer,
    "decimal": _Reader.decimal,
    "boolean": _Reader.boolean,
    "choice": _Reader.choice,
    "pattern": _Reader.pattern,
    "date": _Reader.date,
    "datetime": _Reader.datetime,
    "uuid": _Reader.uuid,
    "value": _Reader.value,
    "text": _Reader.text,
    "computed": _Reader.computed,
    "reference": _Reader.reference,
    "mimesis": _Reader.mimesis,
    "faker": _Reader.faker,
}
"""Every kind by its word in a spec."""

_DRAWN = ("distribution", "mean", "deviation")
OPTIONS = {
    "sequence": ("step",),
    "integer": _DRAWN,
    "decimal": ("places", *_DRAWN),
    "reference": ("skew",),
    "mimesis": ("with",),
    "faker": ("with",),
}


def _check(spec: Spec, entities: Node) -> None:
    """What only the whole spec shows: references, circles, and more rows than different values."""
    for entity in spec.entities.values():
        for field in entity.fields:
            written = entities.entries[entity.name].get("fields")
            node = written.entries[field.name] if written else entities
            for message, hint in _wrong_with(spec, entity, field):
                node.problem(message, hint)
        needs = {field.name: getattr(field.kind, "needs", ()) for field in entity.fields}
        try:
            list(TopologicalSorter(needs).static_order())
        except CycleError as error:
            entities.keys[entity.name].problem(f"fields follow from each other: {' → '.join(error.args[1])}")
    try:
        spec.in_order()
    except CycleError as error:
        entities.problem(f"entities refer to each other: {' → '.join(error.args[1])}")


def _wrong_with(spec: Spec, entity: Entity, field: FieldSpec) -> list[tuple[str, str | None]]:
    kind = field.kind
    if isinstance(kind, Reference):
        parent = spec.entities.get(kind.entity)
        if parent is None:
            return [(f"there is no entity {kind.entity!r}", did_you_mean(kind.entity, list(spec.entities)))]
        named = parent.field_named(kind.field)
        if named is None:
            names = [each.name for each in parent.fields]
            return [(f"{kind.entity} has no field {kind.field!r}", did_you_mean(kind.field, names))]
        if not named.by_number:
            hint = "make it a sequence, or a uuid, pattern, number, date or choice with `unique: true`"
            return [(f"{kind.entity}.{kind.field} does not follow from the number of a row", hint)]
        if field.unique and entity.count > parent.count:
            return [(f"{entity.count} rows cannot each have one of {parent.count} rows of {kind.entity}", None)]
        return []
    if field.unique and kind.ranked and entity.count > kind.size:
        return [(f"{entity.name}.{field.name} has only {kind.size} different values for {entity.count} rows", None)]
    return []


def _range(text: str, parse: Callable[[str], Any]) -> tuple[Any, Any]:
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no range; write it like 1 to 100")
    low, high = parse(match[1]), parse(match[2])
    if high < low:
        raise ValueError(f"the range {text!r} ends before it begins")
    return low, high


def _act(node: Node, ways: Sequence[str], of: str = "") -> Act | None:
    keys = (*ways, "database", "gone") if of else (*ways, "database", "gone", "of")
    entries = node.mapping(keys)
    found = [way for way in ways if way in entries]
    if len(found) != 1:
        node.problem(f"exactly one of {', '.join(ways)} says what to do")
        return None
    [way] = found
    what = ", ".join(each.text() for each in entries[way].one_or_more())
    database, gone, named = (node.get(key) for key in ("database", "gone", "of"))
    return Act(
        way, what, database.text() if database else "", named.text() if named else of, gone.text() if gone else "",
        node.file, node.line,
    )  # fmt: skip


def _feeder(name: str, node: Node, path: Path) -> FeederSpec:
    entries = node.mapping(FEEDER_KEYS)
    if len([key for key in ("file", "sql", "entity") if key in entries]) != 1:
        node.problem(f"the rows of feeder {name!r} come from exactly one of file, sql, entity")
    file = entries["file"].text() if "file" in entries else ""
    if file and not (path.parent / file).is_file():
        entries["file"].problem(f"{path.parent / file} does not exist")
    mode = entries["mode"].choice(MODES, "unique") if "mode" in entries else "unique"
    return FeederSpec(
        name,
        next(each for each in MODES if each == mode),
        path.parent / file if file else None,
        entries["sql"].text() if "sql" in entries else "",
        entries["database"].text() if "database" in entries else "",
        entries["entity"].text() if "entity" in entries else "",
        entries["within"].duration(10.0) if "within" in entries else 10.0,
    )
