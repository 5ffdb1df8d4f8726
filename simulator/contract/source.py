"""Contracts by their files: Pact, our own YAML, or an OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from simulator.contract.content import content_of
from simulator.contract.interaction import Contract
from simulator.contract.openapi.description import Description, parse_description
from simulator.contract.pact.read import parse_pact
from simulator.contract.recognised import SUFFIXES, is_description
from simulator.contract.written import parse_written, read_written
from simulator.errors import FileError, Problem, UsageError

Source = Contract | Description


def read_source(path: Path) -> Source:
    """What a file promises.

    Raises:
        FileError: with every mistake of it.
    """
    content = content_of(path)
    if path.suffix in (".yaml", ".yml") and not is_description(content):
        return read_written(path)
    return parse_source(content, str(path))


def parse_source(content: bytes, file: str) -> Source:
    """What a file's content promises.

    Raises:
        FileError: with every mistake of it.
    """
    if is_description(content):
        return parse_description(content, file)
    return parse_written(content, file) if file.endswith((".yaml", ".yml")) else parse_pact(content, file)


def read_sources(paths: Iterable[Path]) -> list[Source]:
    """What files, and all files of folders, promise.

    Raises:
        FileError: with every mistake of all of them.
        UsageError: there is none.
    """
    files = [file for path in paths for file in files_of(path)]
    problems: list[Problem] = []
    found: list[Source] = []
    for file in files:
        try:
            found.append(read_source(file))
        except FileError as error:
            problems += error.problems
    if problems:
        raise FileError(problems)
    if not found:
        raise UsageError("there is no contract", hint="name a Pact file, a contract in YAML or an OpenAPI description")
    return found


def files_of(path: Path) -> list[Path]:
    """The contracts in a folder, or the file itself."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and not file.name.startswith("."))


def contracts_among(sources: Iterable[Source]) -> list[Contract]:
    """Those that are made of interactions."""
    return [source for source in sources if isinstance(source, Contract)]
