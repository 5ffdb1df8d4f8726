"""Where the services are that contracts are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Services:
    """Where providers are.

    Attributes:
        host: where users go.
        urls: service → address; empty when only an address was named.
        databases: name → `url` and more.
    """

    host: str
    urls: Mapping[str, str]
    databases: Mapping[str, Mapping[str, str]]
