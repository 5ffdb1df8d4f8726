"""What a virtual service carries, beside WireMock in the same run: `python -m benchmarks.virtual [WIREMOCK_JAR]`.

Both have 100 stubs loaded and are asked the same by `wrk` over 20 kept connections, in turn, several times. Each has a
core to itself, `wrk` has another: left alone, WireMock spreads over all cores, and on a busy machine falls to a tenth.
The jar is in the `wiremock` wheel of PyPI. Without it, only ours is measured. Then: how far injected latency is from
what was asked, as the service itself saw it and as the caller did.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil

from simulator.environment.environment import free_ports
from simulator.virtual import virtual_service

CORE, CALLERS_CORE = 0, 1
ROUNDS = 5
SECONDS = 4
CONNECTIONS = 20
TEXT = "x" * 800
ASKED_MS = (1, 5, 20, 100, 500)


def main() -> int:
    jar = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if shutil.which("wrk") is None:
        print("this needs `wrk`")
        return 2
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        ours = stack.enter_context(virtual_service(_our_stubs(Path(scratch)))).url
        for child in psutil.Process().children(recursive=True):
            child.cpu_affinity([CORE])
        peers = {"simulator": ours}
        if jar is not None:
            peers["WireMock"] = stack.enter_context(_wiremock(jar, Path(scratch)))
        for url in peers.values():
            _wrk(url, 2)  # warm
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in peers}
        for _ in range(ROUNDS):
            for name, url in peers.items():
                found[name].append(_wrk(url, SECONDS))
        medians = {name: tuple(map(statistics.median, zip(*rounds, strict=True))) for name, rounds in found.items()}
        for name, (per_s, p99_ms) in medians.items():
            print(f"{name:<10} {per_s:9,.0f} answers/s   p99 {p99_ms:6.1f} ms")
        if jar is not None:
            print(f"ratio      {medians['simulator'][0] / medians['WireMock'][0]:9.1f}")
    _latency()
    return 0


def _our_stubs(folder: Path) -> Path:
    stubs = [
        {"request": {"method": "GET", "path": f"/items/{n}/{{id}}", "headers": {"Accept": {"present": True}}},
         "answer": {"json": {"id": "{request.path.id}"}}}
        for n in range(99)
    ]  # fmt: skip
    stubs.append({"request": {"method": "GET", "path": "/payments/{id}"},
                  "answer": {"json": {"id": "{request.path.id}", "text": TEXT}}})  # fmt: skip
    path = folder / "stubs.yaml"
    path.write_text(json.dumps({"stubs": stubs}))
    return path


@contextlib.contextmanager
def _wiremock(jar: Path, folder: Path) -> Iterator[str]:
    mappings = folder / "wiremock/mappings"
    mappings.mkdir(parents=True)
    for n in range(100):
        path = "/payments/[^/]+" if n == 99 else f"/items/{n}/[^/]+"
        body = json.dumps({"id": "7", "text": TEXT})
        response = {"status": 200, "body": body, "headers": {"Content-Type": "application/json"}}
        mapping = {"request": {"method": "GET", "urlPathPattern": path}, "response": response}
        (mappings / f"{n}.json").write_text(json.dumps(mapping))
    [port] = free_ports(1)
    words = ["java", "-jar", str(jar), "--port", str(port), "--bind-address", "127.0.0.1", "--root-dir",
             str(mappings.parent), "--max-request-journal-entries", "2000", "--container-threads", "40"]  # fmt: skip
    words = _pinned(CORE, words)
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        ends_s = time.monotonic() + 60
        while time.monotonic() < ends_s:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/payments/7", timeout=5).read()
                break
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wrk(url: str, seconds: int) -> tuple[float, float]:
    """Answers per second and the 99th percentile in ms."""
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--latency", "-H", "Accept: */*", f"{url}/payments/7"]
    words = _pinned(CALLERS_CORE, words)
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert p99 and rate and "Non-2xx" not in said, said
    return float(rate[1]), float(p99[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[p99[2]]


def _pinned(core: int, words: list[str]) -> list[str]:
    return ["taskset", "-c", str(core), *words]


def _latency() -> None:
    """Time from sending a request to its answer, less what an answer without latency takes."""
    stubs = [{"request": {"path": f"/{ms}"}, "answer": {"body": "x"}, "latency": f"{ms} ms"} for ms in (0, *ASKED_MS)]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "stubs.yaml"
        path.write_text(json.dumps({"stubs": stubs}))
        with virtual_service(path) as service:
            connection = http.client.HTTPConnection(service.url.removeprefix("http://"))
            bare_ms = statistics.median(_times_ms(connection, 0, 200))
            for asked_ms in ASKED_MS:
                seen = sorted(took - bare_ms - asked_ms for took in _times_ms(connection, asked_ms, 40))
                noted = (entry["response_s"] * 1000 - asked_ms for entry in service.requests(path=f"/{asked_ms}"))
                print(
                    f"latency {asked_ms:>4} ms: off by {_shown(sorted(noted))} in the service, {_shown(seen)} outside"
                )
            connection.close()


def _shown(off_ms: list[float]) -> str:
    return f"{statistics.median(off_ms):+.2f} ms (p95 {off_ms[int(0.95 * len(off_ms))]:+.2f})"


def _times_ms(connection: http.client.HTTPConnection, asked_ms: int, times: int) -> list[float]:
    found = []
    for _ in range(times):
        began_s = time.perf_counter()
        connection.request("GET", f"/{asked_ms}")
        connection.getresponse().read()
        found.append((time.perf_counter() - began_s) * 1000)
    return found


if __name__ == "__main__":
    sys.exit(main())
