"""Real shops and payment services, each in a process of its own on a free port."""

import os
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

DEADLINE_S = 20


@dataclass
class Service:
    """A started demo service."""

    process: subprocess.Popen[str]
    url: str

    def get(self, path: str, **options) -> requests.Response:
        return requests.get(self.url + path, timeout=DEADLINE_S, **options)

    def post(self, path: str, json=None, **options) -> requests.Response:
        return requests.post(self.url + path, json=json, timeout=DEADLINE_S, **options)

    def buy(self, product: int = 1, **order) -> requests.Response:
        return self.post("/api/orders", {"product": product, **order})

    def stock(self, product: int = 1) -> int:
        return self.get(f"/api/products/{product}").json()["stock"]

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Stops the service and returns its exit code and what it wrote to standard error."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, errors


def start(*arguments: str) -> Service:
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator.demo", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    with selectors.DefaultSelector() as announced:
        announced.register(process.stdout, selectors.EVENT_READ)
        url = process.stdout.readline().strip() if announced.select(DEADLINE_S) else ""
    if not url:
        process.kill()
        pytest.fail(f"the service did not start: {process.communicate()[1]}")
    return Service(process, url)


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., Service]]:
    """Starts services for one test file; those that still run afterwards are stopped."""
    started: list[Service] = []

    def one_more(*arguments: str) -> Service:
        started.append(start(*arguments))
        return started[-1]

    yield one_more
    running = [service for service in started if service.process.poll() is None]
    for service in running:
        service.process.terminate()
    for service in running:
        service.process.communicate(timeout=DEADLINE_S)


@pytest.fixture(scope="module")
def shop(serve) -> Service:
    """The good build."""
    return serve("shop")


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
