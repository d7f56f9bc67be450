"""What may be asked of ``GET /v1/tenants``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from api.access.tenants import LONGEST_NAME
from api.web.cursor import Place
from api.web.query_parameters import Reader, cursor_of, values_of, whole_number

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class TenantCursor(Place, frozen=True):
    """The tenant that was shown last."""

    version: Literal[1]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]


@dataclass(frozen=True, slots=True)
class TenantQuery:
    """A page of tenants by name; ``after`` is the name before its first."""

    limit: int = DEFAULT_LIMIT
    after: str | None = None


_READERS: Mapping[str, Reader] = {"limit": whole_number(MAX_LIMIT), "cursor": cursor_of(TenantCursor)}


def parse(parameters: Sequence[tuple[str, str]]) -> TenantQuery:
    """The query of a URL's decoded parameters. Raises a `Problem` that names everything that is wrong with them."""
    values = values_of(parameters, _READERS)
    cursor: TenantCursor | None = values.get("cursor")
    return TenantQuery(values.get("limit", DEFAULT_LIMIT), None if cursor is None else cursor.name)
