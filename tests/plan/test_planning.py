import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import UsageError
from simulator.journey.about import About
from simulator.plan.dependency import dependencies, in_order, with_dependencies
from simulator.plan.item import Item, total_s
from simulator.plan.portion import shard, soonest_feedback, within
from simulator.plan.schedule import length_s, lower_bound_s, schedule
from simulator.plan.selection import selected


def item(name, *, after=(), needs=(), provides=(), exclusive=(), duration_s=1.0, tags=(), user="U", line=1, **rest):
    sets = {"after": after, "needs": needs, "provides": provides, "exclusive": exclusive}
    about = {key: rest.pop(key) for key in ("level", "owner", "tier", "requirement") if key in rest}
    touches = frozenset(rest.pop("touches", ()))
    return Item(
        f"{user}.{name}", user, name, tags=frozenset(tags), file="shop.py", line=line, duration_s=duration_s,
        about=About(**{k: frozenset(v) for k, v in sets.items()}, touches=touches, **about), **rest,
    )  # fmt: skip


@st.composite
def catalogues(draw, most=30):
    """Items with dependencies on earlier ones, durations, and a few exclusives."""
    count = draw(st.integers(1, most))
    items = []
    for number in range(count):
        after = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        exclusive = draw(st.sets(st.sampled_from(["stock", "admin"]), max_size=1)) if number % 4 == 0 else set()
        duration_s = draw(st.floats(0.1, 60))
        items.append(item(f"j{number}", after={f"j{n}" for n in after}, exclusive=exclusive, duration_s=duration_s))
    return items


@given(catalogues(), st.integers(1, 5))
def test_a_schedule_places_everything_once_and_breaks_no_dependency(items, slots):
    graph = dependencies(items)
    places = {place.item.name: place for place in schedule(items, graph, slots)}

    assert places.keys() == {i.name for i in items}
    for name, before in graph.items():
        assert all(places[other].end_s <= places[name].start_s for other in before)


@given(catalogues(), st.integers(1, 5))
def test_a_slot_and_an_exclusive_thing_are_used_by_one_at_a_time(items, slots):
    places = schedule(items, dependencies(items), slots)

    for one in places:
        for other in places:
            overlap = one is not other and one.start_s < other.end_s and other.start_s < one.end_s
            assert not (overlap and one.slot == other.slot)
            assert not (overlap and one.item.about.exclusive & other.item.about.exclusive)
    assert all(0 <= place.slot < slots for place in places)


@given(catalogues(), st.integers(1, 5))
def test_no_schedule_is_shorter_than_its_lower_bound_or_longer_than_one_after_the_other(items, slots):
    graph = dependencies(items)
    lasts_s = length_s(schedule(items, graph, slots))

    assert lower_bound_s(items, graph, slots) - 1e-6 <= lasts_s <= total_s(items) + 1e-6


def random_set(seed, count=40):
    rng = random.Random(seed)
    items = []
    for number in range(count):
        after = {f"j{rng.randrange(number)}"} if number and rng.random() < 0.3 else set()
        items.append(item(f"j{number}", after=after, duration_s=rng.lognormvariate(1, 0.8)))
    return items


def test_on_two_slots_95_of_100_random_sets_are_within_a_tenth_of_the_lower_bound():
    good = 0
    for seed in range(100):
        items = random_set(seed)
        graph = dependencies(items)
        good += length_s(schedule(items, graph, 2)) <= 1.1 * lower_bound_s(items, graph, 2)

    assert good >= 95


def test_two_hundred_journeys_with_a_random_graph_are_planned():
    items = random_set(1, 200)
    graph = dependencies(items)

    assert len(schedule(items, graph, 4)) == 200


@given(catalogues(), st.integers(1, 4))
def test_shards_are_everything_and_do_not_overlap_and_are_closed(items, count):
    graph = dependencies(items)
    shards = [shard(items, graph, number, count) for number in range(1, count + 1)]

    names = [i.name for part in shards for i in part]
    assert sorted(names) == sorted(i.name for i in items)
    for part in shards:
        assert {i.name for i in with_dependencies(part, items, graph)} == {i.name for i in part}


@pytest.mark.parametrize("count", [2, 3, 5])
def test_shards_of_many_items_last_about_the_same(count):
    items = [item(f"j{n}", duration_s=random.Random(n).lognormvariate(1, 0.8)) for n in range(100)]
    lasts_s = [total_s(shard(items, dependencies(items), number, count)) for number in range(1, count + 1)]

    assert max(lasts_s) <= 1.15 * min(lasts_s)


def test_the_same_items_fall_into_the_same_shards_in_whatever_order_they_come():
    items = random_set(3)
    mixed = random.Random(1).sample(items, len(items))

    for number in (1, 2, 3):
        one = {i.name for i in shard(items, dependencies(items), number, 3)}
        assert one == {i.name for i in shard(mixed, dependencies(mixed), number, 3)}


