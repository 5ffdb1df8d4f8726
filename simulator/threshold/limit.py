"""One limit, and the language it is written in.

limit      ::= measure operator value { qualifier }
             | measure change operator value { qualifier }
measure    ::= metric [ aggregate ] | aggregate              an aggregate alone means response_time
metric     ::= "response_time" | "error_rate" | ...          see simulator.threshold.metric
             | "status" class
             | "reading" name                                what a service tells of itself
class      ::= digit digit digit | digit "xx"                404, 5xx
aggregate  ::= "p" number | "mean" | "min" | "max" | "stdev" | "count" | "rate"
change     ::= "rises" | "falls"                             against the baseline
operator   ::= "<" | "<=" | ">" | ">="
value      ::= duration | percentage | rate | size | number  by the measure's unit
qualifier  ::= "within" duration                             from then on after the phase's start
             | "for" "every" duration                        in every window as long as this
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from simulator import units
from simulator.errors import did_you_mean
from simulator.threshold.metric import AGGREGATES, CALLED, METRICS, PARSE, Metric, quantile_of

Operator = Literal["<", "<=", ">", ">="]
Change = Literal["rises", "falls"]

_WORD = re.compile(r"[<>=!≤≥]+|[^\s<>=!≤≥]+")
_STATUS = re.compile(r"[1-5](?:xx|[0-9]{2})")
_SHORT = ("mean", "min", "max", "stdev")
_OPERATORS: dict[str, Operator] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
_QUALIFIERS = ("within", "for")


class LimitError(ValueError):
    """A limit that cannot be read.

    Attributes:
        message: what is wrong.
        at: the character at which it is wrong, from 0.
        hint: what would be right, or `None`.
    """

    def __init__(self, message: str, at: int, hint: str | None = None) -> None:
        super().__init__(f"{message} ({hint})" if hint else message)
        self.message = message
        self.at = at
        self.hint = hint


@dataclass(frozen=True)
class Limit:
    """One limit on one metric.

    Attributes:
        text: as the author wrote it, spaces tidied; reading it gives this limit again.
        metric: a key of `METRICS`.
        status: for the metric `status`, the class or code: `5xx`, `404`; for `reading` its name.
        aggregate: `p95`, `mean`, `rate` …
        change: limits how much the value rises or falls against the baseline; `None` limits the value itself.
        operator: how value and limit are compared.
        value: the limit, in the base unit; for a change a share of the baseline's value.
        unit: of the value that is measured, a key of `units.SHOW`.
        within_s: judged from this long after the phase's start on; `None` from the start.
        every_s: holds in every window of so many whole seconds; `None` for the whole stretch at once.
    """

    text: str
    metric: str
    status: str | None
    aggregate: str
    change: Change | None
    operator: Operator
    value: float
    unit: str
    within_s: float | None = None
    every_s: int | None = None

    @property
    def quantile(self) -> float | None:
        """The quantile of a percentile, 0 to 1; `None` for other aggregates."""
        return quantile_of(self.aggregate)

    @property
    def level(self) -> str:
        """Where the metric's samples come from."""
        return METRICS[self.metric].level

    @property
    def gauge(self) -> str:
        """The name under which a gauge's values are kept."""
        return self.status if self.metric == "reading" and self.status else self.metric

    @property
    def is_latency(self) -> bool:
        """Whether it limits times of successes, so that it needs an error limit beside it."""
        counted = self.aggregate in ("count", "rate")
        return self.unit == "s" and self.level in ("operation", "step", "journey") and not counted

    @property
    def is_error_limit(self) -> bool:
        """Whether it keeps failures from above."""
        return self.metric in ("error_rate", "journey_error_rate") and self.operator in ("<", "<=")

    @property
    def edge_s(self) -> float:
        """The time from which on a value counts as over the limit: what `Cell.over` counts with `>=`."""
        return self.value if self.operator in ("<", ">=") else math.nextafter(self.value, math.inf)

    def holds(self, value: float) -> bool:
        """Whether a value keeps the limit."""
        return compare(value, self.operator, self.value)


def compare(value: float, operator: Operator, limit: float) -> bool:
    """Whether `value operator limit` is true."""
    if operator == "<":
        return value < limit
    if operator == "<=":
        return value <= limit
    return value > limit if operator == ">" else value >= limit


class _Word(NamedTuple):
    text: str
    at: int

    @property
    def end(self) -> int:
        return self.at + len(self.text)


