"""Command-line arguments of the demo services, and how they are started."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping

from simulator.demo import BREAKS, PAYMENT_BREAKS, serve, serve_payments


def add_shop(parser: argparse.ArgumentParser) -> None:
    """What the shop takes."""
    parser.add_argument("--payments", metavar="URL", help="payment service; without it, payments are approved inside")
    parser.add_argument("--payment-timeout", dest="payment_timeout_s", type=float, default=5.0, metavar="SECONDS")
    parser.add_argument("--stock", type=int, metavar="N", help="stock of each product")
    _add_serving(parser, serve, BREAKS)


def add_payments(parser: argparse.ArgumentParser) -> None:
    """What the payment service takes."""
    _add_serving(parser, serve_payments, PAYMENT_BREAKS)


def start(asked: argparse.Namespace) -> int:
    """Serve what was asked for; returns 0 when stopped, 2 on wrong usage, 3 when the port is taken."""
    options = vars(asked)
    serve_it = options.pop("serve")
    try:
        serve_it(**options, announce=lambda url: print(url, flush=True))
    except ValueError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except OSError as problem:
        print(f"error: cannot listen on {options['host']}:{options['port']}: {problem}", file=sys.stderr)
        return 3
    return 0


def _add_serving(parser: argparse.ArgumentParser, serve_it: Callable[..., None], breaks: Mapping[str, str]) -> None:
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one (the default)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--break", dest="breaks", action="append", default=[], metavar="NAME", help="repeatable")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    listed = (f"  {name:26} {text}" for name, text in breaks.items())
    parser.epilog = "\n".join(["--break makes a worse build:", *listed])
    parser.set_defaults(serve=serve_it)
