"""Is a service up? One question a function; each answers at once."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from simulator.environment.process import own_command

ANSWER_WITHIN_S = 2.0


def answers_http(url: str) -> bool:
    """Whether a GET of this address is answered with a status below 400."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=ANSWER_WITHIN_S) as answer:
            return bool(answer.status < 400)
    except (OSError, ValueError):
        return False


def accepts_connection(url: str) -> bool:
    """Whether something listens at this address."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=ANSWER_WITHIN_S):
            return True
    except OSError:
        return False


def printed(log: Path, pattern: str) -> bool:
    """Whether a line of the log matches the pattern."""
    try:
        return re.search(pattern, log.read_text(errors="replace"), re.MULTILINE) is not None
    except OSError:
        return False


def succeeds(command: str) -> bool:
    """Whether a command exits 0."""
    words = own_command(shlex.split(command))
    try:
        ended = subprocess.run(words, capture_output=True, timeout=ANSWER_WITHIN_S * 5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0