class _Measure(NamedTuple):
    metric: Metric
    status: str | None
    aggregate: str | None
    at: int


def parse_limit(text: str) -> Limit:
    """The limit that a text like `p95 < 800 ms` states.

    Raises:
        LimitError: with the place in the text, and nothing else, whatever the text is.
    """
    words = [_Word(match[0], match.start()) for match in _WORD.finditer(text)]
    if not words:
        raise LimitError("the limit is empty", 0, "write it like p95 < 800 ms")
    at = next((n for n, word in enumerate(words) if word.text[0] in "<>=!≤≥"), len(words))
    change = _change(words[:at])
    measure = _measure(words[: at - 1] if change else words[:at], len(text))
    operator = _operator(words, at, change, text)
    stop = next((n for n in range(at + 1, len(words)) if words[n].text in _QUALIFIERS), len(words))
    value_at = words[at + 1].at if stop > at + 1 else words[at].end
    written = text[value_at : words[stop - 1].end] if stop > at + 1 else ""
    aggregate, unit, value = _value(measure, change, written, value_at)
    _check_sense(measure.metric, operator, unit, value, value_at)
    within_s, every_s = _qualifiers(words[stop:], text)
    tidy = " ".join(text.split())
    limit = Limit(
        tidy, measure.metric.name, measure.status, aggregate, change, operator, value, unit, within_s, every_s
    )
    _check_windows(limit, words[stop:])
    return limit


def _change(words: list[_Word]) -> Change | None:
    if words and words[-1].text == "rises":
        return "rises"
    return "falls" if words and words[-1].text == "falls" else None


def _measure(words: list[_Word], end: int) -> _Measure:
    if not words:
        raise LimitError("the limit does not say what is limited", 0, "write it like p95 < 800 ms")
    first, rest = words[0], words[1:]
    if first.text in _SHORT or quantile_of(first.text) is not None:
        return _no_more(rest, _Measure(METRICS["response_time"], None, first.text, first.at))
    if first.text not in METRICS:
        known = [*METRICS, *AGGREGATES]
        hint = "use max" if first.text == "p100" else did_you_mean(first.text, known)
        raise LimitError(f"unknown metric {first.text!r}", first.at, hint)
    metric, status = METRICS[first.text], None
    if metric.name == "status":
        status, rest = _status(first, rest), rest[1:]
    elif metric.name == "reading":
        status, rest = _reading(first, rest), rest[1:]
    if not rest:
        return _Measure(metric, status, None, first.at)
    return _no_more(rest[1:], _Measure(metric, status, _aggregate(metric, rest[0]), first.at))


def _no_more(rest: list[_Word], measure: _Measure) -> _Measure:
    if rest:
        hint = did_you_mean(rest[0].text, ("rises", "falls")) if rest[0].text[:1] in "rf" else None
        raise LimitError(f"unexpected {rest[0].text!r} before the operator", rest[0].at, hint)
    return measure


def _reading(first: _Word, rest: list[_Word]) -> str:
    if not rest or rest[0].text in AGGREGATES or quantile_of(rest[0].text) is not None:
        raise LimitError("reading needs a name", rest[0].at if rest else first.end, "reading queue_depth max < 100")
    return rest[0].text


def _status(first: _Word, rest: list[_Word]) -> str:
    if not rest or not _STATUS.fullmatch(rest[0].text):
        found = f", found {rest[0].text!r}" if rest else ""
        raise LimitError(f"status needs a code or a class{found}", rest[0].at if rest else first.end, "status 5xx")
    if rest[0].text[0] not in "45":
        raise LimitError(
            f"status {rest[0].text} is not counted", rest[0].at, "only failures keep their status: 4xx and 5xx"
        )
    return rest[0].text


def _aggregate(metric: Metric, word: _Word) -> str:
    if metric.unit_of(word.text) is not None:
        return word.text
    has = ", ".join(metric.aggregates)
    if word.text in AGGREGATES or quantile_of(word.text) is not None:
        raise LimitError(f"{metric.name} has no {word.text}", word.at, f"it has {has}")
    hint = did_you_mean(word.text, (*metric.aggregates, "rises", "falls"))
    raise LimitError(f"unknown aggregate {word.text!r}", word.at, hint)


def _operator(words: list[_Word], at: int, change: Change | None, text: str) -> Operator:
    if at == len(words):
        raise LimitError("the limit has no operator", len(text.rstrip()), "write it like p95 < 800 ms")
    found = words[at].text
    if change and found in (">", ">="):
        raise LimitError(f"a change is limited from above, found {found!r}", words[at].at, f"{change} < 10%")
    if found in _OPERATORS:
        return _OPERATORS[found]
    raise LimitError(f"expected <, <=, > or >=, found {found!r}", words[at].at)


