import pytest


def test_a_guest_buys_at_once_and_finds_the_order_again(shop):
    answer = shop.buy(3, quantity=2)
    assert answer.status_code == 201
    order = answer.json()
    assert order["status"] == "paid"
    assert order["amount_cents"] == 2 * shop.get("/api/products/3").json()["price_cents"]
    assert shop.get(f"/api/orders/{order['id']}").json() == order


def test_what_is_bought_leaves_the_stock(shop):
    before = shop.stock(4)
    shop.buy(4, quantity=7)
    assert shop.stock(4) == before - 7


def test_search_finds_by_text_and_category_and_turns_pages(shop):
    lamps = shop.get("/api/products", params={"q": "LAMP"})
    assert lamps.headers["X-Total-Count"] == "10"
    assert all("lamp" in lamp["name"] for lamp in lamps.json())
    assert {p["category"] for p in shop.get("/api/products", params={"category": "rugs"}).json()} == {"rugs"}
    pages = [shop.get("/api/products", params={"page": page}).json() for page in range(1, 7)]
    assert [p["id"] for page in pages for p in page] == list(range(1, 61))
    assert shop.get("/api/products", params={"q": "lamp", "category": "rugs"}).json() == []


def test_a_member_buys_the_cart_and_sees_the_order_in_the_list(visit):
    member = visit()
    member.post("/api/login", json={"user": "ada", "password": "secret"})
    member.post("/api/cart/items", json={"product": 1})
    cart = member.post("/api/cart/items", json={"product": 11, "quantity": 2}).json()
    assert [(line["product"], line["quantity"]) for line in cart["items"]] == [(1, 1), (11, 2)]
    order = member.post("/api/orders", json={}).json()
    assert order["amount_cents"] == cart["total_cents"]
    assert order["items"] == cart["items"]
    assert member.get("/api/orders").json() == [order]
    assert member.get("/api/cart").json() == {"items": [], "total_cents": 0}


def test_the_token_says_who_it_is_without_a_cookie(shop):
    token = shop.post("/api/login", {"user": "bob", "password": "secret"}).json()["token"]
    assert shop.get("/api/me", headers={"Authorization": f"Bearer {token}"}).json() == {"user": "bob"}
    assert shop.get("/api/me", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_the_cart_of_a_guest_comes_along_at_login(visit):
    guest = visit()
    guest.post("/api/cart/items", json={"product": 5})
    guest.post("/api/login", json={"user": "cleo", "password": "secret"})
    assert [line["product"] for line in guest.get("/api/cart").json()["items"]] == [5]


def test_things_leave_the_cart_one_by_one_and_all_at_once(visit):
    guest = visit()
    for product in (1, 2, 3):
        guest.post("/api/cart/items", json={"product": product})
    assert [line["product"] for line in guest.delete("/api/cart/items/2").json()["items"]] == [1, 3]
    assert guest.delete("/api/cart/items/2").status_code == 404
    assert guest.delete("/api/cart").status_code == 204
    assert guest.get("/api/cart").json()["items"] == []


def test_a_session_ends_at_logout(visit):
    member = visit()
    token = member.post("/api/login", json={"user": "dora", "password": "secret"}).json()["token"]
    assert member.post("/api/logout").status_code == 204
    assert member.get("/api/me").status_code == 401
    assert visit().get("/api/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_user_keeps_the_first_password(shop):
    assert shop.post("/api/login", {"user": "eve", "password": "first one"}).status_code == 200
    assert shop.post("/api/login", {"user": "eve", "password": "another"}).status_code == 401


def test_the_order_of_a_user_is_closed_to_others(shop, visit):
    member, other = visit(), visit()
    member.post("/api/login", json={"user": "fay", "password": "secret"})
    other.post("/api/login", json={"user": "gus", "password": "secret"})
    order = member.post("/api/orders", json={"product": 1}).json()
    assert other.get(f"/api/orders/{order['id']}").status_code == 404
    assert shop.get(f"/api/orders/{order['id']}").status_code == 404
    assert other.get("/api/orders").json() == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/orders", b"{", 400),
        ("/api/orders", b"[1]", 400),
        ("/api/orders", b"{}", 422),
        ("/api/orders", b'{"product": "1"}', 422),
        ("/api/orders", b'{"product": true}', 422),
        ("/api/orders", b'{"product": 1, "quantity": 0}', 422),
        ("/api/orders", b'{"product": 1, "quantity": 101}', 422),
        ("/api/orders", b'{"product": 1, "card": "1"}', 422),
        ("/api/orders", b'{"product": 61}', 404),
        ("/api/cart/items", b'{"product": 61}', 404),
        ("/api/cart/items", b"{}", 422),
        ("/api/login", b'{"user": "x"}', 422),
        ("/api/login", b'{"user": "x", "password": "abc"}', 422),
        ("/api/login", b"\xff", 400),
    ],
)
def test_a_wrong_request_is_refused_with_a_problem(shop, path, body, status):
    answer = shop.post(path, data=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "message"}


@pytest.mark.parametrize("path", ["/api/products/61", f"/api/products/{10**30}", "/api/orders/NONE", "/api/nothing"])
def test_an_unknown_address_is_a_problem_too(shop, path):
    answer = shop.get(path)
    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "message"}


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "9" * 30])
def test_a_page_that_cannot_be_is_refused(shop, page):
    assert shop.get("/api/products", params={"page": page}).status_code == 400


def test_each_answer_carries_a_request_id(shop):
    assert shop.get("/health", headers={"X-Request-Id": "mine"}).headers["X-Request-Id"] == "mine"
    assert shop.get("/health").headers["X-Request-Id"] != shop.get("/api/nothing").headers["X-Request-Id"]
