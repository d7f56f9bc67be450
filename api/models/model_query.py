"""What may be asked of ``GET /v1/models`` and told to ``PUT /v1/models/pin``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from api.web.cursor import VersionCursor
from api.web.problems import Problem
from api.web.query_parameters import Reader, cursor_of, values_of, whole_number

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
LONGEST_VERSION = 64


@dataclass(frozen=True, slots=True)
class VersionQuery:
    """A page of versions."""

    limit: int = DEFAULT_LIMIT
    begin: str | None = None
    """The version with which the page begins; None: the newest."""


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a pin."""

    model_version: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_VERSION)]


_READERS: Mapping[str, Reader] = {"limit": whole_number(MAX_LIMIT), "cursor": cursor_of(VersionCursor)}


def parse(parameters: Sequence[tuple[str, str]]) -> VersionQuery:
    """The query of a URL's decoded parameters. Raises a `Problem` that names everything that is wrong with them."""
    values = values_of(parameters, _READERS)
    cursor: VersionCursor | None = values.get("cursor")
    return VersionQuery(
        limit=values.get("limit", DEFAULT_LIMIT), begin=None if cursor is None else cursor.model_version
    )


def parse_pin(body: bytes) -> str:
    """The name of the version that is to be pinned. Raises a `Problem`."""
    try:
        return msgspec.json.decode(body, type=Pin).model_version
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(
            400,
            "Bad pin",
            f'The body must be of the form {{"model_version": "nb-2.17-1f3a9c"}}. {error}.',
            type="bad-pin",
        ) from None
