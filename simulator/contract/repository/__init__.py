"""Where contracts are kept: a folder, or a Pact Broker."""

from __future__ import annotations

from simulator.contract.repository.repository import Repository, Selection, repository_at

__all__ = ["Repository", "Selection", "repository_at"]
