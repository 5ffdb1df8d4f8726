"""Reads Pact files of versions 2, 3 and 4; every mistake has its place in the file."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from simulator.contract.body import MISSING, Body, header
from simulator.contract.content import content_of
from simulator.contract.interaction import (
    Contract,
    Interaction,
    Message,
    ProviderState,
    Request,
    Response,
    Values,
    Version,
)
from simulator.contract.matching.message import form_values
from simulator.contract.matching.rules import Rules
from simulator.contract.pact.place import Path, places_of
from simulator.contract.pact.rules_form import read_rules
from simulator.errors import FileError, Problem, did_you_mean, understood

MOST_BYTES = 50_000_000
TYPES = ("Synchronous/HTTP", "Asynchronous/Messages")
_OLD_RULE = re.compile(r"\$\.(body|headers?|query|path)(.*)", re.DOTALL)


def read_pact(path: FilePath) -> Contract:
    """The contract in a Pact file.

    Raises:
        FileError: with every mistake, each with its place.
    """
    return parse_pact(content_of(path), str(path))


def parse_pact(content: bytes, file: str) -> Contract:
    """The contract in a Pact file's content.

    Raises:
        FileError: with every mistake, each with its place.
    """
    if len(content) > MOST_BYTES:
        raise FileError([Problem(file, 0, 0, f"is larger than {MOST_BYTES // 1_000_000} MB")])
    try:
        text = content.decode("utf-8-sig")
        plain = json.loads(text)
    except UnicodeDecodeError as error:
        raise FileError([Problem(file, 0, 0, "is not UTF-8 text")]) from error
    except json.JSONDecodeError as error:
        raise FileError([Problem(file, error.lineno, error.colno, f"this is not JSON: {error.msg}")]) from error
    except RecursionError as error:
        raise FileError([Problem(file, 0, 0, "is nested too deeply")]) from error
    reader = PactReader(file, text)
    with understood(file):
        contract = reader.contract(plain)
    if reader.problems:
        raise FileError(reader.problems)
    return contract


class PactReader:
    """Reads one file.

    Args:
        file: its name, for problems.
        text: its text, for their places.

    Attributes:
        problems: mistakes found so far.
    """

    def __init__(self, file: str, text: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._text = text

    def contract(self, plain: Any) -> Contract:
        """The contract of a whole file."""
        if not isinstance(plain, Mapping):
            self._wrong((), "a Pact file is a JSON object")
            return Contract("", "")
        version = self._version(plain)
        interactions = [
            made
            for n, each in enumerate(self._list(plain, "interactions", ()))
            if (made := self._interaction(each, ("interactions", n), version))
        ]
        messages = self._list(plain, "messages", ()) if version == "3" else []
        interactions += [
            made for n, each in enumerate(messages) if (made := self._old_message(each, ("messages", n), version))
        ]
        if "interactions" not in plain and "messages" not in plain:
            self._wrong((), "there are neither interactions nor messages")
        return Contract(
            self._name(plain, "consumer"), self._name(plain, "provider"), tuple(interactions),
            "3" if version in ("2", "3") else "4", self._mapping(plain, "metadata", ()), self._file,
        )  # fmt: skip

    def request(self, plain: Any, at: Path, version: str = "4") -> Request:
        """A request."""
        headers = self._values(plain, "headers", at)
        rules = self._rules(plain, at, version)
        method, path = plain.get("method", "GET"), plain.get("path", "/")
        if not isinstance(method, str) or not isinstance(path, str):
            self._wrong(at, "method and path are texts")
        return Request(
            str(method).upper(), str(path), self._query(plain, at), headers, self._body(plain, at, headers, version),
            rules["path"], rules["query"], rules["header"], rules["body"], plain.get("generators") or {},
        )  # fmt: skip

    def response(self, plain: Any, at: Path, version: str = "4") -> Response:
        """An answer."""
        headers = self._values(plain, "headers", at)
        rules = self._rules(plain, at, version)
        status = plain.get("status", 200)
        if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
            self._wrong((*at, "status"), f"{status!r} is no status")
            status = 200
        return Response(
            status, headers, self._body(plain, at, headers, version),
            rules["status"], rules["header"], rules["body"], plain.get("generators") or {},
        )  # fmt: skip

    def message(self, plain: Mapping[str, Any], at: Path, version: str = "4") -> Message:
        """A message."""
        metadata = plain.get("metadata") or plain.get("metaData") or {}
        content_type = next((str(v) for k, v in metadata.items() if k.lower().replace("-", "") == "contenttype"), "")
        rules = self._rules(plain, at, version)
        if version == "4":
            contents = self._body_of(plain.get("contents", ...), (*at, "contents"), content_type)
        else:
            contents = _plain_body(plain.get("contents", ...), content_type)
        return Message(contents, metadata, rules["body"], rules["metadata"], plain.get("generators") or {})

    def _version(self, plain: Mapping[str, Any]) -> str:
        metadata = self._mapping(plain, "metadata", ())
        said = metadata.get("pactSpecification") or metadata.get("pact-specification") or {}
        version = said.get("version") if isinstance(said, Mapping) else said
        version = version or metadata.get("pactSpecificationVersion")
        if version is None:
            self._wrong(
                ("metadata",) if "metadata" in plain else (),
                "the version of the Pact specification is missing",
                'write "metadata": {"pactSpecification": {"version": "4.0"}}',
            )
            return "4"
        major = str(version).partition(".")[0]
        if major not in ("2", "3", "4"):
            at: Path = ("metadata", "pactSpecification", "version")
            self._wrong(at, f"version {version!r} of the Pact specification is not known", "known: 2, 3, 4")
            return "4"
        return major

    def _interaction(self, plain: Any, at: Path, version: str) -> Interaction | None:
        if not isinstance(plain, Mapping):
            self._wrong(at, "an interaction is an object")
            return None
        kind = plain.get("type", TYPES[0])
        if kind not in TYPES:
            self._wrong((*at, "type"), f"interactions of type {kind!r} are not known", did_you_mean(str(kind), TYPES))
            return None
        if kind == TYPES[1]:
            return self._made(plain, at, message=self.message(plain, at, version))
        for part in ("request", "response"):
            if not isinstance(plain.get(part), Mapping):
                self._wrong((*at, part) if part in plain else at, f"{part!r} is missing")
                return None
        return self._made(
            plain, at,
            request=self.request(plain["request"], (*at, "request"), version),
            response=self.response(plain["response"], (*at, "response"), version),
        )  # fmt: skip

    def _old_message(self, plain: Any, at: Path, version: str) -> Interaction | None:
        if not isinstance(plain, Mapping):
            self._wrong(at, "a message is an object")
            return None
        return self._made(plain, at, message=self.message(plain, at, version))

    def _made(self, plain: Mapping[str, Any], at: Path, **parts: Any) -> Interaction:
        description = plain.get("description")
        if not isinstance(description, str) or not description:
            self._wrong((*at, "description") if "description" in plain else at, "a description is missing")
        comments = plain.get("comments")
        return Interaction(
            str(description), self._states(plain, at), pending=plain.get("pending") is True,
            comments=comments if isinstance(comments, Mapping) else {}, place=self._places.get(at, (0, 0)), **parts,
        )  # fmt: skip

    def _states(self, plain: Mapping[str, Any], at: Path) -> tuple[ProviderState, ...]:
        states = plain.get("providerStates")
        if states is None:
            old = plain.get("providerState") or plain.get("provider_state")
            return (ProviderState(str(old)),) if old else ()
        if isinstance(states, str):
            return (ProviderState(states),)
        found = []
        for n, state in enumerate(states if isinstance(states, list) else []):
            if isinstance(state, Mapping) and isinstance(state.get("name"), str):
                found.append(ProviderState(state["name"], state.get("params") or {}))
            else:
                self._wrong((*at, "providerStates", n), "a provider state has a name")
        return tuple(found)

    def _query(self, plain: Mapping[str, Any], at: Path) -> Values:
        query = plain.get("query")
        return form_values(query) if isinstance(query, str) else self._values(plain, "query", at)

    def _values(self, plain: Mapping[str, Any], key: str, at: Path) -> dict[str, tuple[str, ...]]:
        return {
            str(name): tuple(map(str, value)) if isinstance(value, list) else (str(value),)
            for name, value in self._mapping(plain, key, at).items()
        }

    def _body(self, plain: Mapping[str, Any], at: Path, headers: Values, version: str) -> Body:
        content_type = header(headers, "content-type")
        if version == "4":
            return self._body_of(plain.get("body", ...), (*at, "body"), content_type)
        return _plain_body(plain.get("body", ...), content_type)

    def _body_of(self, plain: Any, at: Path, content_type: str) -> Body:
        """A body of version 4: an object with `content`, `contentType` and `encoded`."""
        if plain is ...:
            return MISSING
        if plain is None:
            return Body("null", content_type=content_type)
        if not isinstance(plain, Mapping) or "content" not in plain:
            self._wrong(at, "a body of version 4 is an object with `content`")
            return MISSING
        content_type, encoded = plain.get("contentType") or content_type, plain.get("encoded", False)
        if encoded in (False, None, "JSON", "json") or not isinstance(plain["content"], str):
            return _plain_body(plain["content"], content_type)
        try:
            return Body.of_bytes(b64decode(plain["content"], validate=True), content_type)
        except ValueError as error:
            self._wrong((*at, "content"), f"is no base64: {error}")
            return MISSING

    def _rules(self, plain: Mapping[str, Any], at: Path, version: str) -> dict[str, Rules]:
        given, at = self._mapping(plain, "matchingRules", at), (*at, "matchingRules")
        if version == "2" or any(key.startswith("$") for key in given):
            given = _modern(given)
        kinds = {"path": False, "query": True, "header": True, "body": False, "status": False, "metadata": True}
        found = {
            kind: read_rules(given.get(kind), (*at, kind), self._wrong, named=named) for kind, named in kinds.items()
        }
        if "content" in given:
            found["body"] = read_rules(given["content"], (*at, "content"), self._wrong)
        return found

    def _name(self, plain: Mapping[str, Any], who: str) -> str:
        name = self._mapping(plain, who, ()).get("name")
        if not isinstance(name, str) or not name:
            self._wrong((who,) if who in plain else (), f"the {who} has no name", f'write "{who}": {{"name": "…"}}')
            return ""
        return name

    def _list(self, plain: Mapping[str, Any], key: str, at: Path) -> list[Any]:
        value = plain.get(key, [])
        if not isinstance(value, list):
            self._wrong((*at, key), f"{key!r} is a list")
            return []
        return value

    def _mapping(self, plain: Mapping[str, Any], key: str, at: Path) -> Mapping[str, Any]:
        value = plain.get(key) or {}
        if not isinstance(value, Mapping):
            self._wrong((*at, key), f"{key!r} is an object")
            return {}
        return value

    @cached_property
    def _places(self) -> Mapping[Path, tuple[int, int]]:
        return places_of(self._text)

    def _wrong(self, at: Path, message: str, hint: str | None = None) -> None:
        path = at
        while path and path not in self._places:
            path = path[:-1]
        line, column = self._places.get(path, (0, 0))
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at).lstrip(".")
        self.problems.append(Problem(self._file, line, column, f"{where}: {message}" if where else message, hint))


def _plain_body(plain: Any, content_type: str) -> Body:
    """A body whose value stands in the file as it is."""
    if plain is ...:
        return MISSING
    if plain is None:
        return Body("null", content_type=content_type)
    if plain == "":
        return Body("empty", content_type=content_type)
    if isinstance(plain, str):
        body = Body("present", plain.encode(), content_type)
        return body if not content_type or not body.is_json else Body.of_json(plain, content_type)
    return Body.of_json(plain, content_type or "application/json")


def _modern(given: Mapping[str, Any]) -> dict[str, Any]:
    """Rules of version 2, one path for everything, as those of version 3."""
    found: dict[str, Any] = {}
    for key, value in given.items():
        match = _OLD_RULE.fullmatch(key)
        if match is None:
            found[key] = value
            continue
        rules = {"matchers": [value]} if isinstance(value, Mapping) and "matchers" not in value else value
        part = {"headers": "header"}.get(match[1], match[1])
        if part == "path":
            found["path"] = rules
        else:
            path = f"${match[2]}"
            found.setdefault(part, {})[path if part == "body" else path.removeprefix("$").strip(".[]'\"")] = rules
    return found


__all__ = ["MOST_BYTES", "PactReader", "Version", "parse_pact", "read_pact"]
