"""Contracts: collected from journeys, verified against providers and consumers, compared, published.

simulator contract collect journeys --environment demo     one pass over the journeys, a Pact file for each pair
simulator contract verify web-shop.json --provider URL     the provider keeps it (also: the name of an environment)
simulator contract verify openapi.json --provider URL      every operation, with valid and invalid requests
simulator contract verify web-shop.json --consumer FILE    a journey file, module:function, or a command with {url}
simulator contract serve web-shop.json --port 8001         a virtual service that answers as the contract says
simulator contract check OLD NEW                           what a change breaks, and for whom
simulator contract publish web-shop.json --to contracts --version 1.4.0
simulator contract fetch --from contracts --provider-name shop --out pacts
simulator contract write web-shop.yaml --out web-shop.json
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from simulator.errors import UsageError

TAKES_MORE = True
"""`collect` hands everything on to `simulator run`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator contract` takes."""
    actions = parser.add_subparsers(metavar="collect|verify|serve|check|publish|fetch|write", required=True)
    collect = actions.add_parser("collect", help="as `simulator run --once --collect-contracts`, with its options")
    collect.set_defaults(act=_collect)
    _add_verify(actions.add_parser("verify", help="hold a provider or a consumer against contracts"))
    serve = actions.add_parser("serve", help="serve a contract as a virtual service")
    serve.add_argument("file", type=Path, metavar="CONTRACT")
    serve.add_argument("--port", type=int, default=0, help="0 picks a free one (the default)")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serve.add_argument("--control-port", type=int, default=0, help="port of the control interface, on loopback")
    serve.set_defaults(act=_serve)
    check = actions.add_parser("check", help="what a changed contract or description breaks, and for whom")
    check.add_argument("old", type=Path, metavar="OLD", help="a file, or a folder of them")
    check.add_argument("new", type=Path, metavar="NEW", help="likewise")
    _add_output(check)
    check.set_defaults(act=_check)
    publish = actions.add_parser("publish", help="put contracts into a repository")
    publish.add_argument("files", nargs="+", type=Path, metavar="CONTRACT")
    publish.add_argument("--to", required=True, metavar="DIR|URL", help="a folder, or a Pact Broker")
    publish.add_argument("--version", required=True, metavar="VERSION", help="of the consumer")
    publish.add_argument("--tag", action="append", default=[], metavar="TAG", help="again for more")
    publish.add_argument("--branch", default="", metavar="NAME")
    publish.set_defaults(act=_publish)
    fetch = actions.add_parser("fetch", help="take contracts out of a repository")
    fetch.add_argument("--from", dest="place", required=True, metavar="DIR|URL", help="a folder, or a Pact Broker")
    _add_selection(fetch)
    fetch.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="where they are written (here)")
    fetch.set_defaults(act=_fetch)
    write = actions.add_parser("write", help="a contract in YAML as a Pact file")
    write.add_argument("file", type=Path, metavar="CONTRACT")
    write.add_argument("--out", required=True, type=Path, metavar="FILE")
    write.add_argument("--pact-version", choices=("3", "4"), default="4")
    write.set_defaults(act=_write)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for."""
    if arguments.more and arguments.act is not _collect:
        raise UsageError(f"{arguments.more[0]} is not known here", hint="simulator contract ACTION --help")
    code: int = arguments.act(arguments)
    return code


def _add_verify(parser: argparse.ArgumentParser) -> None:
    files = "Pact files, contracts in YAML, OpenAPI descriptions, or folders of them"
    parser.add_argument("files", nargs="*", type=Path, metavar="CONTRACT", help=files)
    whom = parser.add_argument_group("whom")
    whom.add_argument("--provider", metavar="URL|ENVIRONMENT", help="where the provider is, or what brings it up")
    consumer = "a journey file, `module:function` (called with the address), or a command with {url} in it"
    whom.add_argument("--consumer", metavar="CONSUMER", help=consumer)
    source = parser.add_argument_group("contracts of a repository")
    source.add_argument("--from", dest="place", metavar="DIR|URL", help="a folder, or a Pact Broker")
    _add_selection(source)
    version = "record the result in the repository, for this version of the provider"
    source.add_argument("--provider-version", metavar="VERSION", help=version)
    how = parser.add_argument_group("how")
    states = "brings the provider into states: an address, `module:function`, a YAML file of states, or a data spec"
    how.add_argument("--states", metavar="URL|FUNCTION|FILE", help=states)
    how.add_argument("--secret", action="append", default=[], metavar="NAME=VALUE", help="in place of what was masked")
    how.add_argument("--header", action="append", default=[], metavar="NAME=VALUE", help="sent with every request")
    how.add_argument("--messages", metavar="MODULE:FUNCTION", help="makes a message from its description")
    how.add_argument("--only", action="append", default=[], metavar="PATTERN", help="descriptions, with wildcards")
    how.add_argument("--only-state", action="append", default=[], metavar="PATTERN", help="states, with wildcards")
    how.add_argument("--examples", type=int, default=20, metavar="N", help="requests for each described operation (20)")
    checks = "of schemathesis, for the answers of a description; again for more"
    how.add_argument("--check", dest="checks", action="append", default=[], metavar="NAME", help=checks)
    how.add_argument("--timeout", default="10s", metavar="TIME", help="the longest that one answer may take (10s)")
    how.add_argument("--insecure", action="store_true", help="certificates need not be good")
    _add_output(parser)
    parser.set_defaults(act=_verify)


def _add_selection(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--provider-name", metavar="NAME", help="whose contracts")
    parser.add_argument("--consumer-name", metavar="NAME", help="only those of this consumer")
    parser.add_argument("--consumer-version", metavar="VERSION", help="instead of the latest")
    parser.add_argument("--tag", metavar="TAG", help="the latest that carries it")
    parser.add_argument("--branch", metavar="NAME", help="the latest of this branch")


def _add_output(parser: argparse.ArgumentParser) -> None:
    output = parser.add_argument_group("output")
    output.add_argument("--format", choices=("text", "json", "junit", "md", "html"), default="text")
    output.add_argument("--output", type=Path, metavar="FILE", help="instead of standard output")
    output.add_argument("--out", type=Path, metavar="DIR", help="a run folder, with every format, is made here")


def _collect(arguments: argparse.Namespace) -> int:
    from simulator.cli import main

    words = list(arguments.more)
    asked = [] if "--collect-contracts" in words else ["--collect-contracts"]
    load = [] if {"--profile", "--users", "--rate", "--suite", "--once"} & set(words) else ["--once"]
    return main(["run", *words, *load, *asked])


def _verify(arguments: argparse.Namespace) -> int:
    from simulator.cli.contract_report import report
    from simulator.cli.contract_verify import verify

    if bool(arguments.provider or arguments.messages) == bool(arguments.consumer):
        raise UsageError("whom shall the contract be held against?", hint="either --provider or --consumer")
    return report(verify(arguments), arguments)


def _serve(arguments: argparse.Namespace) -> int:
    from simulator.cli.virtual_command import serve_file

    return serve_file(arguments)


def _check(arguments: argparse.Namespace) -> int:
    from simulator.cli.contract_report import report
    from simulator.cli.contract_verify import compared

    return report(compared(arguments.old, arguments.new), arguments)


def _publish(arguments: argparse.Namespace) -> int:
    from simulator.contract.repository import repository_at
    from simulator.contract.source import contracts_among, read_sources

    contracts = contracts_among(read_sources(arguments.files))
    if not contracts:
        raise UsageError("there is no contract among the files", hint="descriptions are not published, contracts are")
    repository = repository_at(arguments.to, os.environ)
    for contract in contracts:
        where = repository.publish(contract, arguments.version, arguments.tag, arguments.branch)
        print(f"{contract.name} {arguments.version}: {where}")
    return 0


def _fetch(arguments: argparse.Namespace) -> int:
    from simulator.cli.contract_verify import fetched
    from simulator.contract.pact.write import write_pact

    _, found = fetched(arguments)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for kept in found:
        contract = kept.contract
        path = arguments.out / f"{contract.consumer}-{contract.provider}.json".replace("/", "-")
        path.write_bytes(write_pact(contract))
        print(f"{contract.name} {kept.version}: {path}")
    return 0


def _write(arguments: argparse.Namespace) -> int:
    from simulator.contract.pact.write import write_pact
    from simulator.contract.source import contracts_among, read_sources

    contracts = contracts_among(read_sources([arguments.file]))
    if len(contracts) != 1:
        raise UsageError(f"{arguments.file} is no contract")
    arguments.out.write_bytes(write_pact(contracts[0], arguments.pact_version))
    print(f"{contracts[0].name}: {len(contracts[0].interactions)} interactions, {arguments.out}")
    return 0
