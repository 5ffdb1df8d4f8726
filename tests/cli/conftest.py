"""A shop for those who look at one."""

from tests.demo.conftest import processes, serve, shop

__all__ = ["processes", "serve", "shop"]
