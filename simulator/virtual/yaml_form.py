"""A plain stub file as YAML that reads back as the same values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import yaml


class _Dumper(yaml.SafeDumper):
    """Quotes every text that would read back as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if _reads_as_json(text) else None)


def _reads_as_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


_Dumper.add_representer(str, _text)


def as_yaml(plain: Mapping[str, Any]) -> str:
    """The YAML of a plain stub file; `${` of foreign texts is no variable."""
    text: str = yaml.dump(dict(plain), Dumper=_Dumper, sort_keys=False, allow_unicode=False, width=2**16,
                          default_flow_style=None)  # fmt: skip
    return text.replace("${", "$${")
