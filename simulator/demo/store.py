"""What the shop remembers: products, users, sessions, carts and orders, in SQLite."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files

from simulator.demo.catalogue import Product, products
from simulator.demo.problem import Problem, invalid, not_found

PAGE_SIZE = 12
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Line:
    """So many pieces of one product, at the price of one piece."""

    product: int
    name: str
    quantity: int
    price_cents: int


@dataclass(frozen=True)
class Order:
    """One order; `status` is pending, paid or failed, and `payment` is None until it is paid."""

    id: str
    status: str
    amount_cents: int
    created_at: str
    payment: str | None
    items: tuple[Line, ...]


@dataclass(frozen=True)
class Session:
    """A visitor who came back with a token; `user_id` and `user` are None for a guest."""

    token: str
    user_id: int | None
    user: str | None


class Store:
    """The shop's database, on one connection in memory.

    Greenlets share the connection safely because nothing in here waits: each method is one undivided turn.
    """

    def __init__(self, goods: Iterable[Product]) -> None:
        """Makes a new database that holds these goods."""
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(files(__package__).joinpath("schema.sql").read_text("utf-8"))
        self._db.executemany("INSERT INTO products VALUES (?, ?, ?, ?, ?, ?, ?)", map(astuple, goods))

    @classmethod
    def seeded(cls, stock: int | None = None) -> Store:
        """Returns a store with the whole catalogue, and this stock of each product."""
        return cls(products(stock))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # Products

    def search(self, text: str = "", category: str = "", page: int = 1) -> tuple[list[Product], int]:
        """Returns one page of the products that match, in the order of ids, and how many match in all."""
        where = "WHERE (?1 = '' OR instr(lower(name || ' ' || description), ?1)) AND (?2 = '' OR category = ?2)"
        terms = (text.strip().lower(), category)
        (total,) = self._db.execute(f"SELECT count(*) FROM products {where}", terms).fetchone()
        rows = self._db.execute(
            f"SELECT * FROM products {where} ORDER BY id LIMIT ?3 OFFSET ?4",
            (*terms, PAGE_SIZE, (page - 1) * PAGE_SIZE),
        )
        return [Product(*row) for row in rows], total

    def product(self, product_id: int) -> Product:
        """Returns one product.

        Raises:
            Problem: There is none with this id (404).
        """
        if not 0 < product_id <= LARGEST_ID:
            raise not_found("product")
        row = self._db.execute("SELECT * FROM products WHERE id = ?", (product_id,)).fetchone()
        if row is None:
            raise not_found("product")
        return Product(*row)

    def categories(self) -> list[str]:
        """Returns the names of the categories, in the order of the catalogue."""
        rows = self._db.execute("SELECT category FROM products GROUP BY category ORDER BY min(id)")
        return [category for (category,) in rows]

    # Users and sessions

    def log_in(self, user: str, password: str, guest: Session | None = None) -> Session:
        """Returns a new session of the user, who is created at the first login; a guest's cart moves along.

        Raises:
            Problem: The password is not the user's (401).
        """
        user_id = self._user_id(user, password)
        token = secrets.token_urlsafe(18)
        with self._transaction() as db:
            db.execute("INSERT INTO sessions VALUES (?, ?)", (token, user_id))
            if guest is not None and guest.user_id is None:
                db.execute("UPDATE cart_items SET token = ? WHERE token = ?", (token, guest.token))
                db.execute("DELETE FROM sessions WHERE token = ?", (guest.token,))
        return Session(token, user_id, user)

    def _user_id(self, user: str, password: str) -> int:
        row = self._db.execute("SELECT id, salt, password_hash FROM users WHERE name = ?", (user,)).fetchone()
        if row is None:
            salt = secrets.token_bytes(16)
            values = (user, salt, _hash(password, salt))
            created = self._db.execute("INSERT INTO users (name, salt, password_hash) VALUES (?, ?, ?)", values)
            return int(created.lastrowid or 0)
        user_id, salt, password_hash = row
        if not hmac.compare_digest(password_hash, _hash(password, salt)):
            raise Problem(401, "wrong_password", "User and password do not match.")
        return int(user_id)

    def guest(self) -> Session:
        """Returns a new session that belongs to no user."""
        token = secrets.token_urlsafe(18)
        self._db.execute("INSERT INTO sessions VALUES (?, NULL)", (token,))
        return Session(token, None, None)

    def session(self, token: str) -> Session | None:
        """Returns the session with this token, or None if there is none (any more)."""
        row = self._db.execute(
            "SELECT token, user_id, name FROM sessions LEFT JOIN users ON users.id = user_id WHERE token = ?", (token,)
        ).fetchone()
        return Session(*row) if row else None

    def log_out(self, session: Session) -> None:
        """Ends the session and forgets its cart."""
        self._db.execute("DELETE FROM sessions WHERE token = ?", (session.token,))

    # Carts

    def cart(self, session: Session | None) -> list[Line]:
        """Returns the lines of the session's cart; a visitor without a session has an empty one."""
        rows = self._db.execute(
            "SELECT id, name, quantity, price_cents FROM cart_items JOIN products ON id = product_id"
            " WHERE token = ? ORDER BY id",
            (session.token if session else "",),
        )
        return [Line(*row) for row in rows]

    def add_to_cart(self, session: Session, product_id: int, quantity: int) -> None:
        """Puts so many pieces more into the session's cart."""
        self.product(product_id)
        self._db.execute(
            "INSERT INTO cart_items VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity",
            (session.token, product_id, quantity),
        )

    def remove_from_cart(self, session: Session | None, product_id: int | None = None) -> int:
        """Takes one product, or all of them (None), out of the cart; returns how many lines that were."""
        return self._db.execute(
            "DELETE FROM cart_items WHERE token = ?1 AND (?2 IS NULL OR product_id = ?2)",
            (session.token if session else "", product_id),
        ).rowcount

    # Orders

    def reserve(self, session: Session | None, lines: Sequence[Line], from_cart: bool = False) -> Order:
        """Takes the lines out of stock and returns their pending order; either all of it happens or nothing.

        Raises:
            Problem: There are no lines (422), or too few pieces in stock (409).
        """
        if not lines:
            raise invalid("There is nothing to order: name a product, or put something into the cart.")
        amount_cents = sum(line.quantity * line.price_cents for line in lines)
        created_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        order = Order(secrets.token_hex(6).upper(), "pending", amount_cents, created_at, None, tuple(lines))
        with self._transaction() as db:
            for line in lines:
                _take(db, line)
            db.execute(
                "INSERT INTO orders (id, user_id, status, amount_cents, created_at) VALUES (?, ?, ?, ?, ?)",
                (order.id, session.user_id if session else None, order.status, amount_cents, created_at),
            )
            rows = [(order.id, line.product, line.name, line.quantity, line.price_cents) for line in lines]
            db.executemany("INSERT INTO order_items VALUES (?, ?, ?, ?, ?)", rows)
            if from_cart:
                self.remove_from_cart(session)
        return order

    def confirm(self, order: Order, payment: str) -> Order:
        """Marks the pending order as paid and returns it."""
        self._db.execute("UPDATE orders SET status = 'paid', payment = ? WHERE id = ?", (payment, order.id))
        return replace(order, status="paid", payment=payment)

    def cancel(self, order: Order, cart_of: Session | None = None) -> None:
        """Marks the pending order as failed and gives its pieces back to the stock, and to this session's cart."""
        with self._transaction() as db:
            db.execute("UPDATE orders SET status = 'failed' WHERE id = ?", (order.id,))
            for line in order.items:
                db.execute("UPDATE products SET stock = stock + ? WHERE id = ?", (line.quantity, line.product))
            if cart_of is not None and self.session(cart_of.token):
                for line in order.items:
                    self.add_to_cart(cart_of, line.product, line.quantity)

    def orders(self, user_id: int) -> list[Order]:
        """Returns the user's latest 50 orders, newest first."""
        rows = self._db.execute(
            "SELECT id, status, amount_cents, created_at, payment FROM orders"
            " WHERE user_id = ? ORDER BY number DESC LIMIT 50",
            (user_id,),
        ).fetchall()
        return [self._with_items(*row) for row in rows]

    def order(self, order_id: str, session: Session | None) -> Order:
        """Returns one order. A guest's order is open to all who know its id, a user's only to that user.

        Raises:
            Problem: There is no such order for this session (404).
        """
        row = self._db.execute(
            "SELECT id, status, amount_cents, created_at, payment FROM orders"
            " WHERE id = ? AND (user_id IS NULL OR user_id = ?)",
            (order_id, session.user_id if session else None),
        ).fetchone()
        if row is None:
            raise not_found("order")
        return self._with_items(*row)

    def _with_items(self, order: str, status: str, amount_cents: int, created_at: str, payment: str | None) -> Order:
        rows = self._db.execute(
            "SELECT product_id, name, quantity, price_cents FROM order_items WHERE order_id = ?", (order,)
        )
        return Order(order, status, amount_cents, created_at, payment, tuple(Line(*row) for row in rows))


def _take(db: sqlite3.Connection, line: Line) -> None:
    taken = db.execute(
        "UPDATE products SET stock = stock - ?1 WHERE id = ?2 AND stock >= ?1", (line.quantity, line.product)
    )
    if taken.rowcount == 0:
        raise Problem(409, "out_of_stock", f"There are not enough pieces of {line.name} in stock.")


def _hash(password: str, salt: bytes) -> bytes:
    # Cheap on purpose: every simulated user logs in, and the shop should not be about hashing.
    return hashlib.scrypt(password.encode(), salt=salt, n=256, r=8, p=1)
