"""A YAML file of journeys as a user class."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from simulator.document import read_document
from simulator.errors import did_you_mean
from simulator.journey.about import LEVELS
from simulator.journey.check import check
from simulator.journey.mark import journey
from simulator.journey.scenario.action import ACTIONS, ALWAYS, subset
from simulator.journey.scenario.value import at, filled, names_in
from simulator.journey.think import constant
from simulator.journey.users import ApiUser
from simulator.node import Node, Problems

FILE_KEYS = ("user", "weight", "wait", "journeys")
WORDS = ("tags", "after", "needs", "provides", "exclusive", "touches")
JOURNEY_KEYS = ("steps", "weight", "owner", "tier", "level", *WORDS)
STEP_KEYS = ("step", "do", "continue_on_failure")
KNOWN = ("user",)
"""Names that are there from the beginning: the user, for `{user.number}`."""


@dataclass(frozen=True)
class Action:
    """One thing that a step does.

    Attributes:
        type: a key of `ACTIONS`.
        settings: its own, with places.
        expect: what must be in the result; `None` for nothing.
        save: name → path in the result.
        file: where it is written.
        line: where it is written.
    """

    type: str
    settings: Mapping[str, Any]
    expect: Any
    save: Mapping[str, str]
    file: str
    line: int

    def do(self, user: Any, saved: dict[str, Any]) -> None:
        """Do it, look at what came of it, and keep what is to be kept."""
        result = ACTIONS[self.type].act(user, filled(self.settings, saved))
        if self.expect is not None:
            body = result.body if self.type in ("receive", "request") else result
            wrong = subset(filled(self.expect, saved), body)
            check(not wrong, "\n".join(wrong))
        for name, path in self.save.items():
            try:
                saved[name] = at(result, path)
            except LookupError as error:
                check(False, f"{self.file}:{self.line}: {name} cannot be saved: {error}")


@dataclass(frozen=True)
class ScenarioStep:
    """One step."""

    name: str
    actions: tuple[Action, ...]
    continue_on_failure: bool = False


def module_of(path: Path, name: str) -> ModuleType:
    """A module with the user class that a file describes.

    Raises:
        FileError: with every mistake of the file.
    """
    problems = Problems()
    node = read_document(path, environ=os.environ, problems=problems)
    made = _user_class(node, path, name)
    problems.raise_if_any()
    module = ModuleType(name)
    module.__file__ = str(path)
    setattr(module, made.__name__, made)
    return module


def _user_class(node: Node, path: Path, module: str) -> type:
    node.mapping(FILE_KEYS, required=("journeys",))
    journeys, user, weight, wait = (node.get(key) for key in ("journeys", "user", "weight", "wait"))
    members: dict[str, Any] = {"__module__": module, "abstract": False}
    if weight:
        members["weight"] = weight.integer(1)
    if wait:
        members["wait_time"] = constant(wait.duration())
    for number, (title, each) in enumerate(journeys.mapping().items() if journeys else (), 1):
        members[f"journey_{number}"] = _journey(title, each, path)
    kind: Any = type(ApiUser)
    made: type = kind(user.text() if user else _class_name(path), (ApiUser,), members)
    return made


def _class_name(path: Path) -> str:
    return "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", path.stem)) or "Scenario"


def _journey(name: str, node: Node, path: Path) -> Any:
    entries = node.mapping(JOURNEY_KEYS, required=("steps",))
    known = set(KNOWN)
    steps = tuple(_step(each, known, path) for each in entries["steps"].items()) if node.get("steps") else ()

    def act(user: Any) -> None:
        saved: dict[str, Any] = {"user": user}
        for step in steps:
            with user.step(step.name, continue_on_failure=step.continue_on_failure):
                for action in step.actions:
                    action.do(user, saved)

    about: Any = act
    about.simulator_steps = tuple(step.name for step in steps)
    about.simulator_line = node.line
    about.simulator_takes = Counter(a.settings["take"] for step in steps for a in step.actions if a.type == "take")
    marked: Any = journey
    options: dict[str, Any] = {
        key: [each.text() for each in entries[key].one_or_more()] for key in WORDS if key in entries
    }
    if "level" in entries:
        options["level"] = entries["level"].choice(LEVELS, LEVELS[0])
    if "weight" in entries:
        options["weight"] = max(0, entries["weight"].integer(1))
    if "owner" in entries:
        options["owner"] = entries["owner"].text()
    if "tier" in entries:
        options["tier"] = entries["tier"].integer()
    return marked(name=name, **options)(act)


def _step(node: Node, known: set[str], path: Path) -> ScenarioStep:
    if node.kind != "mapping" or node.get("step") is None:
        node.problem("a step begins with its name", "- step: pay")
        return ScenarioStep("", ())
    own = {key for key in node.entries if key not in STEP_KEYS}
    if node.get("do") is not None and own:
        node.problem(f"{min(own)!r} stands beside `do`", "one action stands in the step, or all in `do`")
    listed = node.entries["do"].items() if node.get("do") else (node,)
    goes_on = node.get("continue_on_failure")
    actions = [made for each in listed if (made := _action(each, known, path)) is not None]
    return ScenarioStep(node.entries["step"].text(), tuple(actions), goes_on.boolean() if goes_on else False)


def _action(node: Node, known: set[str], path: Path) -> Action | None:
    entries = {key: value for key, value in node.mapping().items() if key not in STEP_KEYS}
    types = [key for key in entries if key in ACTIONS]
    if len(types) != 1:
        strange = next((key for key in entries if key not in ACTIONS), "")
        node.problem("an action has exactly one type", did_you_mean(strange, list(ACTIONS)))
        return None
    [kind] = types
    allowed = (kind, *ACTIONS[kind].settings, *ALWAYS)
    for key in entries:
        if key not in allowed:
            node.keys[key].problem(f"{kind!r} has no {key!r}", did_you_mean(key, allowed))
    settings = {key: value.typed() for key, value in entries.items() if key not in ALWAYS}
    expect = entries["expect"].typed() if "expect" in entries else None
    for key, value in entries.items():
        for name in names_in(value.typed()) if key != "save" else ():
            if name not in known:
                value.problem(f"{{{name}}} stands for nothing yet", did_you_mean(name, sorted(known)))
    save = _save(entries["save"]) if "save" in entries else {}
    known.update(save)
    return Action(kind, {**settings, "(folder)": str(path.parent)}, expect, save, node.file, node.line)


def _save(node: Node) -> dict[str, str]:
    """`save: order` keeps all of it, `save: {order: id}` a part."""
    if node.kind == "text":
        return {node.text(): ""}
    return {name: path.text() for name, path in node.mapping().items()}
