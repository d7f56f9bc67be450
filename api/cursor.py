"""Where a walk through the alerts stands, as an opaque text for the client to send back."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Literal, Self

import msgspec

MAX_LENGTH = 1_000

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Cursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The alert that was looked at last. It is checked, not signed: made up, it leads nowhere but into the caller's own."""

    version: Literal[1]
    raised_ms: Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
    sku: Name
    warehouse: Name

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
