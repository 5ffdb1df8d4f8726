"""What was tried beyond the plain suite, with counts: written down by those who try it, read by docs/trust.md."""

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("tried.json")


def note(section: str, name: str, found: Any) -> None:
    """Keep what a longer trial found, in place of what it found before."""
    known = read()
    known.setdefault(section, {})[name] = found
    _write(known)


def _write(known: dict[str, dict[str, Any]]) -> None:
    FILE.write_text(json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def keep_only(section: str, names: list[str]) -> None:
    """Forget what is no longer tried."""
    known = read()
    known[section] = {name: found for name, found in known.get(section, {}).items() if name in names}
    _write(known)


def read() -> dict[str, dict[str, Any]]:
    """Section → name → what was found."""
    return json.loads(FILE.read_text()) if FILE.is_file() else {}
