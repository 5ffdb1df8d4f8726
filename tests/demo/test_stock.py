from concurrent.futures import ThreadPoolExecutor

import requests

from simulator.demo import serve_payments
from simulator.demo.catalogue import LIMITED, LIMITED_MARK, products

REFUSED_CARD = "4000000000000002"


def test_the_catalogue_is_always_the_same_and_has_two_limited_editions():
    assert products() == products()
    assert len(products()) == 60
    limited = [product for product in products() if LIMITED_MARK in product.name]
    assert [product.stock for product in limited] == [LIMITED, LIMITED]
    assert all(product.stock > 100_000 for product in products() if product not in limited)


def test_concurrent_buyers_get_what_there_is_and_not_a_piece_more(serve):
    shop = serve(stock=5, breaks=["slow-payments"])
    with ThreadPoolExecutor(20) as buyers:
        answers = [answer.status_code for answer in buyers.map(lambda _: shop.buy(), range(20))]
    assert sorted(answers) == [201] * 5 + [409] * 15
    assert shop.stock() == 0


def test_a_failed_payment_gives_the_pieces_back_under_concurrent_buyers(serve):
    shop = serve(stock=100, payments=serve(serve_payments, breaks=["failing"]).url)
    with ThreadPoolExecutor(10) as buyers:
        answers = [answer.status_code for answer in buyers.map(lambda _: shop.buy(), range(30))]
    assert sorted(answers) == [201] * 20 + [502] * 10
    assert shop.stock() == 80


def test_a_refused_card_leaves_stock_and_cart_as_they_were(shop):
    with requests.Session() as member:
        member.post(shop.url + "/api/login", json={"user": "hal", "password": "secret"})
        cart = member.post(shop.url + "/api/cart/items", json={"product": 7, "quantity": 3}).json()
        before = shop.stock(7)
        assert member.post(shop.url + "/api/orders", json={"card": REFUSED_CARD}).status_code == 402
        assert shop.stock(7) == before
        assert member.get(shop.url + "/api/cart").json() == cart
        assert [order["status"] for order in member.get(shop.url + "/api/orders").json()] == ["failed"]


def test_a_cart_with_one_product_too_few_takes_nothing_out_of_stock(serve):
    shop = serve(stock=2)
    with requests.Session() as guest:
        guest.post(shop.url + "/api/cart/items", json={"product": 1, "quantity": 2})
        guest.post(shop.url + "/api/cart/items", json={"product": 2, "quantity": 3})
        assert guest.post(shop.url + "/api/orders", json={}).status_code == 409
        assert len(guest.get(shop.url + "/api/cart").json()["items"]) == 2
    assert (shop.stock(1), shop.stock(2)) == (2, 2)
