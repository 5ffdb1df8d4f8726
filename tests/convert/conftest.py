"""A shop and a browser for those who record."""

from tests.demo.conftest import browser, processes, serve, shop

__all__ = ["browser", "processes", "serve", "shop"]
