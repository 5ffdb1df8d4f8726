"""More requests than allowed are refused with 429 and told when to come back."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from simulator.node import Node
from simulator.virtual.answer import Answer, plain
from simulator.virtual.request import Request

KEYS = ("limit", "retry_after")


@dataclass
class _Bucket:
    """Tokens that are left, and when that was worked out."""

    tokens: float
    at_s: float


@dataclass(frozen=True)
class RateLimit:
    """A bucket of tokens that refills at a rate and holds one second's worth, at least one.

    Attributes:
        per_s: requests allowed per second.
        retry_after_s: what `Retry-After` says; `None` for when the next token will be there, in whole seconds.
    """

    per_s: float = 1.0
    retry_after_s: float | None = None
    _bucket: list[_Bucket] = field(default_factory=list, compare=False)

    def spoil(self, request: Request, answer: Answer, now_s: float) -> Answer:
        most = max(1.0, self.per_s)
        if not self._bucket:
            self._bucket.append(_Bucket(most, now_s))
        bucket = self._bucket[0]
        bucket.tokens = min(most, bucket.tokens + (now_s - bucket.at_s) * self.per_s)
        bucket.at_s = now_s
        if bucket.tokens >= 1.0:
            bucket.tokens -= 1.0
            return answer
        wait_s = self.retry_after_s
        if wait_s is None:
            wait_s = (1.0 - bucket.tokens) / self.per_s if self.per_s else 60.0
        refused = plain(429, {"error": "too_many_requests", "message": "Too many requests."})
        return refused.with_header("Retry-After", str(max(1, math.ceil(wait_s))))


def read(node: Node | None) -> RateLimit:
    limit, retry = (node.get(key) if node else None for key in KEYS)
    return RateLimit(limit.rate(1.0) if limit else 1.0, retry.duration() if retry else None)
