"""Access tokens: JWTs after RFC 9068, signed with ES256."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, GuestProtocol

from api.access.authentication import InvalidToken, Principal
from api.access.clients import Client
from api.access.keys import ALGORITHM, CLOCK_MARGIN, KeyRing

AUDIENCE = "aurora-api"
TYPE = "at+jwt"
# more than any token of ours, so that nobody makes us decode megabytes
LONGEST_TOKEN = 4096


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What a token says, once its signature and claims are known to be good."""

    principal: Principal
    kid: str
    expires_at: datetime


class UnknownKey(InvalidToken):
    """The token names a key that is not in the ring: it may be newer than the ring."""


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What every token of this deployment has in common."""

    issuer: str
    lifetime: timedelta

    def issue(self, client: Client, scopes: Collection[str], ring: KeyRing, now: datetime) -> str:
        """A signed token for ``client``; raises ``NoSigningKey``."""
        key = ring.signer(now)
        issued_at = int(now.timestamp())
        claims = {
            "iss": self.issuer,
            "sub": client.client_id,
            "aud": AUDIENCE,
            "client_id": client.client_id,
            "tenant_id": str(client.tenant_id),
            "scope": " ".join(sorted(scopes)),
            "iat": issued_at,
            "exp": issued_at + int(self.lifetime.total_seconds()),
            "jti": str(uuid4()),
        }
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": TYPE}, claims, key.pair, [ALGORITHM])

    def verify(self, token: str, ring: KeyRing, now: datetime) -> VerifiedToken:
        """What ``token`` says; raises ``UnknownKey`` or ``InvalidToken``. Costs about 150 us, so callers cache."""
        if len(token) > LONGEST_TOKEN:
            raise InvalidToken("too long")
        try:
            decoded = jwt.decode(token, lambda jws: _verifying_key(jws, ring, now), [ALGORITHM])
            if decoded.header.get("typ") != TYPE:
                raise InvalidToken("not an access token")
            self._claims(now).validate(decoded.claims)
            verified = _verified(decoded)
        except (JoseError, ValueError) as error:
            raise InvalidToken(str(error)) from error
        # the claims' margin is for clocks that are behind ours; an expired token is expired
        if verified.expires_at <= now:
            raise InvalidToken("expired")
        return verified

    def _claims(self, now: datetime) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=int(CLOCK_MARGIN.total_seconds()),
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            tenant_id={"essential": True},
            scope={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
        )


def _verifying_key(signature: GuestProtocol, ring: KeyRing, now: datetime) -> ECKey:
    kid = signature.headers().get("kid")
    key = ring.verifier(kid, now) if isinstance(kid, str) else None
    if key is None:
        raise UnknownKey("no such key")
    return key.pair


def _verified(token: jwt.Token) -> VerifiedToken:
    claims = token.claims
    principal = Principal(UUID(claims["tenant_id"]), claims["sub"], frozenset(claims["scope"].split()))
    return VerifiedToken(principal, token.header["kid"], datetime.fromtimestamp(claims["exp"], UTC))
