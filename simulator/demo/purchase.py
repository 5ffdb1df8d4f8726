"""Buying: from a request for goods to an order that is paid, or to everything as it was before."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.demo.payment import Payments
from simulator.demo.store import Line, Order, Session, Store


def buy(store: Store, payments: Payments, session: Session | None, lines: Sequence[Line], card: str | None) -> Order:
    """Buys the lines and returns the paid order.

    Raises:
        Problem: Out of stock (409), nothing to buy (422), or the payment did not succeed (402, 502, 504).
    """
    order = store.reserve(session, lines)
    return _paid(store, payments, order, card)


def buy_cart(store: Store, payments: Payments, session: Session | None, card: str | None) -> Order:
    """Buys all that is in the session's cart; a failed payment puts it back. Raises what `buy` raises."""
    # Emptied together with the reservation, so that two clicks on "pay" cannot buy the same cart twice.
    order = store.reserve(session, store.cart(session), from_cart=True)
    return _paid(store, payments, order, card, cart_of=session)


def _paid(store: Store, payments: Payments, order: Order, card: str | None, cart_of: Session | None = None) -> Order:
    try:
        payment = payments.pay(order.id, order.amount_cents, card)
    except BaseException:  # also a shop that is being stopped gives back what was not paid
        store.cancel(order, cart_of)
        raise
    return store.confirm(order, payment)
