"""A stub file: everything that a virtual service is, read with every mistake at once."""

from __future__ import annotations

import binascii
import csv
import importlib
import os
import sys
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from simulator.contract.source import contracts_among, read_sources
from simulator.document import parse_document, read_document
from simulator.errors import FileError, Problem, UsageError, did_you_mean
from simulator.node import Node, Problems
from simulator.virtual.answer import AnswerSpec, Function
from simulator.virtual.behaviour import Behaviour, built_in, read_behaviours, read_count, read_throughput
from simulator.virtual.demand import read_demands
from simulator.virtual.latency import NONE, Latency, read_latency
from simulator.virtual.path import read_path
from simulator.virtual.stub import ANY_METHOD, Scenario, Stub
from simulator.virtual.template import Rows, compile_text, compile_tree
from simulator.virtual.yaml_form import as_yaml

FILE_KEYS = ("service", "match", "strict", "seed", "latency", "throughput", "concurrency", "queue", "data",
             "behaviours", "on", "stubs")  # fmt: skip
STUB_KEYS = ("name", "request", "answer", "answers", "repeat", "scenario", "latency", "priority")
REQUEST_KEYS = ("method", "path", "query", "headers", "body", "json", "json_path", "schema")
ANSWER_KEYS = ("status", "headers", "body", "json", "file", "content", "function")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", ANY_METHOD)
_TYPES = {".json": "application/json", ".html": "text/html; charset=utf-8", ".txt": "text/plain; charset=utf-8",
          ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png",
          ".xml": "application/xml", ".jpg": "image/jpeg"}  # fmt: skip


@dataclass(frozen=True)
class StubFile:
    """A virtual service as written.

    Attributes:
        name: what it stands for.
        stubs: in order.
        behaviours: name → behaviour, the built-in ones included.
        on: the behaviours that are on from the start.
        best: the most demanding stub answers, not the first that fits.
        strict: a request that no stub answers fails the run.
        seed: for everything random.
        latency: of stubs that have none of their own.
        limits: throughput and concurrency of the whole service, as a behaviour that is always on; `None` for none.
        refused: what a foreign file asks for and is not honoured, in words.
    """

    name: str
    stubs: tuple[Stub, ...] = ()
    behaviours: Mapping[str, Behaviour] = field(default_factory=built_in)
    on: tuple[str, ...] = ()
    best: bool = False
    strict: bool = False
    seed: int = 1
    latency: Latency = NONE
    limits: Behaviour | None = None
    refused: tuple[str, ...] = ()

    def behaviour(self, name: str) -> Behaviour:
        """The behaviour of a name.

        Raises:
            UsageError: there is none.
        """
        if name not in self.behaviours:
            hint = did_you_mean(name, list(self.behaviours))
            raise UsageError(f"{self.name} has no behaviour {name!r}", hint=hint)
        return self.behaviours[name]


def load_stub_file(path: Path, environ: Mapping[str, str] | None = None) -> StubFile:
    """The virtual service in a file: our YAML, or a foreign format (see `simulator.virtual.reading`).

    Raises:
        FileError: with every mistake of the file.
    """
    from simulator.virtual.pact import is_contract, stub_file_of_contract

    if is_contract(path):
        return stub_file_of_contract(contracts_among(read_sources([path]))[0])
    if path.suffix not in (".yaml", ".yml") or path.is_dir():
        from simulator.virtual.reading import read_foreign

        plain, refused = read_foreign(path)
        return stub_file_of(plain, str(path), path.parent, refused)
    problems = Problems()
    node = read_document(path, environ=os.environ if environ is None else environ, problems=problems)
    if not problems and node.get("openapi") is not None:
        from simulator.virtual.reading import read_foreign

        plain, refused = read_foreign(path)
        return stub_file_of(plain, str(path), path.parent, refused)
    read = _Reader(problems, path.parent, path.stem).file(node)
    problems.raise_if_any()
    return read


