"""What earlier runs left behind, newest first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST = 50


def earlier_documents(reports: Path) -> Iterator[dict[str, Any]]:
    """`run.json` of the latest runs in a folder; what cannot be read is passed over."""
    for path in sorted(reports.glob("*/run.json"), reverse=True)[:MOST]:
        try:
            document = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(document, dict):
            yield document
