from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from simulator.demo import BREAKS
from simulator.demo.build import SHOP_BREAKS, Build, build_with


def test_several_breaks_add_up():
    build = build_with(["layout-shift", "console-error", "wrong-status"])
    assert build == Build(order_status=200, page_flaws=frozenset({"layout-shift", "console-error"}))


def test_no_break_is_the_good_build():
    assert build_with([]) == Build()


@pytest.mark.parametrize("name", SHOP_BREAKS)
def test_each_break_changes_the_build_and_says_what_it_does(name):
    assert build_with([name]) != Build()
    assert BREAKS[name]


def test_an_unknown_break_names_the_valid_ones():
    with pytest.raises(ValueError, match="slow-serach.*slow-search.*console-error"):
        build_with(["slow-serach"])


def test_slow_search_takes_300_ms_and_more_for_searches_alone(serve):
    shop = serve(breaks=["slow-search"])
    first, second = (shop.get("/api/products", params={"q": "lamp"}).elapsed.total_seconds() for _ in range(2))
    assert first >= 0.3
    assert second >= 0.3
    assert build_with(["slow-search"]).search_growth_s > 0


def test_failing_payments_fail_every_third_and_give_the_stock_back(serve):
    shop = serve(stock=10, breaks=["failing-payments"])
    assert [shop.buy().status_code for _ in range(6)] == [201, 201, 502, 201, 201, 502]
    assert shop.stock() == 6


def test_slow_payments_take_a_second(serve):
    assert serve(breaks=["slow-payments"]).buy().elapsed.total_seconds() >= 1


def test_the_leak_keeps_100_kb_of_each_request(serve):
    shop = serve(breaks=["memory-leak"])
    process = psutil.Process(shop.process.pid)
    shop.get("/health")
    before_bytes = process.memory_info().rss
    for _ in range(200):
        shop.get("/health")
    # Of the 20 MB that are kept, some find room in memory that the process had already.
    assert process.memory_info().rss - before_bytes > 15_000_000


def test_out_of_stock_sells_nothing(serve):
    shop = serve(breaks=["out-of-stock"])
    assert shop.buy().status_code == 409
    assert shop.get("/").text.count("Sold out") == 12


def test_wrong_status_answers_an_order_with_200(serve):
    assert serve(breaks=["wrong-status"]).buy().status_code == 200


def test_renamed_field_has_another_name_for_the_price(serve):
    shop = serve(breaks=["renamed-field"])
    for product in (shop.get("/api/products/1").json(), shop.get("/api/products").json()[0]):
        assert product["price"] == 8900
        assert "price_cents" not in product


def test_the_request_id_is_missing_only_under_load(serve):
    shop = serve(breaks=["missing-header-under-load", "slow-payments"])
    with ThreadPoolExecutor(16) as buyers:
        named = ["X-Request-Id" in answer.headers for answer in buyers.map(lambda _: shop.buy(), range(16))]
    assert False in named
    assert "X-Request-Id" in shop.get("/health").headers
