"""Real shops and payment services, each in a process of its own on a free port."""

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import requests

from simulator import demo

DEADLINE_S = 20


@dataclass
class Service:
    """A started demo service."""

    process: BaseProcess
    url: str
    is_told_to_stop: bool = False

    def get(self, path: str, **options) -> requests.Response:
        return requests.get(self.url + path, timeout=DEADLINE_S, **options)

    def post(self, path: str, json=None, **options) -> requests.Response:
        return requests.post(self.url + path, json=json, timeout=DEADLINE_S, **options)

    def buy(self, product: int = 1, **order) -> requests.Response:
        return self.post("/api/orders", {"product": product, **order})

    def stock(self, product: int = 1) -> int:
        return self.get(f"/api/products/{product}").json()["stock"]

    def stop(self) -> int | None:
        """Stops the service and returns its exit code; None means that it would not stop."""
        self.tell_to_stop()
        self.process.join(DEADLINE_S)
        return self.process.exitcode

    def tell_to_stop(self) -> None:
        """Sends the service SIGTERM, once."""
        if not self.is_told_to_stop:
            self.is_told_to_stop = True
            self.process.terminate()


@pytest.fixture(scope="session")
def processes():
    """Starts processes that have the libraries already, which saves most of the time that a start takes."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["simulator.demo.shop", "simulator.demo.server", "simulator.demo.payment_service"])
    return context


def start(processes, service: Callable[..., None], **options) -> Service:
    heard, said = processes.Pipe(duplex=False)
    process = processes.Process(target=service, args=(0,), kwargs=options | {"announce": said.send}, daemon=True)
    process.start()
    said.close()
    if not heard.poll(DEADLINE_S):
        process.kill()
        pytest.fail("the service did not start")
    return Service(process, heard.recv())


@pytest.fixture(scope="module")
def serve(processes) -> Iterator[Callable[..., Service]]:
    """Starts shops and payment services for one test file; those that still run afterwards are stopped."""
    started: list[Service] = []

    def one_more(service: Callable[..., None] = demo.serve, **options) -> Service:
        started.append(start(processes, service, **options))
        return started[-1]

    yield one_more
    for service in started:
        service.tell_to_stop()
    assert [service.stop() for service in started] == [0] * len(started)


@pytest.fixture(scope="module")
def shop(serve) -> Service:
    """The good build."""
    return serve()


@pytest.fixture
def visit(shop) -> Callable[..., requests.Session]:
    """Returns a new visitor of the shop, who keeps cookies."""
    return lambda: _Visitor(shop.url)


class _Visitor(requests.Session):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def request(self, method, path, *args, **options):
        return super().request(method, self.url + path, *args, timeout=DEADLINE_S, **options)


@pytest.fixture(scope="module")
def browser():
    """A real Chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = os.environ.get("SIMULATOR_BROWSER") or next(
        filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None
    )
    arguments = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    arguments += ["--disable-component-update", "--disable-sync"]
    with playwright.sync_playwright() as driver:
        if path is None and not Path(driver.chromium.executable_path).exists():
            pytest.skip("no Chromium is installed")
        is_root = os.geteuid() == 0
        opened = driver.chromium.launch(
            executable_path=path, args=arguments + (["--no-sandbox"] if is_root else []), chromium_sandbox=not is_root
        )
        yield opened
        opened.close()
