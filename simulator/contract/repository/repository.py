"""What every place that keeps contracts can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from simulator.contract.interaction import Contract


@dataclass(frozen=True)
class Selection:
    """Which contracts of a provider are meant.

    Attributes:
        provider: who promises.
        consumer: who relies on it; `None` for all.
        version: of the consumer; `None` for the latest.
        tag: the latest of those that carry it; `None` for any.
        branch: the latest of this branch; `None` for any.
    """

    provider: str
    consumer: str | None = None
    version: str | None = None
    tag: str | None = None
    branch: str | None = None


@dataclass(frozen=True)
class Kept:
    """A contract as it is kept.

    Attributes:
        contract: the contract.
        version: of its consumer.
        tags: words that it carries.
        where: a file, or an address.
        results_to: where results of its verification go; empty text when the place itself knows.
    """

    contract: Contract
    version: str
    tags: tuple[str, ...] = ()
    where: str = ""
    results_to: str = ""


class Repository(Protocol):
    """Keeps contracts, with versions and tags, and what came of their verifications."""

    def publish(self, contract: Contract, version: str, tags: Sequence[str] = (), branch: str = "") -> str:
        """Keep a contract under a version of its consumer; returns where.

        Raises:
            UsageError: another contract is kept under that version.
            BringUpError: the place cannot be reached.
        """

    def fetch(self, selection: Selection) -> list[Kept]:
        """The contracts that are meant; empty when there are none.

        Raises:
            BringUpError: the place cannot be reached.
            FileError: a contract is damaged.
        """

    def record(self, kept: Kept, provider_version: str, success: bool) -> None:
        """Keep what came of a verification.

        Raises:
            BringUpError: the place cannot be reached.
        """


def repository_at(place: str, environ: Mapping[str, str]) -> Repository:
    """The repository in a folder, or the broker at an address.

    Args:
        place: a path, or `http://…`; credentials of a broker come from `PACT_BROKER_TOKEN`, or from
            `PACT_BROKER_USERNAME` and `PACT_BROKER_PASSWORD`.
        environ: the environment's variables.
    """
    if place.startswith(("http://", "https://")):
        from simulator.contract.repository.broker import Broker

        return Broker(place.rstrip("/"), environ)
    from simulator.contract.repository.folder import Folder

    return Folder(Path(place))
