"""Signing keys, and how they follow one another so that no live token loses its key.

A key is published as soon as it is made, signs only after everyone who verifies has had time to read it, and stays
published until the last token that it signed has expired.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from joserfc.jwk import ECKey

ALGORITHM = "ES256"
# how long others may keep a copy of the published keys
PUBLISHED_FOR = timedelta(minutes=5)
# from publishing to signing: a copy may be that old, and its owner may have to ask more than once
LEAD = 2 * PUBLISHED_FOR
# how far the clocks of two processes may be apart
CLOCK_MARGIN = timedelta(minutes=1)
INSTANT = timedelta.resolution


class NoSigningKey(Exception):
    """No key may sign now."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair; it signs from ``signs_from`` until a newer one does, and verifies until ``retired_at``."""

    pair: ECKey = field(repr=False)
    created_at: datetime
    signs_from: datetime
    retired_at: datetime | None = None

    @classmethod
    def generate(cls, created_at: datetime, signs_from: datetime) -> Self:
        """A fresh pair on P-256."""
        pair = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
        return cls(pair, created_at, signs_from)

    @property
    def kid(self) -> str:
        """The key's name: its RFC 7638 thumbprint."""
        return str(self.pair.kid)

    @property
    def public_jwk(self) -> dict[str, Any]:
        """What is published."""
        return dict(self.pair.as_dict(private=False))

    def is_live(self, now: datetime) -> bool:
        """Whether tokens that this key signed are accepted."""
        return self.retired_at is None or now < self.retired_at


@dataclass(frozen=True, slots=True)
class Rotation:
    """A new key, and when the ones before it are retired."""

    new: SigningKey
    others_retire_at: datetime


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys that a process knows."""

    keys: tuple[SigningKey, ...] = ()

    def signer(self, now: datetime) -> SigningKey:
        """The key to sign with: of those whose time has come, the newest. Raises ``NoSigningKey``."""
        ready = [key for key in self._live(now) if key.signs_from <= now]
        if not ready:
            raise NoSigningKey
        return max(ready, key=lambda key: key.signs_from)

    def verifier(self, kid: str, now: datetime) -> SigningKey | None:
        """The key of that name, if its tokens are accepted."""
        return next((key for key in self._live(now) if key.kid == kid), None)

    def jwks(self, now: datetime) -> dict[str, Any]:
        """The published keys as a JWK Set (RFC 7517)."""
        return {"keys": [key.public_jwk for key in self._live(now)]}

    def rotation(self, now: datetime, token_lifetime: timedelta) -> Rotation:
        """The next key: published now, signing after ``LEAD``, but at once where there is no other."""
        live = list(self._live(now))
        # later than every other, else two keys would both be the newest and the one to be retired might go on signing
        signs_from = max([now + LEAD, *(key.signs_from + INSTANT for key in live)]) if live else now
        return Rotation(SigningKey.generate(now, signs_from), signs_from + token_lifetime + CLOCK_MARGIN)

    def replacement(self, now: datetime) -> Rotation:
        """The next key after a theft: it signs at once and every earlier token is refused."""
        return Rotation(SigningKey.generate(now, now), now)

    def after(self, rotation: Rotation) -> Self:
        """The ring with the new key; a key that was to be retired sooner still is."""
        return replace(self, keys=(*_retired(self.keys, rotation.others_retire_at), rotation.new))

    def _live(self, now: datetime) -> Iterable[SigningKey]:
        return (key for key in self.keys if key.is_live(now))


def _retired(keys: Iterable[SigningKey], at: datetime) -> Iterable[SigningKey]:
    for key in keys:
        yield replace(key, retired_at=at if key.retired_at is None else min(key.retired_at, at))
