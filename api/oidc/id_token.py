"""What an identity provider says of who signed in: an ID token (OpenID Connect Core, section 3.1.3.7)."""

from dataclasses import dataclass
from datetime import datetime

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.users.user import normalised_email

# never "none", and never one whose key the client shares
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
LONGEST = 16 * 1024
LONGEST_SUBJECT = 255
CLOCK_MARGIN_S = 60


class BadIdToken(Exception):
    """The token is none of this provider's, for us, now; the message is one line for the log."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in: a subject, whose name means something to its issuer alone, and an address if it is confirmed."""

    issuer: str
    subject: str
    email: str | None


def identity_in(
    token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, now: datetime
) -> Identity:
    """Whom a token speaks of; raises `BadIdToken`."""
    if len(token) > LONGEST:
        raise BadIdToken("too long")
    expected = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=CLOCK_MARGIN_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        claims = jwt.decode(token, keys, ALGORITHMS).claims
        expected.validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise BadIdToken(f"{type(error).__name__}: {error}") from error
    # of several audiences one must be named as who asked for it
    if "azp" in claims or isinstance(claims["aud"], list) and len(claims["aud"]) > 1:
        if claims.get("azp") != client_id:
            raise BadIdToken("made for another client")
    subject = claims["sub"]
    if not (isinstance(subject, str) and 1 <= len(subject) <= LONGEST_SUBJECT):
        raise BadIdToken("no subject")
    return Identity(issuer, subject, _confirmed_email(claims))


def _confirmed_email(claims: jwt.Claims) -> str | None:
    email, verified = claims.get("email"), claims.get("email_verified")
    # some providers send the word in place of the truth value
    if not isinstance(email, str) or (verified is not True and verified != "true"):
        return None
    return normalised_email(email)
