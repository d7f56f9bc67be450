"""Where a walk through pages stands, as an opaque text for the client to send back in the next page's address."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Annotated, Literal, Self
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from starlette.requests import Request

MAX_LENGTH = 1_000

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place in a walk. It is checked, not signed: made up, it leads nowhere but into the caller's own."""

    @property
    def token(self) -> str:
        """Letters, digits, hyphens and underscores."""
        return urlsafe_b64encode(msgspec.msgpack.encode(self)).rstrip(b"=").decode()

    @classmethod
    def of(cls, token: str) -> Self:
        """The cursor of a token; raises ``ValueError`` for what is none of ours."""
        if len(token) > MAX_LENGTH or not token.isascii():
            raise ValueError("not a cursor")
        try:
            cursor = msgspec.msgpack.decode(urlsafe_b64decode(token + "=" * (-len(token) % 4)), type=cls)
        except (ValueError, msgspec.DecodeError) as error:
            raise ValueError("not a cursor") from error
        # one text for one place
        if cursor.token != token:
            raise ValueError("not a cursor")
        return cursor


class Cursor(Place, frozen=True):
    """The alert that was looked at last."""

    version: Literal[1]
    raised_ms: Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
    sku: Name
    warehouse: Name


class VersionCursor(Place, frozen=True):
    """The version of a model with which the next page begins."""

    version: Literal[1]
    model_version: Name


class NamesCursor(Place, frozen=True):
    """What was looked at last, by its names; one may be empty."""

    version: Literal[1]
    names: Annotated[list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=3)]


class NumberCursor(Place, frozen=True):
    """The entry of a log that was looked at last."""

    version: Literal[1]
    number: Annotated[int, msgspec.Meta(ge=1, le=(1 << 63) - 1)]


class DeletionCursor(Place, frozen=True):
    """The deletion that was looked at last."""

    version: Literal[1]
    deleted_at: Annotated[datetime, msgspec.Meta(tz=True)]
    deletion_id: UUID


def link_to_next(request: Request, place: Place) -> str:
    """The ``Link`` header (RFC 8288) of the next page: the same question with its cursor."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f'<{request.url.path}?{urlencode([*kept, ("cursor", place.token)])}>; rel="next"'
