"""What a run does about contracts, in a form that travels to workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

BUDGET_RATIO = 0.05


@dataclass(frozen=True)
class ContractSettings:
    """What a run does about contracts.

    Attributes:
        files: name and content of the files that answers are checked against; empty for no check.
        share: how many of the answers are checked, 0 to 1.
        budget_ratio: checking takes no more than this part of a core in each process; beyond it, answers are left out.
        collect: what is exchanged is collected into contracts.
    """

    files: Sequence[tuple[str, bytes]] = ()
    share: float = 1.0
    budget_ratio: float = BUDGET_RATIO
    collect: bool = False

    def to_plain(self) -> dict[str, Any]:
        """Lists, texts and numbers, for msgpack."""
        return {**asdict(self), "files": [list(file) for file in self.files]}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> ContractSettings:
        """What `to_plain` wrote."""
        return cls(**{**plain, "files": tuple((name, content) for name, content in plain.get("files", ()))})

    def __bool__(self) -> bool:
        return bool(self.files) or self.collect
