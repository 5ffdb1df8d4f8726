CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    price_cents INTEGER NOT NULL CHECK (price_cents > 0),
    stock INTEGER NOT NULL CHECK (stock >= 0),
    category TEXT NOT NULL,
    rating REAL NOT NULL
);
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    salt BLOB NOT NULL,
    password_hash BLOB NOT NULL
);
-- A session without a user belongs to a guest who has put something into a cart.
CREATE TABLE sessions (
    token TEXT PRIMARY KEY,
    user_id INTEGER REFERENCES users (id)
) WITHOUT ROWID;
CREATE TABLE cart_items (
    token TEXT NOT NULL REFERENCES sessions (token) ON DELETE CASCADE ON UPDATE CASCADE,
    product_id INTEGER NOT NULL REFERENCES products (id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (token, product_id)
) WITHOUT ROWID;
CREATE TABLE orders (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    user_id INTEGER REFERENCES users (id),
    status TEXT NOT NULL CHECK (status IN ('pending', 'paid', 'failed')),
    amount_cents INTEGER NOT NULL,
    payment TEXT,
    created_at TEXT NOT NULL
);
CREATE INDEX orders_of_user ON orders (user_id, number);
CREATE TABLE order_items (
    order_id TEXT NOT NULL REFERENCES orders (id),
    product_id INTEGER NOT NULL REFERENCES products (id),
    name TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    price_cents INTEGER NOT NULL,
    PRIMARY KEY (order_id, product_id)
) WITHOUT ROWID;
