"""Arrivals are handed out at their moments, in the hub, to whoever is there."""

from __future__ import annotations

from time import monotonic

import gevent
import pytest
from gevent import get_hub, getcurrent
from gevent.event import Event

from simulator.engine.alarm import Alarm
from simulator.engine.dispatcher import Dispatcher
from simulator.engine.pool import Pool
from simulator.engine.schedule import Arrival


def plan(*planned_s: float):
    return iter([Arrival(at_s, "Shopper", "buy", "steady") for at_s in planned_s])


class User:
    _state = "running"


@pytest.mark.parametrize("platform", ["linux", "elsewhere"])
def test_an_alarm_rings_at_its_moment_and_not_before(monkeypatch, platform):
    monkeypatch.setattr("simulator.engine.alarm.sys.platform", platform)
    rung_at_s, rung = [], Event()

    def ring() -> None:
        rung_at_s.append(monotonic())
        rung.set()

    alarm = Alarm(ring)
    due_s = monotonic() + 0.05
    alarm.at(due_s)
    assert rung.wait(5)
    assert rung_at_s[0] >= due_s - 0.002
    rung.clear()
    alarm.at(monotonic() - 1)
    assert rung.wait(5)
    alarm.close()


def test_arrivals_are_offered_in_the_hub_each_after_its_moment():
    offered, done = [], Event()

    def offer(arrival: Arrival) -> None:
        offered.append((arrival.planned_s, monotonic(), getcurrent() is get_hub()))
        if len(offered) == 3:
            done.set()

    dispatcher, zero_s = Dispatcher(offer), monotonic()
    dispatcher.begin(plan(0.0, 0.01, 0.03), zero_s)
    assert done.wait(5)
    dispatcher.close()
    assert [planned_s - zero_s for planned_s, _, _ in offered] == pytest.approx([0.0, 0.01, 0.03])
    assert all(at_s >= planned_s and in_hub for planned_s, at_s, in_hub in offered)


def test_what_was_due_before_the_end_is_still_offered_and_the_rest_is_not():
    offered = []
    dispatcher, zero_s = Dispatcher(lambda arrival: offered.append(arrival.planned_s - zero_s)), monotonic()
    dispatcher.begin(plan(0.0, 1.0, 2.0), zero_s)
    dispatcher.finish(zero_s + 1.5)
    dispatcher.close()
    assert offered == pytest.approx([0.0, 1.0])


def test_finishing_hands_to_idle_users_and_comes_back():
    pool = Pool(monotonic, 1, lambda name: None, lambda arrival: None)
    taken = []

    def live() -> None:
        user = User()
        while True:
            taken.append(pool.take(user, "Shopper"))
            gevent.sleep(0)

    dispatcher, greenlet = Dispatcher(pool.offer), gevent.spawn(live)
    gevent.sleep(0)
    dispatcher.begin(plan(1.0), monotonic())
    dispatcher.finish(monotonic() + 2)
    assert len(taken) == 1
    greenlet.kill()
    dispatcher.close()


def pool_of(most_users: int):
    spawned, dropped = [], []
    return Pool(monotonic, most_users, spawned.append, dropped.append), spawned, dropped


def test_the_pool_grows_to_its_limit_and_drops_beyond_it():
    pool, spawned, dropped = pool_of(2)
    for arrival in plan(1, 2, 3):
        pool.offer(arrival)
    assert spawned == ["Shopper"] * 2
    assert [arrival.planned_s for arrival in dropped] == [3]
    user = User()
    assert [pool.take(user, "Shopper").planned_s for _ in range(2)] == [1, 2]
    assert (pool.planned, pool.started, pool.dropped) == (3, 2, 1)


def test_a_user_that_never_came_to_live_loses_the_arrival_that_waited_for_it():
    pool, spawned, dropped = pool_of(1)
    [first, second] = plan(1, 2)
    pool.offer(first)
    pool.leave("Shopper")
    assert dropped == [first]
    pool.offer(second)
    assert spawned == ["Shopper"] * 2


def test_an_idle_user_that_is_stopped_takes_nothing_any_more():
    pool, spawned, dropped = pool_of(1)
    user = User()
    greenlet = gevent.spawn(pool.take, user, "Shopper")
    gevent.sleep(0)
    assert user._state == "waiting"
    greenlet.kill()
    pool.offer(next(plan(1)))
    assert spawned == ["Shopper"]
