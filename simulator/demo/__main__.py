"""`python -m simulator.demo shop|payments`: the demo services by themselves."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from simulator.demo import BREAKS, PAYMENT_BREAKS, serve, serve_payments


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves what the arguments ask for; returns 0 when stopped, 2 on wrong usage, 3 when the port is taken."""
    asked = vars(_parser().parse_args(arguments))
    start = asked.pop("start")
    try:
        start(**asked, announce=lambda url: print(url, flush=True))
    except ValueError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except OSError as problem:
        print(f"error: cannot listen on {asked['host']}:{asked['port']}: {problem}", file=sys.stderr)
        return 3
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator.demo", description="The demo shop and its payments.")
    services = parser.add_subparsers(required=True, metavar="shop|payments")
    shop = services.add_parser("shop", help="the shop")
    shop.add_argument("--payments", metavar="URL", help="payment service; without it, payments are approved inside")
    shop.add_argument("--payment-timeout", dest="payment_timeout_s", type=float, default=5.0, metavar="SECONDS")
    shop.add_argument("--stock", type=int, metavar="N", help="stock of each product")
    _add_serving(shop, serve, BREAKS)
    _add_serving(services.add_parser("payments", help="the payment service"), serve_payments, PAYMENT_BREAKS)
    return parser


def _add_serving(parser: argparse.ArgumentParser, start: Callable[..., None], breaks: Mapping[str, str]) -> None:
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one (the default)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--break", dest="breaks", action="append", default=[], metavar="NAME", help="repeatable")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    listed = (f"  {name:26} {text}" for name, text in breaks.items())
    parser.epilog = "\n".join(["--break makes a worse build:", *listed])
    parser.set_defaults(start=start)


if __name__ == "__main__":
    sys.exit(main())
