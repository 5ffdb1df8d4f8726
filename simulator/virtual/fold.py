"""From recorded exchanges to stubs: equal ones folded, what varies parametrised, secrets masked, times kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

import orjson

from simulator.contract.volatile import MASK, is_secret, is_volatile
from simulator.virtual.answer import Answer
from simulator.virtual.exchange import Exchange
from simulator.virtual.request import Request
from simulator.virtual.rule import is_rule_name
from simulator.virtual.template import PLACE
from simulator.virtual.volatile import stand_in

MOST_ANSWERS = 20
MOST_QUANTILES = 41
FEWEST_OF_LEVEL = 20
SHORTEST_ECHO = 6
_KEPT = ("content-type", "location", "set-cookie", "cache-control", "etag", "last-modified", "retry-after",
         "www-authenticate", "access-control-allow-origin", "content-language", "vary", "link")  # fmt: skip
_COOKIE_VALUE = re.compile(r"(?<==)[^;]+")
_EXTENSIONS = {"text/html": "html", "text/css": "css", "text/javascript": "js", "image/svg+xml": "svg",
               "image/png": "png", "image/jpeg": "jpg", "application/javascript": "js"}  # fmt: skip


@dataclass
class Group:
    """Exchanges that one stub stands for.

    Attributes:
        request: the stub's `request`, plain.
        answers: the answers in order, plain.
        exchanges: where they come from.
    """

    request: dict[str, Any]
    answers: list[dict[str, Any]] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)


@dataclass(frozen=True)
class Folded:
    """A recording as a stub file.

    Attributes:
        plain: the stub file.
        files: bodies that lie beside it, name → content.
    """

    plain: dict[str, Any]
    files: Mapping[str, bytes]


def fold(exchanges: Sequence[Exchange], name: str, folder: str) -> Folded:
    """The stubs that answer as the recorded service did.

    Args:
        exchanges: in order of time.
        name: of the service.
        folder: where files lie, relative to the stub file.
    """
    groups: dict[bytes, Group] = {}
    files: dict[str, bytes] = {}
    for exchange in exchanges:
        request, captured = _generalised(exchange.request)
        key = orjson.dumps(request, option=orjson.OPT_SORT_KEYS)
        group = groups.setdefault(key, Group(request))
        group.exchanges.append(exchange)
        group.answers.append(_answer(exchange, captured, folder, files))
    ordered = sorted(groups.values(), key=lambda group: _rank(group.request))
    return Folded({"service": name, "stubs": [_stub(group) for group in ordered]}, files)


def _rank(request: Mapping[str, Any]) -> tuple[bool, int]:
    """Literal paths before templates, more demands before fewer, so that the first that fits is the right one."""
    return "{" in request["path"], -len(request.get("query", {})) - len(request.get("json", {}) or {})


def _generalised(request: Request) -> tuple[dict[str, Any], dict[str, str]]:
    """The request as a stub asks for it, and what it captures: value → the place that stands for it."""
    captured: dict[str, str] = {}
    made: dict[str, Any] = {"method": request.method, "path": _path(request.path, captured)}
    query = {}
    for key, value in parse_qsl(request.target.partition("?")[2], keep_blank_values=True):
        loose = is_secret(key) or is_volatile(value)
        query[key] = {"present": True} if loose else _literal(value)
        if loose and not is_secret(key):
            captured[value] = f"{{request.query.{key}}}"
    if query:
        made["query"] = query
    if isinstance(request.json, dict):
        made["json"] = _body(request.json, "request.json", captured)
    elif (
        request.body
        and len(request.body) <= 1000
        and b"multipart" not in request.headers.get("content-type", "").encode()
    ):
        made |= _text_body(request)
    return made, captured


def _text_body(request: Request) -> dict[str, Any]:
    """A form or a text as a demand; one with a secret in it demands nothing."""
    fields = [name for name, _ in parse_qsl(request.text)]
    return {} if any(is_secret(name) for name in fields) else {"body": {"equals": request.text}}


def _path(path: str, captured: dict[str, str]) -> str:
    segments, names = [], 0
    for segment in path.split("/"):
        if is_volatile(segment):
            names += 1
            name = "id" if names == 1 else f"id{names}"
            captured[segment] = f"{{request.path.{name}}}"
            segments.append(f"{{{name}}}")
        else:
            segments.append(segment)
    return "/".join(segments)


def _body(value: Any, at: str, captured: dict[str, str], name: str = "") -> Any:
    if isinstance(value, dict) and value and all(is_rule_name(key) for key in value):
        return {"equals": value}
    if isinstance(value, dict):
        return {key: _body(inner, f"{at}.{key}", captured, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_body(inner, f"{at}[{number}]", captured, name) for number, inner in enumerate(value)]
    if is_secret(name):
        return {"present": True}
    if isinstance(value, str) and is_volatile(value):
        captured[value] = f"{{{at}}}"
        return {"type": "text"}
    return _literal(value)


def _literal(value: Any) -> Any:
    return {"equals": value} if isinstance(value, str) and value == "" else value


def _answer(exchange: Exchange, captured: Mapping[str, str], folder: str, files: dict[str, bytes]) -> dict[str, Any]:
    answer = exchange.answer
    made: dict[str, Any] = {"status": answer.status}
    headers = dict(_headers(answer, captured))
    if headers:
        made["headers"] = headers
    content_type = (answer.header("content-type") or "").partition(";")[0].strip()
    if content_type == "application/json" or content_type.endswith("+json"):
        with_json = _json_of(answer.body)
        if with_json is not None:
            fresh = exchange.request.method not in ("GET", "HEAD")
            return {**made, "json": _replaced(with_json[0], captured, fresh=fresh)}
    if answer.body:
        made |= _other_body(answer.body, content_type, captured, folder, files)
    return made


def _json_of(body: bytes) -> list[Any] | None:
    try:
        return [orjson.loads(body)]
    except orjson.JSONDecodeError:
        return None


def _other_body(
    body: bytes, content_type: str, captured: Mapping[str, str], folder: str, files: dict[str, bytes]
) -> dict[str, Any]:
    """Text that repeats what the request said becomes a template; everything else a file, as it is."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    echoes = {value: place for value, place in captured.items() if len(value) >= SHORTEST_ECHO and value in text}
    if echoes and not PLACE.search(text):
        return {"body": _echoed(text, echoes)}
    name = f"{sha256(body).hexdigest()[:16]}.{_EXTENSIONS.get(content_type, 'bin')}"
    files[name] = body
    return {"file": f"{folder}/{name}"}


