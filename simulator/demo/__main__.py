"""`python -m simulator.demo shop|payments`: the demo services by themselves."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from simulator.demo.arguments import add_payments, add_shop, start


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves what the arguments ask for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m simulator.demo", description="The demo shop and its payments.")
    services = parser.add_subparsers(required=True, metavar="shop|payments")
    add_shop(services.add_parser("shop", help="the shop"))
    add_payments(services.add_parser("payments", help="the payment service"))
    return start(parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