def _value(measure: _Measure, change: Change | None, text: str, at: int) -> tuple[str, str, float]:
    """The aggregate, the unit of what is measured, and the limit's value."""
    candidates = (measure.aggregate,) if measure.aggregate else measure.metric.default
    if not candidates:
        hint = f"{measure.metric.name} p95"
        raise LimitError(f"{measure.metric.name} needs an aggregate", measure.at, f"write it like {hint}")
    for aggregate in candidates:
        unit = measure.metric.unit_of(aggregate)
        assert unit is not None
        value = _read(text, "share" if change else unit, counted=aggregate == "count")
        if value is not None:
            return aggregate, unit, value
    unit = measure.metric.unit_of(candidates[0])
    assert unit is not None
    raise _wrong_value(measure, candidates[0], "share" if change else unit, text, at)


def _read(text: str, unit: str, *, counted: bool) -> float | None:
    try:
        return units.parse_integer(text) if counted and unit == "" else PARSE[unit](text)
    except ValueError:
        return None


def _wrong_value(measure: _Measure, aggregate: str, unit: str, text: str, at: int) -> LimitError:
    what, example = CALLED[unit]
    name = f"{measure.metric.name} {aggregate}" if measure.aggregate else measure.metric.name
    if not text:
        return LimitError("the limit has no value", at, f"{name} takes {what} like {example}")
    for other, (called, _) in CALLED.items():
        if other != unit and _read(text, other, counted=False) is not None:
            return LimitError(f"{name} takes {what}, but {text!r} is {called}", at, f"write it like {example}")
    suffix = did_you_mean(text.lstrip("0123456789. "), _SUFFIXES[unit]) if text[0].isdigit() else None
    return LimitError(f"{text!r} is not {what}", at, suffix or f"write it like {example}")


_SUFFIXES = {
    "s": tuple(units.DURATIONS_S),
    "share": ("%",),
    "per_s": ("/s", "/m", "/h"),
    "bytes": tuple(units.SIZES_BYTES),
    "": (),
}


def _check_sense(metric: Metric, operator: Operator, unit: str, value: float, at: int) -> None:
    if value < 0 or (value == 0 and operator == "<"):
        raise LimitError("nothing is below zero, so this can never hold", at)
    if unit == "share" and metric.level != "gauge" and value > 1:
        raise LimitError("more than 100% of everything", at, "write a percentage like 1%")


def _qualifiers(words: list[_Word], text: str) -> tuple[float | None, int | None]:
    within_s: float | None = None
    every_s: int | None = None
    while words:
        head, skip = words[0], 1
        if head.text == "for":
            if len(words) < 2 or words[1].text != "every":
                raise LimitError("expected 'every' after 'for'", words[1].at if len(words) > 1 else head.end)
            skip = 2
        stop = next((n for n in range(skip, len(words)) if words[n].text in _QUALIFIERS), len(words))
        duration_s = _duration(words[skip:stop], words[skip - 1].end, text)
        if (head.text == "for" and every_s) or (head.text == "within" and within_s is not None):
            raise LimitError(f"{head.text!r} is there twice", head.at)
        if head.text == "within":
            within_s = duration_s
        else:
            every_s = max(1, math.ceil(duration_s))
        words = words[stop:]
    return within_s, every_s


def _duration(words: list[_Word], end: int, text: str) -> float:
    at = words[0].at if words else end
    written = text[at : words[-1].end] if words else ""
    duration_s = _read(written, "s", counted=False)
    if duration_s is None:
        raise LimitError(f"{written!r} is not a duration" if written else "expected a duration", at, "like 10 s")
    return duration_s


def _check_windows(limit: Limit, qualifiers: list[_Word]) -> None:
    if not qualifiers:
        return
    at, seconds = qualifiers[0].at, limit.within_s is not None or limit.every_s is not None
    if seconds and limit.metric == "status":
        raise LimitError(f"{limit.metric} is only counted for the whole run", at, "use error_rate")
    if limit.change and seconds:
        raise LimitError("a change against the baseline is judged over the whole run", at)
    if limit.every_s and limit.aggregate in _SHORT[1:]:
        raise LimitError(f"{limit.aggregate} is not judged in windows", at, "use a percentile or mean")
