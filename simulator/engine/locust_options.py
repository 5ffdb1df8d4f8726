"""Options of their own that existing locustfiles add to Locust's command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from simulator.errors import UsageError, did_you_mean
from simulator.journey.unpatched import events, get_empty_argument_parser, setup_parser_arguments


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


def _hint(own: Sequence[str]) -> str:
    if own:
        return f"the journey files know {', '.join(own)}; write their values as --option=value, or all of it behind --"
    return "see simulator run --help"
