"""The goods of the shop: sixty products, always the same."""

from __future__ import annotations

from dataclasses import dataclass

PLENTY = 1_000_000
LIMITED = 25
LIMITED_MARK = "(limited edition)"

# Per category: the noun, what one is like, and the names with their prices in cents.
_RANGES: tuple[tuple[str, str, str, tuple[tuple[str, int], ...]], ...] = (
    (
        "lamps",
        "lamp",
        "A warm, dimmable light with a linen cord and a shade that does not glare.",
        (
            ("Fjord desk", 8900),
            ("Alba floor", 19900),
            ("Pebble table", 6400),
            ("Moss reading", 9900),
            ("Nord pendant", 14900),
            ("Lumen clip", 3900),
            ("Harbour wall", 7900),
            ("Tilde arc", 24900),
            ("Ember bedside", 5400),
            ("Quill piano", 11900),
        ),
    ),
    (
        "chairs",
        "chair",
        "Steam-bent ash with a woven seat, light enough to lift with one hand.",
        (
            ("Birch dining", 12900),
            ("Wren rocking", 28900),
            ("Otter lounge", 44900),
            ("Slate office", 31900),
            ("Fern folding", 5900),
            ("Heron bar", 14900),
            ("Clover kids", 4900),
            ("Marl wing", 52900),
            ("Tansy garden", 7900),
            ("Juniper reading", 36900),
        ),
    ),
    (
        "tables",
        "table",
        "Solid oak, oiled by hand, with rounded edges and room for one more guest.",
        (
            ("Alder dining", 79900),
            ("Rill coffee", 24900),
            ("Brook side", 11900),
            ("Cedar writing", 45900),
            ("Dune console", 32900),
            ("Elm kitchen", 54900),
            ("Gale folding", 13900),
            ("Hazel nesting", 18900),
            ("Isle garden", 27900),
            ("Larch work", 61900),
        ),
    ),
    (
        "shelves",
        "shelf",
        "Powder-coated steel and birch boards that go up without a single tool.",
        (
            ("Ladder book", 17900),
            ("Grid wall", 8900),
            ("Perch picture", 2900),
            ("Stack cube", 6900),
            ("Tier plant", 9900),
            ("Vale corner", 7400),
            ("Loft record", 21900),
            ("Mill spice", 2400),
            ("Cove bath", 5400),
            ("Pier shoe", 6400),
        ),
    ),
    (
        "rugs",
        "rug",
        "Undyed wool, flat woven on an old loom, kind to bare feet.",
        (
            ("Meadow", 25900),
            ("Tide", 31900),
            ("Clay", 18900),
            ("Loam", 22900),
            ("Frost", 27900),
            ("Saffron", 34900),
            ("Thistle", 19900),
            ("Indigo", 38900),
            ("Lichen", 16900),
            ("Sable", 44900),
        ),
    ),
    (
        "clocks",
        "clock",
        "A silent sweep movement behind domed glass, in a case turned from one block.",
        (
            ("Sunday wall", 6900),
            ("Minute desk", 4400),
            ("Dawn alarm", 3900),
            ("Station", 12900),
            ("Lagoon", 8400),
            ("Cuckoo", 15900),
            ("Pendulum", 32900),
            ("Orbit", 9900),
            ("Solstice", 28900),
            ("Equinox", 29900),
        ),
    ),
)
_LIMITED_NAMES = frozenset({"Solstice", "Equinox"})


@dataclass(frozen=True)
class Product:
    """One article of the shop, with its stock in pieces and its rating from 1 to 5."""

    id: int
    name: str
    description: str
    price_cents: int
    stock: int
    category: str
    rating: float


def products(stock: int | None = None) -> list[Product]:
    """Returns all products in the order of their ids.

    Args:
        stock: Pieces of each product; None means plenty. Limited editions never have more than 25.
    """
    plenty = PLENTY if stock is None else stock
    if plenty < 0:
        raise ValueError(f"stock must not be negative: {stock}")
    goods: list[Product] = []
    for category, noun, description, names in _RANGES:
        for first_name, price_cents in names:
            limited = first_name in _LIMITED_NAMES
            name = f"{first_name} {noun}" + (f" {LIMITED_MARK}" if limited else "")
            rating = 3.5 + (len(goods) * 7 % 15) / 10
            pieces = min(plenty, LIMITED) if limited else plenty
            goods.append(Product(len(goods) + 1, name, description, price_cents, pieces, category, rating))
    return goods