def stub_file_of(plain: Mapping[str, Any], file: str, folder: Path, refused: tuple[str, ...] = ()) -> StubFile:
    """The virtual service that a plain value describes, in the form of a stub file.

    Raises:
        FileError: with every mistake.
    """
    problems = Problems()
    node = parse_document(as_yaml(plain), file, environ={}, problems=problems)
    read = _Reader(problems, folder, Path(file).stem, refused).file(node)
    problems.raise_if_any()
    return read


class _Reader:
    """Reads one file."""

    def __init__(self, problems: Problems, folder: Path, name: str, refused: tuple[str, ...] = ()) -> None:
        self._problems = problems
        self._folder = folder
        self._name = name
        self._refused = refused
        self._rows: Rows = {}

    def file(self, node: Node) -> StubFile:
        if node.kind == "nothing":
            if not self._problems:
                node.problem("a stub file has `stubs`")
            return StubFile(self._name)
        node.mapping(FILE_KEYS, required=("stubs",))
        name, match, strict, seed, latency = (
            node.get(key) for key in ("service", "match", "strict", "seed", "latency")
        )
        self._rows = self._data(node.get("data"))
        behaviours = read_behaviours(node.get("behaviours"))
        stubs = node.get("stubs")
        made = tuple(self._stub(child, at) for at, child in enumerate(stubs.items(), 1)) if stubs else ()
        self._check_names(made, stubs, behaviours, node)
        on = node.get("on")
        return StubFile(
            name=name.text() if name else self._name,
            stubs=made,
            behaviours=behaviours,
            on=tuple(each.choice(tuple(behaviours)) for each in on.one_or_more()) if on else (),
            best=match.choice(("first", "best"), "first") == "best" if match else False,
            strict=strict.boolean() if strict else False,
            seed=seed.integer(1) if seed else 1,
            latency=read_latency(latency) if latency else NONE,
            limits=_limits(node),
            refused=self._refused,
        )

    def _check_names(
        self, made: tuple[Stub, ...], stubs: Node | None, behaviours: Mapping[str, Behaviour], node: Node
    ) -> None:
        names: set[str] = set()
        for stub, child in zip(made, stubs.children if stubs else (), strict=False):
            if stub.name in names:
                child.problem(f"two stubs are called {stub.name!r}")
            names.add(stub.name)
        own = node.get("behaviours")
        for behaviour in behaviours.values():
            for name in behaviour.stubs:
                if name not in names and own is not None:
                    own.entries[behaviour.name].problem(f"behaviour {behaviour.name!r}: there is no stub {name!r}")

    def _data(self, node: Node | None) -> Rows:
        return {name: self._table(value) for name, value in node.mapping().items()} if node else {}

    def _table(self, node: Node) -> tuple[Mapping[str, str], ...]:
        if node.kind == "list":
            return tuple({k: v.text() for k, v in row.mapping().items()} for row in node.items())
        try:
            with (self._folder / node.text()).open(newline="", encoding="utf-8-sig") as file:
                return tuple(dict(row) for row in csv.DictReader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            node.problem(f"cannot be read: {error}")
            return ()

    def _stub(self, node: Node, at: int) -> Stub:
        node.mapping(STUB_KEYS)
        request = node.get("request")
        entries = request.mapping(REQUEST_KEYS) if request else {}
        method = entries["method"].parsed(_method, ANY_METHOD) if "method" in entries else ANY_METHOD
        path = read_path(request.get("path") if request else None)
        name, latency, priority, repeat = (node.get(key) for key in ("name", "latency", "priority", "repeat"))
        return Stub(
            name=name.text() if name else f"{method} {path.text} ({at})",
            method=method,
            path=path,
            demands=tuple(read_demands(request)) if request else (),
            answers=self._answers(node),
            repeats=repeat.boolean() if repeat else False,
            scenario=_scenario(node.get("scenario")),
            latency=read_latency(latency) if latency else None,
            priority=priority.integer(5) if priority else 5,
        )

    def _answers(self, node: Node) -> tuple[AnswerSpec, ...]:
        single, several = node.get("answer"), node.get("answers")
        if single is not None and several is not None:
            several.problem("a stub has either an `answer` or `answers`")
        if several is not None:
            return tuple(self._answer(each) for each in several.items()) or (AnswerSpec(),)
        return (self._answer(single) if single is not None else AnswerSpec(),)

    def _answer(self, node: Node) -> AnswerSpec:
        entries = node.mapping(ANSWER_KEYS)
        bodies = [key for key in ("body", "json", "file", "content", "function") if key in entries]
        if len(bodies) > 1:
            node.problem(
                f"an answer has one of body, json, file, content and function, this has {' and '.join(bodies)}"
            )
        status = entries["status"].integer(200) if "status" in entries else 200
        if not 200 <= status <= 599:
            entries["status"].problem(f"{status} is no status of an answer")
        function = _function(entries["function"], self._folder) if "function" in entries else None
        body, content_type = self._body(entries)
        headers = tuple((n, self._text(v)) for n, v in node.entries["headers"].mapping().items()) \
            if node.get("headers") else ()  # fmt: skip
        if content_type and not any(name.lower() == "content-type" for name, _ in headers):
            headers = (("Content-Type", content_type), *headers)
        return AnswerSpec(status, headers, body, "json" in entries, function)

    def _body(self, entries: Mapping[str, Node]) -> tuple[Any, str]:
        if "json" in entries:
            made = entries["json"].typed()
            try:
                tree = compile_tree(made, self._rows)
            except ValueError as error:
                entries["json"].problem(str(error))
                return b"", ""
            return tree if callable(tree) else orjson.dumps(tree), "application/json"
        if "body" in entries:
            text = self._text(entries["body"])
            return text if callable(text) else text.encode(), "text/plain; charset=utf-8"
        if "content" in entries:
            return entries["content"].parsed(_decoded, b""), ""
        if "file" in entries:
            return self._file(entries["file"])
        return b"", ""

    def _file(self, node: Node) -> tuple[bytes, str]:
        path = self._folder / node.text()
        try:
            return path.read_bytes(), _TYPES.get(path.suffix, "application/octet-stream")
        except OSError as error:
            node.problem(f"cannot be read: {error.strerror or error}")
            return b"", ""

    def _compiled(self, text: str) -> Any:
        return compile_text(text, self._rows)

    def _text(self, node: Node) -> Any:
        return node.parsed(self._compiled, "") if node.kind == "text" else ""


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"content is base64: {error}") from error


