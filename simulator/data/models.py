"""Dataclasses and pydantic models as entities of a spec: what their annotations say is what their rows are made of."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from simulator.data.kind.choice import Choice, boolean
from simulator.data.kind.moment import Moment
from simulator.data.kind.number import Number, Sequence
from simulator.data.kind.pattern import PatternError, parse_pattern
from simulator.data.kind.realistic import SHORT, Realistic
from simulator.data.kind.unique_id import UniqueId
from simulator.data.spec import Entity, FieldSpec, Spec
from simulator.errors import UsageError

if TYPE_CHECKING:
    from mimesis.random import Random

NULL_RATIO = 0.1
"""So often an optional field has no value."""

_YEARS = (datetime(2020, 1, 1), datetime(2026, 12, 31))


def spec_of(counts: Mapping[type, int], *, seed: int = 1, locale: str = "en", **fields: FieldSpec) -> Spec:
    """A spec of models; entities have the models' names in lower case.

    Args:
        counts: model → how many rows.
        seed: the same seed gives the same rows.
        locale: whose names and places.
        fields: instead of what the annotations say, by `entity__field`.

    Raises:
        UsageError: a model has a field whose type says nothing.
    """
    entities = {model.__name__.lower(): entity_of(model, count, locale) for model, count in counts.items()}
    for place, field in fields.items():
        name, _, own = place.partition("__")
        entity = entities[name]
        kept = tuple(field if each.name == own else each for each in entity.fields)
        entities[name] = dataclasses.replace(entity, fields=kept)
    return Spec(entities, seed, locale)


def entity_of(model: type, count: int = 0, locale: str = "en") -> Entity:
    """The entity of a dataclass or a pydantic model.

    Raises:
        UsageError: it is neither, or has a field whose type says nothing.
    """
    if dataclasses.is_dataclass(model):
        names = [field.name for field in dataclasses.fields(model) if field.init]
    elif hasattr(model, "model_fields"):
        names = list(model.model_fields)
    else:
        raise UsageError(f"{model.__name__} is neither a dataclass nor a pydantic model")
    hints = get_type_hints(model, include_extras=True)
    key = "id" if "id" in names else names[0]
    fields = tuple(_field(model, name, hints[name], locale, is_key=name == key) for name in names)
    return Entity(model.__name__.lower(), fields, count, key)


@dataclass(frozen=True)
class Built:
    """Instances of a type that annotations of ours cannot describe, by polyfactory; as plain values.

    Attributes:
        model: a nested dataclass or pydantic model.
    """

    model: type
    ranked: ClassVar[bool] = False

    def draw(self, random: Random, count: int) -> list[Any]:
        """So many instances, as mappings."""
        factory = _factory(self.model)
        factory.seed_random(random.getrandbits(32))
        return [_as_plain(factory.build()) for _ in range(count)]

    def wrong(self, value: Any) -> str | None:
        """Only mappings."""
        return None if isinstance(value, Mapping) else f"{value!r} is no {self.model.__name__}"


def _field(model: type, name: str, hint: Any, locale: str, *, is_key: bool) -> FieldSpec:
    hint, limits, optional = _peeled(hint)
    kind = _kind(model, name, hint, limits, locale)
    if is_key and isinstance(kind, Number):
        kind = Sequence(max(1, int(kind.low)))
    return FieldSpec(name, kind, unique=is_key and kind.ranked, null_ratio=NULL_RATIO if optional else 0.0)


def _peeled(hint: Any) -> tuple[Any, list[Any], bool]:
    """The type itself, what is annotated about it, and whether it may be nothing."""
    limits: list[Any] = []
    if get_origin(hint) is Annotated:
        hint, *limits = get_args(hint)
        limits = [inner for limit in limits for inner in getattr(limit, "metadata", [limit])]
    optional = False
    if get_origin(hint) in (Union, UnionType):
        inner = [each for each in get_args(hint) if each is not NoneType]
        optional = len(inner) < len(get_args(hint))
        hint = inner[0]
        if get_origin(hint) is Annotated:
            return (*_peeled(hint)[:2], optional)
    return hint, limits, optional


def _kind(model: type, name: str, hint: Any, limits: list[Any], locale: str) -> Any:
    low, high = _limit(limits, "ge", "gt"), _limit(limits, "le", "lt")
    if get_origin(hint) is Literal:
        return Choice(get_args(hint))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return Choice(tuple(member.value for member in hint))
    if hint is bool:
        return boolean()
    if hint is int:
        first = 1 if low is None else int(low) + (_has(limits, "gt") is not None)
        last = first + 999_999 if high is None else int(high) - (_has(limits, "lt") is not None)
        return Number(first, last)
    if hint in (float, Decimal):
        return Number(0.0 if low is None else float(low), 1000.0 if high is None else float(high), 2)
    if hint is str:
        return _text(name, limits, locale)
    simple: dict[Any, Callable[[], Any]] = {
        UUID: UniqueId, date: lambda: Moment(*_YEARS, days=True), datetime: lambda: Moment(*_YEARS, days=False),
    }  # fmt: skip
    if hint in simple:
        return simple[hint]()
    if dataclasses.is_dataclass(hint) or hasattr(hint, "model_fields"):
        _factory(hint)
        return Built(hint)
    raise UsageError(
        f"{model.__name__}.{name}: {getattr(hint, '__name__', hint)} says not enough to make values of it",
        hint=f"give the field yourself: spec_of(…, {model.__name__.lower()}__{name}=FieldSpec(…))",
    )


def _text(name: str, limits: list[Any], locale: str) -> Any:
    pattern = _has(limits, "pattern")
    if pattern is not None:
        try:
            return parse_pattern(str(getattr(pattern, "pattern", pattern)).removeprefix("^").removesuffix("$"))
        except PatternError as error:
            raise UsageError(f"{name}: the pattern {pattern!r}: {error}") from error
    longest = _has(limits, "max_length")
    if longest is not None:
        return parse_pattern(f"[a-z]{{{min(int(longest), 12)}}}")
    return Realistic(SHORT.get("full_name" if name == "name" else name, "text.word"), locale)


def _limit(limits: list[Any], *names: str) -> Any:
    return next((found for name in names if (found := _has(limits, name)) is not None), None)


def _has(limits: list[Any], name: str) -> Any:
    return next((found for limit in limits if (found := getattr(limit, name, None)) is not None), None)


@lru_cache(maxsize=64)
def _factory(model: Any) -> Any:
    try:
        from polyfactory.factories import DataclassFactory
        from polyfactory.factories.pydantic_factory import ModelFactory
    except ImportError:
        raise UsageError(
            f"{model.__name__} inside of a model needs polyfactory", hint="pip install 'simulator[data]'"
        ) from None
    kind: Any = DataclassFactory if dataclasses.is_dataclass(model) else ModelFactory
    return kind.create_factory(model)


def _as_plain(value: Any) -> Any:
    return value.model_dump() if hasattr(value, "model_dump") else dataclasses.asdict(value)