def test_a_shard_that_does_not_exist_is_refused():
    with pytest.raises(UsageError, match="--shard 3/2"):
        shard([item("a")], {"U.a": frozenset()}, 3, 2)


@given(catalogues(), st.floats(0, 300))
def test_a_budget_is_kept_and_dependencies_come_along(items, budget_s):
    graph = dependencies(items)
    chosen, left = within(items, graph, budget_s)

    assert total_s(chosen) <= budget_s + 1e-6
    assert {i.name for i in chosen} | {i.name for i in left} == {i.name for i in items}
    assert {i.name for i in with_dependencies(chosen, items, graph)} == {i.name for i in chosen}


def test_what_fails_often_and_is_quick_comes_first():
    often = item("often", failure_share=0.5, duration_s=1)
    slow = item("slow", failure_share=0.5, duration_s=100)
    never = item("never", failure_share=0.0, duration_s=1)

    assert [i.journey for i in soonest_feedback([never, slow, often])] == ["often", "never", "slow"]


def test_states_that_are_provided_come_before_those_that_need_them():
    graph = dependencies([item("pay", needs={"orders exist"}), item("order", provides={"orders exist"})])

    assert graph["U.pay"] == {"U.order"}


def test_a_circle_is_one_error_that_shows_it_with_its_places():
    items = [item("a", after={"c"}, line=3), item("b", after={"a"}, line=9), item("c", after={"b"}, line=12)]

    with pytest.raises(UsageError, match="in a circle") as caught:
        dependencies(items)
    for expected in ("U.a", "U.b", "U.c", "shop.py:3", "shop.py:9", "shop.py:12"):
        assert expected in str(caught.value)


def test_missing_and_double_names_are_one_error_with_every_place():
    items = [item("pay", after={"ordr"}, line=4), item("order"), item("pay", line=8), item("x", needs={"rain"}, line=9)]
    items += [item("hen", after={"egg"}, line=11), item("egg", after={"hen"}, line=12)]

    with pytest.raises(UsageError) as caught:
        dependencies(items)
    text = str(caught.value)
    assert "shop.py:4 and shop.py:8: two journeys are called 'U.pay'" in text
    assert "shop.py:4: U.pay comes after 'ordr', which is no journey here (did you mean 'order'?)" in text
    assert "shop.py:9: U.x needs 'rain', which no journey provides" in text
    assert "in a circle" in text
    assert "shop.py:11: U.hen" in text


@given(catalogues())
def test_an_order_keeps_what_comes_first_first(items):
    mixed = random.Random(len(items)).sample(items, len(items))
    graph = dependencies(mixed)
    place = {i.name: at for at, i in enumerate(in_order(mixed, graph))}

    assert all(place[other] < place[name] for name, before in graph.items() for other in before)


SHOP = [
    item("browse", tags={"catalogue"}, user="Shopper", level="service", touches={"shop"}),
    item("buy", tags={"checkout", "slow"}, user="Shopper", level="service", touches={"shop", "payments"}, owner="ana"),
    item("buy", tags={"checkout"}, user="Visitor", level="end to end", touches={"shop", "payments"}, tier=1),
]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("checkout", ["Shopper.buy", "Visitor.buy"]),
        ("checkout and not slow", ["Visitor.buy"]),
        ("checkout not slow", ["Visitor.buy"]),
        ("level:service", ["Shopper.browse", "Shopper.buy"]),
        ("level:'end to end' or catalogue", ["Shopper.browse", "Visitor.buy"]),
        ("touches:payments and user:Sho*", ["Shopper.buy"]),
        ("not (checkout or catalogue)", []),
        ("Shopper.buy", ["Shopper.buy"]),
        ("buy", ["Shopper.buy", "Visitor.buy"]),
        ("owner:ana", ["Shopper.buy"]),
        ("tier:1", ["Visitor.buy"]),
        ("*", ["Shopper.browse", "Shopper.buy", "Visitor.buy"]),
    ],
)
def test_expressions_choose(expression, expected):
    assert [i.name for i in selected(SHOP, expression)] == expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "a word is missing"),
        ("checkout and", "a word is missing"),
        ("(checkout", "not closed"),
        ("checkout)", "not expected"),
        ("chekout", "means nothing here"),
        ("levl:service", "no key"),
        ("'open", "cannot be read"),
    ],
)
def test_a_wrong_expression_says_why(expression, message):
    with pytest.raises(UsageError, match=message):
        selected(SHOP, expression)


@given(st.text(max_size=40))
def test_no_expression_breaks_the_parser(expression):
    with contextlib.suppress(UsageError):
        selected(SHOP, expression)
