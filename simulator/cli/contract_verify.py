"""Whom a contract is held against, and how, from the command line."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from simulator.cli.load_arguments import seconds_of
from simulator.cli.provider_states import Provider, brought_about, read_states
from simulator.contract.compatible import Change, changes
from simulator.contract.interaction import Contract
from simulator.contract.openapi.description import Description
from simulator.contract.openapi.exercise import CHECKS, ExerciseOptions, exercise
from simulator.contract.repository import Repository, Selection, repository_at
from simulator.contract.repository.repository import Kept
from simulator.contract.source import Source, files_of, read_source, read_sources
from simulator.contract.verification import Checked, ProviderOptions, Verification, verify_provider
from simulator.errors import UsageError

CONSUMER_WITHIN_S = 600.0


def verify(arguments: argparse.Namespace) -> Verification:
    """Hold a provider, or a consumer, against contracts.

    Raises:
        UsageError: the command line, or a file, is wrong.
        BringUpError: the provider cannot be brought up, or something is not installed.
        RunError: the verification did not come to its end.
    """
    if arguments.consumer:
        return _consumer(arguments)
    repository, kept = fetched(arguments) if arguments.place else (None, [])
    sources: list[Source] = [each.contract for each in kept]
    if arguments.files or not arguments.place:
        sources += read_sources(arguments.files)
    how, states = _how(arguments), read_states(arguments.states)
    with _provider(arguments.provider) as provider, brought_about(states, provider, sources) as ways:
        how = replace(how, contracts=replace(how.contracts, states=ways))
        found = [held(source, provider.url, how) for source in sources]
    if repository is not None and arguments.provider_version:
        for each, verification in zip(kept, found, strict=False):
            repository.record(each, arguments.provider_version, not verification.broken)
    return sum(found[1:], found[0])


def fetched(arguments: argparse.Namespace) -> tuple[Repository, list[Kept]]:
    """The contracts that a repository has for a provider.

    Raises:
        UsageError: nobody said whose, or there are none.
    """
    if not arguments.provider_name:
        raise UsageError("whose contracts?", hint="--provider-name NAME")
    repository = repository_at(arguments.place, os.environ)
    selection = Selection(arguments.provider_name, arguments.consumer_name, arguments.consumer_version,
                          arguments.tag, arguments.branch)  # fmt: skip
    found = repository.fetch(selection)
    if not found:
        raise UsageError(f"{arguments.place} has no such contract of {arguments.provider_name!r}")
    return repository, found


def compared(old: Path, new: Path) -> Verification:
    """What a change breaks: one file with another, or folders file by file.

    Raises:
        UsageError: there is nothing to compare.
        FileError: a file has mistakes.
    """
    if old.is_dir() != new.is_dir():
        raise UsageError("a folder is compared with a folder, a file with a file")
    if not old.is_dir():
        return _changes_of(read_source(old), read_source(new), new.name)
    olds = {path.relative_to(old): path for path in files_of(old)}
    news = {path.relative_to(new): path for path in files_of(new)}
    both = [name for name in news if name in olds]
    if not both:
        raise UsageError(f"{old} and {new} have no file in common")
    found = [_changes_of(read_source(olds[name]), read_source(news[name]), str(name)) for name in both]
    notes = tuple(f"{name} is only in {old}" for name in olds if name not in news)
    notes += tuple(f"{name} is only in {new}" for name in news if name not in olds)
    return sum(found, Verification((), notes))


def _changes_of(old: Source, new: Source, name: str) -> Verification:
    subject = new.name if isinstance(new, Contract) else new.title or name
    found = changes(old, new)
    if not found:
        words = "nothing has changed" if isinstance(old, Contract) == isinstance(new, Contract) else "is promised"
        return Verification((Checked(subject, "everything", "kept", (words,)),))
    return Verification(tuple(_told(subject, change) for change in found))


def _told(subject: str, change: Change) -> Checked:
    whom = {"provider": "breaks the provider", "consumers": "breaks consumers", "nobody": "breaks nobody"}[
        change.breaks
    ]
    result = "kept" if change.breaks == "nobody" else "broken"
    return Checked(subject, change.place, result, (f"{change.message} ({whom})",))  # type: ignore[arg-type]


@dataclass(frozen=True)
class How:
    """How contracts and descriptions are held against a provider."""

    contracts: ProviderOptions
    descriptions: ExerciseOptions


def _how(arguments: argparse.Namespace) -> How:
    timeout_s = seconds_of("--timeout", arguments.timeout) or 10.0
    headers = _pairs("--header", arguments.header)
    contracts = ProviderOptions(
        headers=headers, secrets=_pairs("--secret", arguments.secret),
        messages=arguments.messages, only=tuple(arguments.only), only_states=tuple(arguments.only_state),
        timeout_s=timeout_s, insecure=arguments.insecure,
    )  # fmt: skip
    checks = tuple(arguments.checks) or CHECKS
    return How(contracts, ExerciseOptions(arguments.examples, checks, headers, timeout_s, "|".join(arguments.only)))


def held(source: Source, url: str | None, how: How) -> Verification:
    """Hold a provider against a contract, or against its own description.

    Raises:
        UsageError: there is a description and no provider.
        BringUpError: what verifies is not installed.
        RunError: it did not come to its end.
    """
    if not isinstance(source, Description):
        return verify_provider(source, url, how.contracts)
    if url is None:
        raise UsageError("a description is held against a provider", hint="--provider URL")
    return exercise(source, url, how.descriptions)


@contextmanager
def _provider(place: str | None) -> Iterator[Provider]:
    """The provider; an environment is up inside the block."""
    from simulator.environment.target import await_target

    if place is None or "://" in place:
        if place is not None:
            await_target(place)
        yield Provider(place.rstrip("/") if place else None)
        return
    from simulator.cli.project_arguments import project_here
    from simulator.environment.environment import Environment, brought_up

    project = project_here()
    spec = project.environment_named(place)
    with TemporaryDirectory() as logs:
        environment = Environment(spec, Path(logs), cwd=project.root, tell=lambda text: print(text, file=sys.stderr))
        with brought_up(environment):
            await_target(environment.host)
            yield Provider(environment.host, environment.databases)


def _pairs(option: str, words: Sequence[str]) -> Mapping[str, str]:
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} {word}: write it like {option} NAME=VALUE")
        found[name] = value
    return found


def _consumer(arguments: argparse.Namespace) -> Verification:
    from simulator.virtual.consumer import verify_consumer

    files = [file for path in arguments.files for file in files_of(path)]
    if not files:
        raise UsageError("there is no contract", hint="name the one that the consumer is to keep")
    found = [verify_consumer(file, lambda url: _run(arguments.consumer, url)) for file in files]
    return sum(found[1:], found[0])


def _run(consumer: str, url: str) -> str | None:
    """Run a consumer; what went wrong, or `None`."""
    if Path(consumer).suffix == ".py" and Path(consumer).is_file():
        return _command([sys.executable, "-m", "simulator", "run", consumer, "--once", "--host", url, "--quiet"], url,
                        journeys=True)  # fmt: skip
    module, colon, attribute = consumer.partition(":")
    if colon and module.replace(".", "").replace("_", "").isalnum() and attribute.isidentifier():
        return _function(module, attribute, url)
    return _command(shlex.split(consumer.replace("{url}", url)), url)


def _function(module: str, attribute: str, url: str) -> str | None:
    sys.path.insert(0, str(Path.cwd()))
    try:
        getattr(import_module(module), attribute)(url)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        sys.path.remove(str(Path.cwd()))
    return None


def _command(words: Sequence[str], url: str, *, journeys: bool = False) -> str | None:
    with TemporaryDirectory() as folder:
        words = [*words, "--out", folder] if journeys else list(words)
        try:
            ended = subprocess.run(words, capture_output=True, text=True, timeout=CONSUMER_WITHIN_S, check=False,
                                   env={**os.environ, "SIMULATOR_PROVIDER_URL": url})  # fmt: skip
        except OSError as error:
            raise UsageError(f"the consumer cannot be started: {error}") from error
        except subprocess.TimeoutExpired:
            return f"it did not end within {CONSUMER_WITHIN_S:.0f} s"
    if ended.returncode == 0:
        return None
    lines = [line for line in (ended.stdout + ended.stderr).splitlines() if line.strip()]
    return f"it ended with exit code {ended.returncode}: {' / '.join(lines[-3:])[:500]}"
