"""What the links in letters carry: whom they speak of, sealed against guessing."""

import hmac
from base64 import urlsafe_b64encode
from enum import StrEnum
from hashlib import sha256

_CONTEXT = b"links in letters"


class Purpose(StrEnum):
    """What a link does; one for the one is none for the other."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"


class LinkTokens:
    """Tokens that do not expire: who wants no more letters must be able to say so from the oldest of them."""

    def __init__(self, key: bytes) -> None:
        """``key`` is the deployment's encryption key, from which one of their own is made."""
        self._key = hmac.digest(key, _CONTEXT, sha256)

    def token(self, recipient_id: str, purpose: Purpose) -> str:
        """Letters, digits and ``-_.``, fit for an address."""
        mac = hmac.digest(self._key, f"{purpose}|{recipient_id}".encode(), sha256)
        return f"{recipient_id}.{urlsafe_b64encode(mac[:18]).decode()}"

    def recipient_of(self, token: str, purpose: Purpose) -> str | None:
        """Whom a token speaks of; None for one that is none of ours."""
        recipient_id = token.partition(".")[0]
        ours = self.token(recipient_id, purpose)
        return recipient_id if hmac.compare_digest(ours.encode(), token.encode()) else None
