"""The levels at which a tenant sets things, which goes before which, and their keys in the topic settings.

A key is ``tenant_id|sku|warehouse`` with empty parts where the level speaks of all, and for a category
``tenant_id|||category``, which no SKU or warehouse can be mistaken for.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas.topics import TENANT_PATTERN

_KEY = re.compile(
    rf"(?P<tenant>{TENANT_PATTERN})\|(?P<sku>[^|]*)\|(?P<warehouse>[^|]*)(\|(?P<category>[^|]+))?"
)

THRESHOLD = 0.7
HORIZON_HOURS: Final = 24
HORIZONS_HOURS = (6, 12, 24, 48)
TIME_ZONE = "UTC"
LOCALE = "en"
RETENTION_DAYS = 7
"""What holds where no level sets anything; nobody is left alone by quiet hours then."""


class Level(NamedTuple):
    """What a setting speaks of; a name that is empty speaks of all. A category stands by itself."""

    sku: str = ""
    warehouse: str = ""
    category: str = ""


WHOLE_TENANT = Level()


def levels_of(sku: str, warehouse: str, category: str | None) -> Iterator[Level]:
    """The levels that may say something of a SKU in a warehouse, the most specific first: for each field the first that
    sets it goes. Without a warehouse, those of the SKU in all of them.
    """
    if warehouse:
        yield Level(sku, warehouse)
    yield Level(sku)
    if category:
        yield Level(category=category)
    if warehouse:
        yield Level("", warehouse)
    yield WHOLE_TENANT


def key_of(tenant_id: str, level: Level) -> str:
    """The key of a level's message."""
    key = f"{tenant_id}|{level.sku}|{level.warehouse}"
    return f"{key}|{level.category}" if level.category else key


def tenant_and_level(key: str) -> tuple[str, Level]:
    """Whose key it is, and of which level. Raises ``ValueError`` for a key that is no level's."""
    found = _KEY.fullmatch(key)
    if found is None or (found["category"] and (found["sku"] or found["warehouse"])):
        raise ValueError(f"{key!r:.200} is no key of a tenant's settings")
    return found["tenant"], Level(found["sku"], found["warehouse"], found["category"] or "")
