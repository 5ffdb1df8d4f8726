"""Which browser is used, and how it is started."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import psutil

from simulator.errors import BringUpError

Mode = Literal["headless shell", "new headless", "headless", "headed", "remote"]

VARIABLE = "SIMULATOR_BROWSER"
COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""On the PATH, the cheapest first: full Chromium costs three times as much as its headless shell."""

WAY_OUT = "run `simulator doctor --fix`, or set SIMULATOR_BROWSER to a Chromium's executable"
PLAYWRIGHTS_FEATURES = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect", "TcpPortRandomizationWin", "OptimizationHints", "NetworkTimeServiceQuerying",
    "AimEnabled", "PreconnectToSearch", "msForceBrowserSignIn", "msEdgeUpdateLaunchServicesPreferredVersion",
)  # fmt: skip
"""What Playwright switches off. Of two such lists Chromium takes the last, so ours holds all of it; a test compares."""

OUR_FEATURES = (
    "RenderDocument", "Translate", "GlobalMediaControls", "DialMediaRouteProvider", "InterestFeedContentSuggestions",
    "CertificateTransparencyComponentUpdater", "AutofillServerCommunication", "PrivacySandboxSettings4",
)  # fmt: skip
"""What we switch off besides. RenderDocument makes a new frame host for each navigation, which costs 9% of a journey;
Playwright had it off until 1.61. The others work in the background."""

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-pings",
)
"""Chromium must neither call home nor use a graphics card while it is measured."""

PLAYWRIGHTS_ENABLED = ("CDPScreenshotNewSurface", "SkipListAccountsWithoutGaiaCookies")
"""What Playwright switches on; here, too, the last list counts, and a test compares."""

HARDENING = (
    "PartitionAllocBackupRefPtr", "PartitionAllocEventuallyZeroFreedMemory", "PartitionAllocZappingByFreeFlags",
    "PartitionAllocSchedulerLoopQuarantine",
)  # fmt: skip
"""Keeps freed memory back, so that attacks by hostile pages are harder; a rehearsal visits pages that are known."""

LEAN = (
    f"--enable-features={','.join((*PLAYWRIGHTS_ENABLED, 'NetworkServiceInProcess2'))}",
    "--in-process-gpu",
)
"""What makes a journey in the headless shell some 5% cheaper, together with HARDENING switched off: network and drawing
are threads of the browser, no processes. Pages run as everywhere."""

SMALL_MEMORY = "--disable-dev-shm-usage"
"""Playwright adds it, for containers whose shared memory is tiny; what is drawn then goes through files on a disk, and
a journey costs 4 to 8% more."""

SHARED_MEMORY = Path("/dev/shm")
ENOUGH_SHARED_RATIO = 0.25
"""So much of the machine's memory must be free in it: browsers whose shared memory runs out crash, and a user's part
there is below a third of all that it takes."""

FULL = (
    "--disable-extensions",
    "--disable-component-extensions-with-background-pages",
    "--disable-breakpad",
    "--disable-search-engine-choice-screen",
    "--no-service-autorun",
)
"""A full browser's features that work in the background, which would be measured along."""

CHANNELS = {
    "chrome": ("google-chrome", "google-chrome-stable", "chrome"),
    "chrome-beta": ("google-chrome-beta",),
    "chrome-dev": ("google-chrome-unstable",),
    "msedge": ("microsoft-edge", "microsoft-edge-stable", "msedge"),
    "chromium": ("chromium", "chromium-browser"),
}
"""Full browsers by name → what they are called on the PATH."""

_OTHERS = {"firefox": ("firefox-*/firefox/firefox", "Firefox"), "webkit": ("webkit-*/pw_run.sh", "WebKit")}
"""Where Playwright keeps the builds of its own that only it can drive."""

_VERSION = re.compile(r"^(.*?)\s*(\d+(?:\.\d+)+)", re.MULTILINE)
_SHELLS = ("chrome-headless-shell", "headless_shell")


@dataclass(frozen=True)
class Browser:
    """A browser that is here and can be started.

    Attributes:
        path: its executable.
        name: such as `Chromium`.
        version: such as `156.0.8078.79`.
        mode: the headless shell, full Chromium without a window, another engine without one, with a window, elsewhere.
        sandbox: whether its own sandbox is kept; root cannot have it.
        engine: chromium, firefox or webkit.
        url: where a browser elsewhere is; empty text for one of this machine.
    """

    path: str
    name: str
    version: str
    mode: Mode
    sandbox: bool
    engine: str = "chromium"
    url: str = ""

    @property
    def description(self) -> str:
        """As the report names it."""
        return f"{self.name} {self.version}, {self.mode}" if self.version else f"{self.name}, {self.mode}"

    @property
    def arguments(self) -> tuple[str, ...]:
        """What it is started with, besides what Playwright adds."""
        if self.engine != "chromium":
            return ()
        is_shell = self.mode == "headless shell"
        off = (*PLAYWRIGHTS_FEATURES, *OUR_FEATURES, *(HARDENING if is_shell else ()))
        sandbox = () if self.sandbox else ("--no-sandbox",)
        return (f"--disable-features={','.join(off)}", *QUIET, *(LEAN if is_shell else FULL), *sandbox)

    @property
    def unwanted(self) -> tuple[str, ...]:
        """What Playwright adds and should not."""
        return (SMALL_MEMORY,) if self.engine == "chromium" and _has_shared_memory() else ()


