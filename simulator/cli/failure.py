"""Errors become one clear message and an exit code, here and nowhere else."""

from __future__ import annotations

import contextlib
import errno
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass

from simulator.errors import RunError, SimulatorError


@dataclass
class Outcome:
    """How a command ended."""

    code: int = 0


@contextlib.contextmanager
def exit_code_of() -> Iterator[Outcome]:
    """Turn what a command raises into a message on standard error and an exit code."""
    outcome = Outcome()
    try:
        yield outcome
        sys.stdout.flush()
    except SimulatorError as error:
        say(error)
        outcome.code = error.exit_code
    except KeyboardInterrupt:
        outcome.code = 130
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            hint = "raise `ulimit -n`, or take fewer users; what was measured until then is stored"
            say(RunError("this process may not open more files", hint=hint))
        else:
            _say_mistake()
        outcome.code = RunError.exit_code
    except Exception:
        # Exit code 1 is a verdict on the target; a mistake of our own must never look like one.
        _say_mistake()
        outcome.code = RunError.exit_code


def _say_mistake() -> None:
    traceback.print_exc()
    print("error: this is a mistake in simulator itself; please report it with the lines above", file=sys.stderr)


def say(error: SimulatorError) -> None:
    """The error, what led to it, and the way out, on standard error."""
    from simulator.safe_text import clean

    lines = [f"error: {clean(str(error), keep_lines=True)}"]
    if error.detail:
        lines += ["", *(f"  | {line}" for line in clean(error.detail, keep_lines=True).splitlines()), ""]
    if error.hint:
        lines.append(f"hint: {clean(error.hint)}")
    print("\n".join(lines), file=sys.stderr)
