"""What may be asked of ``/v1/settings`` and told to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from api.ingest.event_fields import Refused, name
from api.tenant_settings.setting import Setting
from api.web.cursor import NamesCursor
from api.web.problems import Problem
from api.web.query_parameters import Reader, cursor_of, values_of, whole_number
from schemas.setting_levels import WHOLE_TENANT, Level

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class LevelsQuery:
    """A page of levels."""

    limit: int = DEFAULT_LIMIT
    after: Level | None = None


_PAGE: Mapping[str, Reader] = {"limit": whole_number(MAX_LIMIT), "cursor": cursor_of(NamesCursor)}
_NAMES: Mapping[str, Reader] = {"sku": name, "warehouse": name}


def parse_page(parameters: Sequence[tuple[str, str]]) -> LevelsQuery:
    """The query of a URL's decoded parameters. Raises a `Problem` that names everything that is wrong with them."""
    values = values_of(parameters, _PAGE)
    cursor: NamesCursor | None = values.get("cursor")
    after = None
    if cursor is not None and len(cursor.names) == 3:
        category, sku, warehouse = cursor.names
        after = Level(sku, warehouse, category)
    return LevelsQuery(values.get("limit", DEFAULT_LIMIT), after)


def cursor_after(level: Level) -> NamesCursor:
    """Where the page after this level begins."""
    return NamesCursor(1, [level.category, level.sku, level.warehouse])


def parse_names(parameters: Sequence[tuple[str, str]]) -> tuple[str | None, str | None]:
    """SKU and warehouse, of which either may be left out. Raises a `Problem`."""
    values = values_of(parameters, _NAMES)
    return values.get("sku"), values.get("warehouse")


def level_of(parameters: Mapping[str, str]) -> Level:
    """The level that a path names. Raises a `Problem` for what is no name."""
    return Level(**{key: name_in_path(key, text) for key, text in parameters.items()})


def name_in_path(key: str, text: str) -> str:
    """A name from a path. Raises a `Problem` for what is none."""
    try:
        # a lone surrogate stands for a byte that is not UTF-8
        text.encode()
        return name(text)
    except (Refused, UnicodeEncodeError) as error:
        reason = str(error) if isinstance(error, Refused) else "must be percent-encoded UTF-8"
        raise Problem(
            400,
            "Bad name",
            f"The {key} in the path {reason}.",
            type="bad-name",
            errors=[{"parameter": key, "reason": reason}],
        ) from None


def parse_setting(body: bytes, level: Level) -> Setting:
    """What a level is to set. Raises a `Problem`."""
    try:
        setting = msgspec.json.decode(body, type=Setting)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _bad_settings(f"{error}.") from None
    if setting == Setting():
        raise _bad_settings("Nothing is set; to take a level's settings away, delete them.")
    if setting.retention_days is not None and level != WHOLE_TENANT:
        raise _bad_settings("retention_days can be set for the whole tenant only - at `$.retention_days`.")
    return setting


def _bad_settings(detail: str) -> Problem:
    return Problem(400, "Bad settings", detail, type="bad-settings")
