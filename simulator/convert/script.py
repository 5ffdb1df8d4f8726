"""Calls as a journey file: readable Python that runs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulator.convert.call import Call, Recording
from simulator.convert.request import Draft, about, free_name, is_id, origins, pattern_of, request_lines, text_of, told

PAUSE_S = 0.5
"""So long nothing happened: the user was thinking, and a new step begins."""

LONGEST_PAUSE_S = 60.0
_WORD = re.compile(r"[^0-9a-zA-Z]+")


def script_of(recording: Recording, name: str, *, made_from: str) -> str:
    """A journey file.

    Args:
        recording: what to do.
        name: of the journey; the user class is named after it.
        made_from: the file that it was recorded into, for the docstring.
    """
    draft = Draft(recording.calls)
    for number in range(len(recording.calls)):
        for origin, place in origins(draft, number):
            draft.names.setdefault(origin.call, "")
            if origin.pattern:
                draft.found.setdefault(origin, place)
    taken: list[str] = []
    for number in sorted(draft.names):
        draft.names[number] = free_name(about(recording.calls[number]), taken)
    for origin, place in draft.found.items():
        draft.found[origin] = free_name(_WORD.sub("_", place).strip("_").lower() or "found", taken)
    body = [line for lines in _steps(draft) for line in lines]
    return "\n".join([*_head(recording, draft, body, made_from), *_class(name), *body, ""])


def _head(recording: Recording, draft: Draft, body: Sequence[str], made_from: str) -> list[str]:
    """Everything above the class."""
    left_out = ["", "Not in it:", "", *(f"- {told(what)}" for what in recording.left_out)] if recording.left_out else []
    opening = f'"""Made from {told(made_from)} ({told(recording.host)}).'
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


def _steps(draft: Draft) -> list[list[str]]:
    """The lines of each step, with the pause before it."""
    steps: list[list[str]] = []
    before: Call | None = None
    for number, call in enumerate(draft.calls):
        pause_s = 0.0 if before is None else call.started_s - before.ended_s
        if before is None or call.opens or call.step or pause_s >= PAUSE_S:
            thought = f"        think({min(pause_s, LONGEST_PAUSE_S):.1f})"
            steps.append([thought] if pause_s >= PAUSE_S else [])
            steps[-1].append(f"        with self.step({text_of(_step_name(call))}):")
        lookups = [
            f"{name} = re.search({pattern_of(origin)}, {draft.names[number]}.text)[1]"
            for origin, name in draft.found.items()
            if origin.call == number
        ]
        steps[-1] += [f"            {line}" for line in (*request_lines(draft, number), *lookups)]
        before = call
    return steps


def _step_name(call: Call) -> str:
    if call.step:
        return call.step
    segments = ["{id}" if is_id(segment) else segment for segment in call.route.split("/")]
    return f"open {'/'.join(segments)}" if call.opens else f"{call.method} {'/'.join(segments)}"