def _method(text: str) -> str:
    if text.upper() not in METHODS:
        raise ValueError(f"{text!r} is no method; known: {', '.join(METHODS)}")
    return text.upper()


def _scenario(node: Node | None) -> Scenario | None:
    if node is None:
        return None
    entries = node.mapping(("name", "when", "then"), required=("name",))
    name, when, then = (entries[key].text() if key in entries else None for key in ("name", "when", "then"))
    return Scenario(name or "", when, then)


def _limits(node: Node) -> Behaviour | None:
    throughput, concurrency, queue = (node.get(key) for key in ("throughput", "concurrency", "queue"))
    if throughput is None and concurrency is None:
        return None
    return Behaviour(
        "limits",
        bytes_per_s=read_throughput(throughput) if throughput else None,
        concurrency=read_count(concurrency) if concurrency else None,
        queue=queue.integer(1000) if queue else 1000,
    )


def _function(node: Node, folder: Path) -> Function | None:
    """The function `module:name`, looked for beside the stub file first."""
    module_name, _, name = node.text().partition(":")
    here = str(folder.resolve())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        made = getattr(importlib.import_module(module_name), name)
    except Exception as error:
        node.problem(f"{node.text()!r} cannot be imported: {type(error).__name__}: {error}",
                     "write it like module:function, the module beside this file")  # fmt: skip
        return None
    if not callable(made):
        node.problem(f"{node.text()!r} is no function")
        return None
    return made  # type: ignore[no-any-return]


def problem(file: str, message: str, hint: str | None = None) -> FileError:
    """One mistake of a file as a whole."""
    return FileError([Problem(file, 0, 0, message, hint)])
