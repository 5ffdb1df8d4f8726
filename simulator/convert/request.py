"""One request of a recording as lines of Python; whatever a recording holds stays text in them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count as count_from
from typing import Any

from simulator.contract.volatile import is_secret, is_volatile
from simulator.convert.call import Call
from simulator.convert.correlation import Origin, leaves, origin_of

WIDTH = 108
WHO = re.compile(r"user|login|e-?mail|account", re.IGNORECASE)
"""Names of fields that say who logs in, beside a secret."""
_OURS = frozenset({"re", "time", "random", "check", "think", "self", "secret", "journey", "between"})
_WORD = re.compile(r"[^0-9a-zA-Z]+")
_KNOWN = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_SIMPLE = re.compile(r"[\w .:@-]*")


@dataclass
class Draft:
    """What is known while a script is written.

    Attributes:
        calls: the recording.
        names: number of a call → variable that holds its answer.
        secrets: variable of the environment → name in the script.
        found: what is looked up in a page → variable that holds it.
    """

    calls: Sequence[Call]
    names: dict[int, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    found: dict[Origin, str] = field(default_factory=dict)


def request_lines(draft: Draft, number: int) -> list[str]:
    """The lines of one request."""
    call, wanted = draft.calls[number], draft.names.get(number)
    arguments = [_address(draft, number), *_parameters(draft, number), *_sent(draft, number)]
    known = call.method in _KNOWN
    function = f"self.client.{call.method.lower()}" if known else "self.client.request"
    arguments = arguments if known else [text_of(call.method), *arguments]
    if call.status >= 400:
        answer = wanted or "answer"
        asked = _called("with " + function, [*arguments, "catch_response=True"])
        return [*asked[:-1], f"{asked[-1]} as {answer}:  # the recording had {call.status} here",
                f"    if {answer}.status_code == {call.status}:",
                f"        {answer}.success()"]  # fmt: skip
    if call.method != "GET" and call.status not in (200, 204) and call.status < 300:
        answer = wanted or "answer"
        told = f'check({answer}.status_code == {call.status}, f"got {{{answer}.status_code}}")'
        return [*_called(f"{answer} = {function}", arguments), told]
    return _called(f"{wanted} = {function}" if wanted else function, arguments)


def _called(function: str, arguments: Sequence[str]) -> list[str]:
    """A call in one line, or with an argument a line when that gets too long."""
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return [line]
    return [f"{function}(", *(f"    {argument}," for argument in arguments), ")"]


def _address(draft: Draft, number: int) -> str:
    call = draft.calls[number]
    parts, dynamic, before = [], False, ""
    for segment in call.route.split("/"):
        origin = _inline(origin_of(segment, before, draft.calls, number))
        dynamic = dynamic or origin is not None
        parts.append(_braced(segment) if origin is None else "{" + _taken(draft, origin, "'") + "}")
        before = segment
    fixed_query = call.path.partition("?")[2] if not _dynamic_query(draft, number) else ""
    path = "/".join(parts) + (f"?{fixed_query if not dynamic else _braced(fixed_query)}" if fixed_query else "")
    return f'f"{path}"' if dynamic else text_of(call.route + (f"?{fixed_query}" if fixed_query else ""))


def _dynamic_query(draft: Draft, number: int) -> bool:
    return any(origin_of(value, key, draft.calls, number) for key, value in draft.calls[number].query)


def _parameters(draft: Draft, number: int) -> list[str]:
    if not _dynamic_query(draft, number):
        return []
    call = draft.calls[number]
    pairs = [f"{text_of(key)}: {_value(draft, number, value, key)}" for key, value in call.query]
    return [f"params={{{', '.join(pairs)}}}"]


def _sent(draft: Draft, number: int) -> list[str]:
    """The body and headers of a request, as arguments."""
    call = draft.calls[number]
    sent = []
    if call.kind == "json":
        sent.append(f"json={_value(draft, number, call.body, '')}")
    elif call.kind == "form":
        pairs = [f"({text_of(key)}, {_value(draft, number, value, key)})" for key, value in call.body]
        names = [key for key, _ in call.body]
        as_mapping = len(set(names)) == len(names)
        fields = [f"{text_of(key)}: {_value(draft, number, value, key)}" for key, value in call.body]
        sent.append(f"data={{{', '.join(fields)}}}" if as_mapping else f"data=[{', '.join(pairs)}]")
    elif call.kind == "raw":
        sent.append(f"data={str(call.body)!r}")
    headers = [f"{text_of(name)}: {_header(draft, number, name, value)}" for name, value in call.headers.items()]
    return [*sent, f"headers={{{', '.join(headers)}}}"] if headers else sent


def _header(draft: Draft, number: int, name: str, value: str) -> str:
    scheme, blank, rest = value.rpartition(" ")
    origin = origin_of(rest, name, draft.calls, number)
    if origin is not None and (not scheme or _inline(origin)):
        return f'f"{_braced(scheme + blank)}{{{_taken(draft, origin, chr(39))}}}"' if scheme else _taken(draft, origin)
    return _secret(draft, name) if is_secret(name) else text_of(value)


def _value(draft: Draft, number: int, value: Any, place: str) -> str:
    """A value of a request as Python: taken from an answer, from the environment, or as it was."""
    if isinstance(value, dict):
        secret = any(is_secret(key) for key in value)
        inner = {key: _field(draft, number, key, each, beside_secret=secret) for key, each in value.items()}
        return "{" + ", ".join(f"{text_of(key)}: {text}" for key, text in inner.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(draft, number, each, place) for each in value) + "]"
    origin = origin_of(value, place, draft.calls, number)
    if origin is not None:
        taken = _taken(draft, origin)
        return f"str({taken})" if isinstance(value, str) and _is_number(draft, origin) else taken
    call = draft.calls[number]
    beside = call.kind == "form" and any(is_secret(key) for key, _ in call.body)
    if isinstance(value, str) and (is_secret(place) or (beside and WHO.search(place))):
        return _secret(draft, place)
    return text_of(value) if isinstance(value, str) else repr(value)


def _field(draft: Draft, number: int, key: str, value: Any, *, beside_secret: bool) -> str:
    if isinstance(value, str) and beside_secret and WHO.search(key):
        return _secret(draft, key)
    return _value(draft, number, value, key)


def _inline(origin: Origin | None) -> Origin | None:
    """An origin that may stand between the braces of an f-string, where neither quotes nor backslashes may."""
    fits = origin is not None and all(isinstance(step, int) or _SIMPLE.fullmatch(step) for step in origin.path)
    return origin if fits else None


def _is_number(draft: Draft, origin: Origin) -> bool:
    found = dict(leaves(draft.calls[origin.call].json)) if origin.path else {}
    return isinstance(found.get(origin.path), (int, float))


def _secret(draft: Draft, place: str) -> str:
    """The name in the script of a value that comes from the environment."""
    name = _WORD.sub("_", place).strip("_").upper() or "SECRET"
    name = f"SECRET_{name}" if name[0].isdigit() else name
    draft.secrets.setdefault(f"LOGIN_{name}", name)
    return name


def _taken(draft: Draft, origin: Origin, quotes: str = '"') -> str:
    """Python that takes a value out of an earlier answer."""
    if origin.pattern:
        return draft.found[origin]
    steps = (f"[{step}]" if isinstance(step, int) else f"[{text_of(step, quotes)}]" for step in origin.path)
    return f"{draft.names[origin.call]}.json()" + "".join(steps)


def origins(draft: Draft, number: int) -> list[tuple[Origin, str]]:
    """Where the values of one request come from, each with the place that it stands in."""
    call = draft.calls[number]
    segments = call.route.split("/")
    places = [(segment, segments[at - 1] if at else "") for at, segment in enumerate(segments)]
    places += [(value, key) for key, value in call.query]
    places += [(value.rpartition(" ")[2], name) for name, value in call.headers.items()]
    if call.kind == "form":
        places += [(value, key) for key, value in call.body]
    elif call.kind == "json":
        places += [(value, _name_in(path)) for path, value in leaves(call.body)]
    found = ((origin_of(value, place, draft.calls, number), place) for value, place in places)
    return [(origin, place) for origin, place in found if origin is not None]


def _name_in(path: tuple[str | int, ...]) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def about(call: Call) -> str:
    """A name for an answer: what it is about."""
    words = [segment for segment in call.route.split("/") if segment and not is_id(segment)]
    about = _WORD.sub("_", words[-1]).strip("_").lower() if words else "page"
    one = call.method == "POST" or is_id(call.route.rpartition("/")[2])
    return about.removesuffix("s") if one else about


def free_name(name: str, taken: list[str]) -> str:
    """A variable of this name, or with a number behind it; it is taken from now on."""
    base = name if name.isidentifier() and not keyword.iskeyword(name) and name not in _OURS else f"the_{name}"
    base = base if base.isidentifier() else "answer"
    numbered = (base if count == 1 else f"{base}_{count}" for count in count_from(1))
    free = next(each for each in numbered if each not in taken)
    taken.append(free)
    return free


def _braced(text: str) -> str:
    """A text as it stands inside of an f-string in double quotes."""
    return repr(text)[1:-1].replace('"', '\\"').replace("{", "{{").replace("}", "}}")


def text_of(text: str, quotes: str = '"') -> str:
    """A Python text, in double quotes unless these are taken."""
    plain = repr(text)
    if quotes == '"' and plain.startswith("'") and '"' not in plain:
        return f'"{plain[1:-1]}"'
    return plain


def is_id(segment: str) -> bool:
    return segment.isdigit() or (is_volatile(segment) and any(sign.isdigit() for sign in segment))


def told(text: str) -> str:
    """A text as it may stand in a docstring or comment: one line, without quotes and backslashes."""
    return " ".join(re.sub(r'["\\]', "'", text).split())[:200]


def pattern_of(origin: Origin) -> str:
    """The regular expression of an origin as Python: a raw text where that is possible."""
    raw = f"r'{origin.pattern}'" if "'" not in origin.pattern else f"r'''{origin.pattern}'''"
    plain = origin.pattern.isprintable() and "'''" not in origin.pattern and origin.pattern[-1:] not in ("\\", "'")
    return raw if plain else repr(origin.pattern)
