"""What a verification found, as values; and a provider verified by the official Pact core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from simulator.contract.interaction import Contract, Interaction
from simulator.contract.pact.write import plain_pact
from simulator.contract.secrets import filled, masked_names
from simulator.errors import BringUpError, RunError, UsageError

Result = Literal["kept", "broken", "pending", "not checked"]
STARTS_WITHIN_S = 60.0


@dataclass(frozen=True)
class Checked:
    """One promise and what became of it.

    Attributes:
        subject: who relies on whom, or the description.
        name: of the interaction or operation.
        result: kept, broken, pending (broken, and known to be), or not checked.
        reasons: what differs, in words.
        place: where it is written: `file:line:column`, or empty text.
        took_s: how long it took; `None` when nobody said.
    """

    subject: str
    name: str
    result: Result
    reasons: tuple[str, ...] = ()
    place: str = ""
    took_s: float | None = None


@dataclass(frozen=True)
class Verification:
    """What a verification came to.

    Attributes:
        checked: every promise.
        notes: what else a reader should know.
    """

    checked: tuple[Checked, ...]
    notes: tuple[str, ...] = ()

    @property
    def broken(self) -> tuple[Checked, ...]:
        """Promises that are not kept."""
        return tuple(each for each in self.checked if each.result == "broken")

    def __add__(self, other: Verification) -> Verification:
        return Verification(self.checked + other.checked, self.notes + other.notes)


@dataclass(frozen=True)
class ProviderOptions:
    """How a provider is verified.

    Attributes:
        states: ways to bring it into a state, as `StateServer` takes them.
        headers: sent with every request.
        secrets: name → value, in place of what was masked when the contract was collected.
        messages: `module:function` that makes a message from its description; `None` for none.
        only: shell wildcards for descriptions; empty for all.
        only_states: shell wildcards for states, likewise.
        timeout_s: the longest that one answer may take.
        insecure: certificates need not be good.
        folder: where an author's modules are.
    """

    states: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    messages: str | None = None
    only: tuple[str, ...] = ()
    only_states: tuple[str, ...] = ()
    timeout_s: float = 10.0
    insecure: bool = False
    folder: Path = Path()


def chosen(contract: Contract, only: Sequence[str], only_states: Sequence[str] = ()) -> Contract:
    """The part of a contract whose descriptions, and states, fit one of the wildcards."""

    def fits(interaction: Interaction) -> bool:
        named = not only or any(fnmatchcase(interaction.description, pattern) for pattern in only)
        states = [state.name for state in interaction.states] or [""]
        return named and (not only_states or any(fnmatchcase(s, pattern) for s in states for pattern in only_states))

    return replace(contract, interactions=tuple(filter(fits, contract.interactions)))


def verify_provider(contract: Contract, url: str | None, options: ProviderOptions | None = None) -> Verification:
    """Ask a provider for everything that a contract expects of it.

    Args:
        contract: what is expected.
        url: where the provider is; `None` when there are only messages.
        options: how.

    Raises:
        BringUpError: pact-python is not installed.
        UsageError: there are messages and nothing that makes them, or exchanges and no provider.
        RunError: the core did not come to an end.
    """
    options = options or ProviderOptions()
    part = chosen(contract, options.only, options.only_states)
    _check_means(part, url, options)
    if not part.interactions:
        return Verification((), (f"{contract.name}: no interaction was chosen",))
    missing = masked_names(part) - options.secrets.keys()
    plain = filled(plain_pact(part, part.version), options.secrets)
    answer = _asked_core(
        {
            "pact": plain, "provider": part.provider, "url": url, "timeout_s": options.timeout_s,
            "states": dict(options.states), "headers": dict(options.headers), "messages": options.messages,
            "insecure": options.insecure, "paths": [str(options.folder.resolve())],
        },
        options.folder,
        STARTS_WITHIN_S + len(part.interactions) * (options.timeout_s + 2.0),
    )  # fmt: skip
    notes = [f"{name!r} was masked when the contract was collected; give --secret {name}=…" for name in sorted(missing)]
    notes += [f"state {text}" for text in dict.fromkeys(answer["states"])]
    return Verification(tuple(_read(part, answer["results"])), tuple(notes) if not answer["results"]["result"] else ())


def _check_means(contract: Contract, url: str | None, options: ProviderOptions) -> None:
    if find_spec("pact") is None:
        raise BringUpError("providers are verified by the official Pact core", hint="pip install 'simulator[contract]'")
    if any(each.message for each in contract.interactions) and not options.messages:
        hint = "--messages module:function, which makes a message from its description"
        raise UsageError(f"{contract.name} has messages, and nothing makes them", hint=hint)
    if url is None and any(each.request for each in contract.interactions):
        raise UsageError(f"{contract.name} has requests, and there is no provider", hint="--provider URL")


def _asked_core(job: Mapping[str, Any], folder: Path, within_s: float) -> dict[str, Any]:
    """The core's answer, from a process of its own that gevent has never touched."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "answer.json"
        words = [sys.executable, "-m", "simulator.contract.pact.core", str(path)]
        environ = {**os.environ, "PACT_DO_NOT_TRACK": "true"}
        try:
            ended = subprocess.run(
                words, input=json.dumps(job), capture_output=True, text=True, env=environ, cwd=folder, timeout=within_s,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise RunError(f"the verification did not end within {within_s:.0f} s") from error
        if not path.is_file():
            raise RunError("the verification ended without an answer", detail=(ended.stderr or ended.stdout)[-2000:])
        answer: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if "error" in answer:
        raise RunError(f"the verification failed: {answer['error']}", detail=ended.stderr[-2000:] or None)
    return answer


def _read(contract: Contract, results: Mapping[str, Any]) -> Iterator[Checked]:
    """Every interaction with what the core says about it; one that it does not mention was not checked."""
    said: dict[tuple[str, tuple[str, ...]], list[Mapping[str, Any]]] = {}
    for result in results.get("interactionResults", ()):
        key = (result["description"], tuple(result.get("providerStates") or ()))
        said.setdefault(key, []).append(result)
    for interaction in contract.interactions:
        key = (interaction.description, tuple(state.name for state in interaction.states))
        found = said.get(key) or [{"result": "missing"}]
        result = found.pop(0) if len(found) > 1 else found[0]
        yield _checked(contract, interaction, result)


def _checked(contract: Contract, interaction: Interaction, result: Mapping[str, Any]) -> Checked:
    if result["result"] == "missing":
        outcome: Result = "not checked"
    else:
        outcome = "kept" if result["result"] == "OK" else "pending" if interaction.pending else "broken"
    reasons = (
        () if outcome in ("kept", "not checked") else tuple(_reasons(result.get("mismatch") or {})) or ("it failed",)
    )
    return Checked(
        contract.name, interaction.title, outcome, reasons, place_of(contract, interaction),
        _seconds(str(result.get("duration", ""))),
    )  # fmt: skip


def place_of(contract: Contract, interaction: Interaction) -> str:
    """Where an interaction is written."""
    if not contract.file:
        return ""
    line, column = interaction.place
    return f"{contract.file}:{line}:{column}" if line else contract.file


_PLACES = {"StatusMismatch": "status", "BodyTypeMismatch": "content type", "MethodMismatch": "method"}


def _reasons(mismatch: Mapping[str, Any]) -> Iterator[str]:
    if mismatch.get("type") != "mismatches":
        yield str(mismatch.get("message") or mismatch.get("error") or mismatch)
    for each in mismatch.get("mismatches", ()):
        kind = str(each.get("type", ""))
        if kind == "HeaderMismatch":
            place = f"header.{each.get('key', '')}"
        elif kind == "MetadataMismatch":
            place = f"metadata.{each.get('key', '')}"
        else:
            place = _PLACES.get(kind) or f"body {each.get('path', '$')}"
        yield f"{place}: {each.get('mismatch', '')}"


def _seconds(text: str) -> float | None:
    for suffix, factor in (("ms", 1e-3), ("µs", 1e-6), ("s", 1.0)):
        if text.endswith(suffix):
            try:
                return float(text.removesuffix(suffix)) * factor
            except ValueError:
                return None
    return None