def _headers(answer: Answer, captured: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in answer.headers:
        lowered = name.lower()
        if lowered == "set-cookie":
            yield (
                name,
                _COOKIE_VALUE.sub(lambda found: f"{{random.hex {max(8, min(64, len(found[0])))}}}", value, count=1),
            )
        elif is_secret(name):
            yield name, MASK
        elif lowered in _KEPT or lowered.startswith("x-"):
            yield name, _echoed(value, captured)


def _replaced(value: Any, captured: Mapping[str, str], *, fresh: bool, name: str = "") -> Any:
    """A JSON answer with what the request said, and what was made up for it, as templates."""
    if isinstance(value, dict):
        return {key: _replaced(inner, captured, fresh=fresh, name=key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, captured, fresh=fresh, name=name) for inner in value]
    if not isinstance(value, str):
        return value
    if is_secret(name):
        return MASK
    if value in captured:
        return captured[value]
    if fresh and is_volatile(value):
        return stand_in(value)
    return _echoed(value, captured)


def _echoed(text: str, captured: Mapping[str, str]) -> str:
    for value, place in captured.items():
        if len(value) >= SHORTEST_ECHO:
            text = text.replace(value, place)
    return text


def _stub(group: Group) -> dict[str, Any]:
    answers = _period(_of_one_user(group))
    made: dict[str, Any] = {"request": group.request}
    if len(answers) == 1:
        made["answer"] = answers[0]
    else:
        made |= {"answers": answers[:MOST_ANSWERS], "repeat": True}
    made["latency"] = {"recorded": _latency(group.exchanges)}
    return made


def _of_one_user(group: Group) -> list[dict[str, Any]]:
    """The answers that a single user got, the one who asked most: turns are replayed for each user by itself."""
    found: dict[str, list[dict[str, Any]]] = {}
    for exchange, answer in zip(group.exchanges, group.answers, strict=True):
        found.setdefault(exchange.request.user, []).append(answer)
    return max(found.values(), key=len)


def _period(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The shortest beginning that, repeated, makes the whole: one answer when all are equal."""
    keys = [orjson.dumps(answer) for answer in answers]
    for length in range(1, len(keys) + 1):
        if all(key == keys[at % length] for at, key in enumerate(keys)):
            return answers[:length]
    return answers


def _latency(exchanges: Iterable[Exchange]) -> dict[int, list[str]]:
    """Quantiles by requests in flight, in powers of two; levels with few samples join the one below."""
    levels: dict[int, list[float]] = {}
    for exchange in exchanges:
        levels.setdefault(1 << (exchange.in_flight.bit_length() - 1), []).append(exchange.response_s)
    joined: dict[int, list[float]] = {}
    for level in sorted(levels):
        last = max(joined, default=level)
        few = joined and (len(levels[level]) < FEWEST_OF_LEVEL or len(joined[last]) < FEWEST_OF_LEVEL)
        joined.setdefault(last if few else level, []).extend(levels[level])
    return {level: [f"{value * 1000:.3f} ms" for value in _quantiles(times)] for level, times in joined.items()}


def _quantiles(times_s: list[float]) -> list[float]:
    ordered = sorted(times_s)
    if len(ordered) <= MOST_QUANTILES:
        return ordered
    last = len(ordered) - 1
    return [ordered[round(last * at / (MOST_QUANTILES - 1))] for at in range(MOST_QUANTILES)]
