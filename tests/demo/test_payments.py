import socket
import threading
from contextlib import contextmanager

import pytest

from simulator.demo import serve_payments

REFUSED_CARD = "4000000000000002"


@contextmanager
def listener(answer_with=lambda connection, stopped: None):
    """A server that accepts connections and treats each as it is told."""
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept():
            while not stopped.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    answer_with(connection, stopped)

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stopped.set()
            server.shutdown(socket.SHUT_RDWR)
            accepting.join()


def stay_silent(connection, stopped):
    stopped.wait()


def trickle(connection, stopped):
    connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n")
    while not stopped.wait(0.05):
        try:
            connection.sendall(b" ")
        except OSError:
            return


def talk_nonsense(connection, stopped):
    connection.recv(65536)
    connection.sendall(b"nonsense\r\n\r\n")


def approve_without_id(connection, stopped):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


def test_the_payment_service_is_asked_and_its_payment_is_on_the_order(serve):
    shop = serve(payments=serve(serve_payments).url)
    assert [shop.buy().json()["payment"] for _ in range(2)] == ["pay-1", "pay-2"]
    assert shop.buy(card=REFUSED_CARD).status_code == 402


def test_the_payment_service_checks_what_it_is_asked(serve):
    payments = serve(serve_payments)
    assert payments.get("/health").json() == {"status": "ok"}
    assert payments.post("/payments", {"order": "A", "amount_cents": 5}).json()["status"] == "approved"
    assert payments.post("/payments", {"order": "A", "amount_cents": 0}).status_code == 422


@pytest.mark.parametrize(
    ("treatment", "status"),
    [(stay_silent, 504), (trickle, 504), (talk_nonsense, 502), (approve_without_id, 502)],
)
def test_a_payment_service_that_misbehaves_is_a_gateway_problem_and_costs_no_stock(serve, treatment, status):
    with listener(treatment) as url:
        shop = serve(payments=url, payment_timeout_s=0.3, stock=1)
        assert shop.buy().status_code == status
        assert shop.stock() == 1


def test_a_payment_service_that_is_away_is_a_gateway_problem(serve):
    payments = serve(serve_payments)
    shop = serve(payments=payments.url)
    assert payments.stop() == 0
    assert shop.buy().status_code == 502


def test_the_shop_answers_others_while_a_payment_is_waited_for(serve):
    with listener(stay_silent) as url:
        shop = serve(payments=url, payment_timeout_s=60, stock=1)
        buyer = socket.create_connection(("127.0.0.1", int(shop.url.rsplit(":")[-1])))
        with buyer:
            buyer.sendall(b'POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{"product":1}')
            while shop.stock() == 1:  # until the order has been taken; a blocked shop would not answer
                pass
            assert shop.get("/health").status_code == 200