def find_browser(
    environ: Mapping[str, str] | None = None, *, headed: bool = False, engine: str = "chromium", channel: str = "",
    url: str = "",
) -> Browser:  # fmt: skip
    """The browser that runs here use.

    `SIMULATOR_BROWSER` wins when it is set; then Playwright's own headless shell, then what is on the PATH.

    Args:
        environ: environment variables; `None` for the process's own.
        headed: it must be able to show a window.
        engine: chromium, firefox or webkit; the latter two must be Playwright's own builds.
        channel: a full browser by name, such as `chrome`; empty text for the cheapest that is here.
        url: where a browser elsewhere is; nothing is looked for then.

    Raises:
        BringUpError: there is none, or `SIMULATOR_BROWSER` does not name one that can be started.
    """
    environ = os.environ if environ is None else environ
    if url:
        return Browser("", f"{engine} at {urlsplit(url).netloc}", "", "remote", sandbox=True, engine=engine, url=url)
    if engine != "chromium":
        return _other(engine, environ, headed)
    if channel:
        return _of_channel(channel, environ, headed)
    chosen = environ.get(VARIABLE)
    if chosen:
        return _chosen(chosen, environ, headed)
    for path in _candidates(environ):
        mode = _mode(path, headed)
        version = _version(path) if mode else None
        if mode and version:
            return Browser(str(path), *version, mode, sandbox=not _is_root())
    if headed and not environ.get("DISPLAY") and sys.platform.startswith("linux"):
        raise BringUpError("--headed needs a screen and a full Chromium", hint="run without --headed, or set DISPLAY")
    what = "no Chromium that can show a window" if headed else "no browser"
    raise BringUpError(f"{what} was found for the browser users", hint=WAY_OUT)


def _other(engine: str, environ: Mapping[str, str], headed: bool) -> Browser:
    pattern, name = _OTHERS[engine]
    folder = _playwrights_folder(environ)
    for path in sorted(folder.glob(pattern), key=lambda found: _revision(found.relative_to(folder).parts[0]))[-1:]:
        _, version = _version(path) or (name, "")
        revision = str(_revision(path.relative_to(folder).parts[0]))
        mode: Mode = "headed" if headed else "headless"
        return Browser(
            str(path), name, version or f"(Playwright's build {revision})", mode, sandbox=True, engine=engine
        )
    raise BringUpError(
        f"Playwright has no {name} here", hint=f"run `playwright install --with-deps {engine}`, or leave it at chromium"
    )


def _of_channel(channel: str, environ: Mapping[str, str], headed: bool) -> Browser:
    for command in CHANNELS[channel]:
        path = shutil.which(command, path=environ.get("PATH"))
        version = _version(Path(path)) if path else None
        if path and version:
            return Browser(path, *version, "headed" if headed else "new headless", sandbox=not _is_root())
    looked = " or ".join(CHANNELS[channel])
    raise BringUpError(f"there is no {channel} here", hint=f"install it ({looked} on the PATH), or leave `channel` out")


def _chosen(chosen: str, environ: Mapping[str, str], headed: bool) -> Browser:
    path = shutil.which(chosen, path=environ.get("PATH"))
    if path is None:
        raise BringUpError(f"{VARIABLE}={chosen} is no executable", hint="set it to a Chromium's executable")
    mode = _mode(Path(path), headed)
    if mode is None:
        raise BringUpError(
            f"{VARIABLE}={chosen} cannot show a window", hint="name a full Chromium, or leave out --headed"
        )
    version = _version(Path(path))
    if version is None:
        raise BringUpError(f"{VARIABLE}={chosen} does not say its --version", hint="set it to a Chromium's executable")
    return Browser(path, *version, mode, sandbox=not _is_root())


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    yield from _playwrights_own(environ)
    for command in COMMANDS:
        path = shutil.which(command, path=environ.get("PATH"))
        if path is not None:
            yield Path(path)


def _playwrights_own(environ: Mapping[str, str]) -> Iterator[Path]:
    """Headless shells in Playwright's cache folder, the newest first."""
    shells = _playwrights_folder(environ).glob("chromium_headless_shell-*")
    for revision in sorted(shells, key=lambda folder: _revision(folder.name), reverse=True):
        for name in _SHELLS:
            yield from revision.glob(f"*/{name}")


def _playwrights_folder(environ: Mapping[str, str]) -> Path:
    cache = environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    return Path(cache) if cache not in ("", "0") else _cache_folder(environ) / "ms-playwright"


def _cache_folder(environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("HOME") or Path.home())
    return (
        home / "Library" / "Caches"
        if sys.platform == "darwin"
        else Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    )


def _revision(name: str) -> int:
    number = name.rpartition("-")[2]
    return int(number) if number.isdigit() else 0


def _mode(path: Path, headed: bool) -> Mode | None:
    """How this executable would be run; `None` when it cannot be run so."""
    is_shell = "headless" in path.name
    if headed:
        return None if is_shell else "headed"
    return "headless shell" if is_shell else "new headless"


def _version(path: Path) -> tuple[str, str] | None:
    """Name and version as the executable says them; `None` when it cannot be started."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(said.stdout)
    return (found[1].strip() or "Chromium", found[2]) if found and said.returncode == 0 else None


def _has_shared_memory() -> bool:
    try:
        free_bytes = shutil.disk_usage(SHARED_MEMORY).free
    except OSError:
        return False  # no Linux
    return free_bytes >= psutil.virtual_memory().total * ENOUGH_SHARED_RATIO


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
