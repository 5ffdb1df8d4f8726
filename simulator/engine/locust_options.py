"""Options of their own that existing locustfiles add to Locust's command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from simulator.errors import UsageError, did_you_mean
from simulator.journey.unpatched import events, get_empty_argument_parser, setup_parser_arguments

NOTHING_TO_DO = frozenset(
    {"headless", "autostart", "autoquit", "only_summary", "print_stats", "skip_log_setup", "loglevel"}
)
"""Options of Locust's own that change nothing here, and that command lines often carry."""

INSTEAD = {
    "locustfile": "name the file itself: simulator run FILE",
    "tags": "one after each --tags",
    "exclude_tags": "--select 'not TAG'",
    "csv_prefix": "simulator report RUN --format csv",
    "html_file": "the run folder holds report.html",
    "json": "the run folder holds run.json",
    "json_file": "the run folder holds run.json",
    "processes": "--workers N",
    "master": "--remote-workers N",
    "worker": "simulator worker --master HOST",
    "stop_timeout": "`stop_within` in a profile of simulator.yaml",
    "web_port": "--web ADDRESS:PORT",
    "exit_code_on_error": "thresholds decide about the exit code: - error_rate < 1%",
    "otel": "simulator report RUN --format otlp",
}
"""What does here what an option of Locust's own does there."""


def locust_options(words: Sequence[str], host: str) -> Any:
    """What Locust would have parsed, with the options that the imported locustfiles have asked for.

    Args:
        words: options that are not ours.
        host: where everybody goes.

    Raises:
        UsageError: nobody knows an option, or its value is wrong.
    """
    parser: Any = get_empty_argument_parser()
    parser.exit_on_error = False
    setup: Any = setup_parser_arguments
    setup(parser)
    ours = {action.dest for action in parser._actions}
    _refuse_without_effect(parser, words)
    hook: Any = events.init_command_line_parser
    hook.fire(parser=parser)
    try:
        options, unknown = parser.parse_known_args(list(words))
    except (argparse.ArgumentError, SystemExit) as error:
        raise UsageError(f"an option of the journey file: {error}") from error
    if unknown:
        own = [name for action in parser._actions if action.dest not in ours for name in action.option_strings]
        raise UsageError(f"unknown option {unknown[0]}", hint=did_you_mean(unknown[0], own) or _hint(own))
    options.host = host or options.host
    options.headless = True
    return options


def _refuse_without_effect(parser: Any, words: Sequence[str]) -> None:
    """An option of Locust's own that would be read and then do nothing is an error.

    Raises:
        UsageError: there is one.
    """
    for word in words:
        action = parser._option_string_actions.get(word.partition("=")[0])
        if action is not None and action.dest not in NOTHING_TO_DO:
            raise UsageError(f"{word} is an option of locust that has no effect here", hint=INSTEAD.get(action.dest))


def _hint(own: Sequence[str]) -> str:
    if own:
        return f"the journey files know {', '.join(own)}; write their values as --option=value, or all of it behind --"
    return "see simulator run --help"
