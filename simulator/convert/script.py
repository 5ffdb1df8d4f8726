"""Calls as a journey file: readable Python that runs."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count as count_from
from typing import Any
from urllib.parse import quote

from simulator.contract.volatile import is_secret, is_volatile
from simulator.convert.call import Call, Recording
from simulator.convert.correlation import Origin, leaves, origin_of

PAUSE_S = 0.5
"""So long nothing happened: the user was thinking, and a new step begins."""

LONGEST_PAUSE_S = 60.0
WIDTH = 108
WHO = re.compile(r"user|login|e-?mail|account", re.IGNORECASE)
"""Names of fields that say who logs in, beside a secret."""

_WORD = re.compile(r"[^0-9a-zA-Z]+")
_OURS = frozenset({"re", "time", "random", "check", "think", "self", "secret", "journey", "between"})


@dataclass
class _Draft:
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


def script_of(recording: Recording, name: str, *, made_from: str) -> str:
    """A journey file.

    Args:
        recording: what to do.
        name: of the journey; the user class is named after it.
        made_from: the file that it was recorded into, for the docstring.
    """
    draft = _Draft(recording.calls)
    for number in range(len(recording.calls)):
        for origin, place in _origins(draft, number):
            draft.names.setdefault(origin.call, "")
            if origin.pattern:
                draft.found.setdefault(origin, place)
    taken: list[str] = []
    for number in sorted(draft.names):
        draft.names[number] = _free(_about(recording.calls[number]), taken)
    for origin, place in draft.found.items():
        draft.found[origin] = _free(_WORD.sub("_", place).strip("_").lower() or "found", taken)
    body = [line for lines in _steps(draft) for line in lines]
    return "\n".join([*_head(recording, draft, body, made_from), *_class(name), *body, ""])


def _head(recording: Recording, draft: _Draft, body: Sequence[str], made_from: str) -> list[str]:
    """Everything above the class."""
    left_out = ["", "Not in it:", "", *(f"- {what}" for what in recording.left_out)] if recording.left_out else []
    opening = f'"""Made from {made_from} ({recording.host}).'
    lines = [opening, *left_out, '"""'] if left_out else [f'{opening}"""']
    text = "\n".join(body)
    thinks, checks = "think(" in text, "check(" in text
    standard = [module for module, used in (("random", thinks), ("re", draft.found), ("time", thinks)) if used]
    ours = ["ApiUser", "between", *(["check"] if checks else []), "journey", *(["secret"] if draft.secrets else [])]
    lines += ["", *(f"import {module}" for module in standard)] if standard else []
    lines += ["", f"from simulator import {', '.join(ours)}"]
    lines += (
        ["", *(f'{name} = secret("{variable}")' for variable, name in draft.secrets.items())] if draft.secrets else []
    )
    lines += ["", "THINK = 1.0  # 0 leaves the pauses of the recording out, 2 doubles them"] if thinks else []
    return [*lines, *(_THINK.splitlines() if thinks else []), "", ""]


_THINK = '''

def think(seconds):
    """Waits about as long as the recorded user did."""
    time.sleep(THINK * seconds * random.uniform(0.8, 1.2))'''


def _class(name: str) -> list[str]:
    words = [word for word in _WORD.split(name) if word] or ["recorded"]
    method = "_".join(word.lower() for word in words)
    method = method if method.isidentifier() and not method[0].isdigit() else f"journey_{method}"
    title = "".join(word[:1].upper() + word[1:] for word in words)
    title = title if title.isidentifier() else f"User{title}"
    return [f"class {title}(ApiUser):", "    wait_time = between(1, 3)", "", "    @journey", f"    def {method}(self):"]


def _steps(draft: _Draft) -> list[list[str]]:
    """The lines of each step, with the pause before it."""
    steps: list[list[str]] = []
    before: Call | None = None
    for number, call in enumerate(draft.calls):
        pause_s = 0.0 if before is None else call.started_s - before.ended_s
        if before is None or call.opens or call.step or pause_s >= PAUSE_S:
            thought = f"        think({min(pause_s, LONGEST_PAUSE_S):.1f})"
            steps.append([thought] if pause_s >= PAUSE_S else [])
            steps[-1].append(f"        with self.step({_text(_step_name(call))}):")
        lookups = [
            f"{name} = re.search(r'''{origin.pattern}''', {draft.names[number]}.text)[1]"
            for origin, name in draft.found.items()
            if origin.call == number
        ]
        steps[-1] += [f"            {line}" for line in (*_request(draft, number), *lookups)]
        before = call
    return steps


def _step_name(call: Call) -> str:
    if call.step:
        return call.step
    segments = ["{id}" if _is_id(segment) else segment for segment in call.route.split("/")]
    return f"open {'/'.join(segments)}" if call.opens else f"{call.method} {'/'.join(segments)}"


def _is_id(segment: str) -> bool:
    return segment.isdigit() or (is_volatile(segment) and any(sign.isdigit() for sign in segment))


def _request(draft: _Draft, number: int) -> list[str]:
    """The lines of one request."""
    call, wanted = draft.calls[number], draft.names.get(number)
    arguments = [_address(draft, number), *_parameters(draft, number), *_sent(draft, number)]
    known = call.method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
    function = f"self.client.{call.method.lower()}" if known else "self.client.request"
    arguments = arguments if known else [_text(call.method), *arguments]
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


