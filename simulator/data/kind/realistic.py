"""Names, places and texts that look real: mimesis's, or Faker's by the names that its users know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from mimesis.providers import BaseProvider
    from mimesis.random import Random

SHORT = {
    "full_name": "person.full_name",
    "first_name": "person.first_name",
    "last_name": "person.last_name",
    "email": "person.email",
    "phone": "person.phone_number",
    "username": "person.username",
    "password": "person.password",
    "occupation": "person.occupation",
    "street": "address.address",
    "city": "address.city",
    "state": "address.state",
    "postal_code": "address.postal_code",
    "country": "address.country",
    "country_code": "address.country_code",
    "company": "finance.company",
    "currency": "finance.currency_iso_code",
    "word": "text.word",
    "sentence": "text.sentence",
    "color": "text.color",
    "url": "internet.url",
    "hostname": "internet.hostname",
    "ip": "internet.ip_v4",
    "user_agent": "internet.user_agent",
}
"""Words for what is needed most, as methods of mimesis."""


def locales() -> tuple[str, ...]:
    """What there are names and places of, `en` and many more."""
    from mimesis import Locale

    return tuple(locale.value for locale in Locale)


@dataclass(frozen=True)
class Realistic:
    """A method of mimesis's `Generic`.

    Attributes:
        method: provider and method, `person.full_name`.
        locale: whose names and places.
        arguments: for the method.
    """

    method: str
    locale: str = "en"
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    ranked: ClassVar[bool] = False

    def bound(self, random: Random) -> Callable[..., Any]:
        """The method, with this source of chance.

        Raises:
            ValueError: there is none of that name.
        """
        method, providers = _mimesis(self.method, self.locale)
        for provider in providers:
            provider.random = random
        return method

    def draw(self, random: Random, count: int) -> list[Any]:
        """So many values."""
        one, arguments = self.bound(random), self.arguments
        return [one(**arguments) for _ in range(count)] if arguments else [one() for _ in range(count)]

    def wrong(self, value: Any) -> str | None:
        """Something must be there; an address of electronic mail has its sign."""
        if value is None or value == "":
            return "nothing is there"
        if self.method == "person.email" and "@" not in str(value):
            return f"{value!r} is no e-mail address"
        return None


@dataclass(frozen=True)
class Fake:
    """A provider of Faker's, by its name.

    Attributes:
        name: of the method, `credit_card_number`.
        locale: whose names and places.
        arguments: for the method.
    """

    name: str
    locale: str = "en"
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    ranked: ClassVar[bool] = False

    def bound(self, random: Random) -> Callable[..., Any]:
        """The method, with this source of chance.

        Raises:
            ValueError: there is none of that name, or Faker is not installed.
        """
        faker = _faker(self.locale)
        faker.random = random
        method = None if self.name.startswith("_") else getattr(faker, self.name, None)
        if not callable(method):
            raise ValueError(f"Faker has no {self.name!r}")
        return method  # type: ignore[no-any-return]

    def draw(self, random: Random, count: int) -> list[Any]:
        """So many values."""
        one, arguments = self.bound(random), self.arguments
        return [one(**arguments) for _ in range(count)]

    def wrong(self, value: Any) -> str | None:
        """Something must be there."""
        return "nothing is there" if value is None or value == "" else None


@lru_cache(maxsize=256)
def _mimesis(name: str, locale: str) -> tuple[Callable[..., Any], list[BaseProvider]]:
    """A method of mimesis, and every provider that has a hand in it: some ask others, each with chance of its own.

    Raises:
        ValueError: there is none of that name.
    """
    from mimesis import Generic, Locale
    from mimesis.providers import BaseProvider

    provider_name, _, method_name = name.partition(".")
    provider = getattr(Generic(Locale(locale)), provider_name, None)
    method = None if method_name.startswith("_") else getattr(provider, method_name, None)
    if not isinstance(provider, BaseProvider) or not callable(method):
        raise ValueError(f"mimesis has no {name!r}")
    providers = [provider]
    for each in providers:
        providers += [inner for inner in vars(each).values() if isinstance(inner, BaseProvider)]
    return method, providers


@lru_cache(maxsize=8)
def _faker(locale: str) -> Any:
    try:
        from faker import Faker
    except ImportError:
        raise ValueError("Faker is not installed: pip install 'simulator[data]'") from None
    return Faker(locale.replace("-", "_"), use_weighting=False)
