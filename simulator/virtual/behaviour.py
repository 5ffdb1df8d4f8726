"""Behaviours: what a virtual service can be made to do while it runs, under names that phases use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from simulator.node import Node
from simulator.virtual.course import COURSE_KEYS, Course, read_course
from simulator.virtual.fault import READ, Fault
from simulator.virtual.latency import Latency, read_latency

BEHAVIOUR_KEYS = ("fault", "latency", "throughput", "concurrency", "queue", "stubs", *COURSE_KEYS)


@dataclass(frozen=True)
class Behaviour:
    """One way of behaving.

    Attributes:
        name: what phases call it.
        fault: how answers go wrong, or `None`.
        latency: time on top of the stub's own, or `None`.
        bytes_per_s: all answers together come no faster; `None` for no limit.
        concurrency: how many requests are worked on at a time; `None` for no limit.
        queue: how many more may wait; beyond that they are refused with 503.
        stubs: names of the stubs that it touches; empty for all.
        course: when it shows.
    """

    name: str
    fault: Fault | None = None
    latency: Latency | None = None
    bytes_per_s: float | None = None
    concurrency: int | None = None
    queue: int = 1000
    stubs: tuple[str, ...] = ()
    course: Course = Course()


@dataclass
class Active:
    """A behaviour that is switched on.

    Attributes:
        behaviour: which.
        since_s: when it was switched on, monotonic.
        seen: requests that it could have touched since then.
    """

    behaviour: Behaviour
    since_s: float
    seen: int = field(default=0)

    def touches(self, stub: str, now_s: float, random: Random) -> bool:
        """Whether it shows with this request."""
        if self.behaviour.stubs and stub not in self.behaviour.stubs:
            return False
        self.seen += 1
        return self.behaviour.course.shows(now_s - self.since_s, self.seen, random)

    def delay_s(self, now_s: float, random: Random, in_flight: int) -> float:
        """The time that it adds."""
        latency = self.behaviour.latency
        if latency is None:
            return 0.0
        return latency.draw(random, in_flight) * self.behaviour.course.strength(now_s - self.since_s)


def built_in() -> dict[str, Behaviour]:
    """The behaviours that every virtual service has: each fault with what is usual."""
    return {name: Behaviour(name, read(None)) for name, (_, read) in READ.items()}


def read_behaviours(node: Node | None) -> dict[str, Behaviour]:
    """The behaviours of a stub file, on top of the built-in ones."""
    own: Mapping[str, Node] = node.mapping() if node else {}
    return {**built_in(), **{name: read_behaviour(name, value) for name, value in own.items()}}


def read_behaviour(name: str, node: Node) -> Behaviour:
    """One behaviour of a stub file."""
    fault = node.get("fault")
    kind = fault.choice(tuple(READ)) if fault else ""
    extra, read = READ.get(kind, ((), None))
    node.mapping((*BEHAVIOUR_KEYS, *extra))
    latency, throughput, concurrency, queue, stubs = (
        node.get(key) for key in ("latency", "throughput", "concurrency", "queue", "stubs")
    )
    if node.kind == "mapping" and not (fault or latency or throughput or concurrency):
        node.problem(f"behaviour {name!r} changes nothing", "give it a fault, latency, throughput or concurrency")
    return Behaviour(
        name=name,
        fault=read(node) if read else None,
        latency=read_latency(latency) if latency else None,
        bytes_per_s=read_throughput(throughput) if throughput else None,
        concurrency=read_count(concurrency) if concurrency else None,
        queue=queue.integer(1000) if queue else 1000,
        stubs=tuple(each.text() for each in stubs.one_or_more()) if stubs else (),
        course=read_course(node),
    )


def read_throughput(node: Node) -> float:
    """Bytes per second of a text like `10 KB/s`, or `10 KB`."""
    from simulator.units import parse_size

    bytes_per_s = node.parsed(lambda text: parse_size(text.strip().removesuffix("/s").strip()), 1.0)
    if bytes_per_s <= 0:
        node.problem("throughput must be more than nothing")
    return max(1.0, bytes_per_s)


def read_count(node: Node) -> int:
    """A whole number from 1."""
    count = node.integer(1)
    if count < 1:
        node.problem("must be at least 1")
    return max(1, count)