def _address(draft: _Draft, number: int) -> str:
    call = draft.calls[number]
    parts, dynamic, before = [], False, ""
    for segment in call.route.split("/"):
        origin = origin_of(segment, before, draft.calls, number)
        dynamic = dynamic or origin is not None
        parts.append(_braced(segment) if origin is None else "{" + _taken(draft, origin, "'") + "}")
        before = segment
    fixed_query = call.path.partition("?")[2] if not _dynamic_query(draft, number) else ""
    path = "/".join(parts) + (f"?{fixed_query if not dynamic else _braced(fixed_query)}" if fixed_query else "")
    return f'f"{path}"' if dynamic else _text(call.route + (f"?{fixed_query}" if fixed_query else ""))


def _dynamic_query(draft: _Draft, number: int) -> bool:
    return any(origin_of(value, key, draft.calls, number) for key, value in draft.calls[number].query)


def _parameters(draft: _Draft, number: int) -> list[str]:
    if not _dynamic_query(draft, number):
        return []
    call = draft.calls[number]
    pairs = [f"{_text(key)}: {_value(draft, number, value, key)}" for key, value in call.query]
    return [f"params={{{', '.join(pairs)}}}"]


def _sent(draft: _Draft, number: int) -> list[str]:
    """The body and headers of a request, as arguments."""
    call = draft.calls[number]
    sent = []
    if call.kind == "json":
        sent.append(f"json={_value(draft, number, call.body, '')}")
    elif call.kind == "form":
        pairs = [f"({_text(key)}, {_value(draft, number, value, key)})" for key, value in call.body]
        names = [key for key, _ in call.body]
        as_mapping = len(set(names)) == len(names)
        fields = [f"{_text(key)}: {_value(draft, number, value, key)}" for key, value in call.body]
        sent.append(f"data={{{', '.join(fields)}}}" if as_mapping else f"data=[{', '.join(pairs)}]")
    elif call.kind == "raw":
        sent.append(f"data={str(call.body)!r}")
    headers = [f"{_text(name)}: {_header(draft, number, name, value)}" for name, value in call.headers.items()]
    return [*sent, f"headers={{{', '.join(headers)}}}"] if headers else sent


def _header(draft: _Draft, number: int, name: str, value: str) -> str:
    scheme, blank, rest = value.rpartition(" ")
    origin = origin_of(rest, name, draft.calls, number)
    if origin is not None:
        return f'f"{_braced(scheme + blank)}{{{_taken(draft, origin, chr(39))}}}"' if scheme else _taken(draft, origin)
    return _secret(draft, name) if is_secret(name) else _text(value)


def _value(draft: _Draft, number: int, value: Any, place: str) -> str:
    """A value of a request as Python: taken from an answer, from the environment, or as it was."""
    if isinstance(value, dict):
        secret = any(is_secret(key) for key in value)
        inner = {key: _field(draft, number, key, each, beside_secret=secret) for key, each in value.items()}
        return "{" + ", ".join(f"{_text(key)}: {text}" for key, text in inner.items()) + "}"
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
    return _text(value) if isinstance(value, str) else repr(value)


def _field(draft: _Draft, number: int, key: str, value: Any, *, beside_secret: bool) -> str:
    if isinstance(value, str) and beside_secret and WHO.search(key):
        return _secret(draft, key)
    return _value(draft, number, value, key)


def _is_number(draft: _Draft, origin: Origin) -> bool:
    found = dict(leaves(draft.calls[origin.call].json)) if origin.path else {}
    return isinstance(found.get(origin.path), (int, float))


def _secret(draft: _Draft, place: str) -> str:
    """The name in the script of a value that comes from the environment."""
    name = _WORD.sub("_", place).strip("_").upper() or "SECRET"
    draft.secrets.setdefault(f"LOGIN_{name}", name)
    return name


def _taken(draft: _Draft, origin: Origin, quotes: str = '"') -> str:
    """Python that takes a value out of an earlier answer."""
    if origin.pattern:
        return draft.found[origin]
    steps = (f"[{step}]" if isinstance(step, int) else f"[{_text(step, quotes)}]" for step in origin.path)
    return f"{draft.names[origin.call]}.json()" + "".join(steps)


def _origins(draft: _Draft, number: int) -> list[tuple[Origin, str]]:
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


def _about(call: Call) -> str:
    """A name for an answer: what it is about."""
    words = [segment for segment in call.route.split("/") if segment and not _is_id(segment)]
    about = _WORD.sub("_", words[-1]).strip("_").lower() if words else "page"
    one = call.method == "POST" or _is_id(call.route.rpartition("/")[2])
    return about.removesuffix("s") if one else about


def _free(name: str, taken: list[str]) -> str:
    """A variable of this name, or with a number behind it; it is taken from now on."""
    base = name if name.isidentifier() and not keyword.iskeyword(name) and name not in _OURS else f"the_{name}"
    base = base if base.isidentifier() else "answer"
    numbered = (base if count == 1 else f"{base}_{count}" for count in count_from(1))
    free = next(each for each in numbered if each not in taken)
    taken.append(free)
    return free


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}").replace('"', quote('"'))


def _text(text: str, quotes: str = '"') -> str:
    """A Python text, in double quotes unless these are taken."""
    plain = repr(text)
    if quotes == '"' and plain.startswith("'") and '"' not in plain:
        return f'"{plain[1:-1]}"'
    return plain
