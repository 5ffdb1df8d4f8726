"""Virtual services by themselves: serve one from stubs, record a real one into stubs, put a proxy before any service.

simulator virtual serve payments.yaml --port 8001        also WireMock mappings, Hoverfly, HAR and OpenAPI files
simulator virtual record --target URL --out stubs.yaml   drive what is printed; Ctrl-C writes the stubs
simulator virtual proxy --target HOST:PORT               a TCP proxy whose behaviours can be switched
simulator virtual import mappings/ --out stubs.yaml      foreign stubs as a stub file
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path

from simulator.errors import BringUpError, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator virtual` takes."""
    actions = parser.add_subparsers(metavar="serve|record|proxy|import", required=True)
    serve = actions.add_parser("serve", help="serve a virtual service")
    serve.add_argument("file", type=Path, metavar="FILE", help="stubs: YAML, or a foreign format")
    _add_listening(serve)
    serve.set_defaults(act=_serve)
    record = actions.add_parser("record", help="record a real service; Ctrl-C writes stubs, Ctrl-\\ cancels")
    record.add_argument("--target", required=True, metavar="URL", help="the real service")
    record.add_argument("--out", required=True, type=Path, metavar="FILE", help="the stub file to write")
    _add_listening(record)
    record.set_defaults(act=_record)
    proxy = actions.add_parser("proxy", help="a TCP proxy before any service")
    proxy.add_argument("--target", required=True, metavar="HOST:PORT", help="the service behind it")
    _add_listening(proxy)
    proxy.set_defaults(act=_proxy)
    convert = actions.add_parser("import", help="foreign stubs as a stub file")
    convert.add_argument(
        "file", type=Path, metavar="FILE", help="WireMock mappings (or their folder), Hoverfly, HAR, OpenAPI"
    )
    convert.add_argument("--out", required=True, type=Path, metavar="FILE", help="the stub file to write")
    convert.set_defaults(act=_import, host="", port=0)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for."""
    try:
        code: int = arguments.act(arguments)
    except OSError as error:
        raise BringUpError(f"cannot listen on {arguments.host}:{arguments.port}: {error.strerror or error}") from error
    return code


def _add_listening(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one (the default)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control interface, on loopback")


def _serve(arguments: argparse.Namespace) -> int:
    return serve_file(arguments)


def serve_file(arguments: argparse.Namespace) -> int:
    """Serve what `arguments.file` describes, until stopped."""
    from simulator.virtual.serve import serve
    from simulator.virtual.stub_file import load_stub_file

    file = load_stub_file(arguments.file)
    for words in file.refused:
        print(f"not honoured: {words}", file=sys.stderr)
    address, token, announce = _listening(arguments)
    service = serve(file, address, arguments.control_port, token, announce)
    for name in service.unused():
        print(f"never used: {name}")
    return 0


def _listening(arguments: argparse.Namespace):  # type: ignore[no-untyped-def]
    from simulator.virtual.control import TOKEN_VARIABLE

    given = os.environ.get(TOKEN_VARIABLE)
    token = given or secrets.token_urlsafe(18)

    def announce(url: str, control_url: str) -> None:
        print(url, flush=True)
        print(f"control: {control_url}" + ("" if given else f"  token: {token}"), flush=True)

    return (arguments.host, arguments.port), token, announce


def _record(arguments: argparse.Namespace) -> int:
    from simulator.virtual.record import record, write_recording

    address = (arguments.host, arguments.port)
    recorded = record(arguments.target, address, lambda url: print(f"{url}\nrecording {arguments.target}", flush=True))
    if recorded is None:
        print("cancelled; nothing was written")
        return 0
    exchanges, missed = recorded
    if not exchanges:
        raise UsageError("nothing was recorded, so nothing was written", hint="drive the address that was printed")
    stubs = write_recording(exchanges, arguments.out)
    print(f"{len(exchanges)} exchanges in {stubs} stubs: {arguments.out}" + (f", {missed} not kept" if missed else ""))
    return 0


def _proxy(arguments: argparse.Namespace) -> int:
    from simulator.virtual.serve import serve_until_stopped
    from simulator.virtual.tcp_proxy import TcpProxy

    address, token, announce = _listening(arguments)
    proxy = TcpProxy(arguments.target, address)
    serve_until_stopped(proxy, proxy, arguments.control_port, token, announce)
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from simulator.virtual.reading import read_foreign
    from simulator.virtual.stub_file import stub_file_of
    from simulator.virtual.yaml_form import as_yaml

    plain, refused = read_foreign(arguments.file)
    made = stub_file_of(plain, str(arguments.file), arguments.out.parent)
    arguments.out.write_text(as_yaml(plain), encoding="utf-8")
    for words in refused:
        print(f"not honoured: {words}", file=sys.stderr)
    print(f"{len(made.stubs)} stubs: {arguments.out}" + (f", {len(refused)} parts not honoured" if refused else ""))
    return 0
