"""Access tokens: what is signed verifies, and nothing else does."""

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from api.access.authentication import InvalidToken, Principal
from api.access.clients import SCOPES, Client
from api.access.keys import KeyRing, SigningKey
from api.access.tokens import AUDIENCE, TYPE, TokenRules, UnknownKey

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TENANT = UUID("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
CLIENT = Client("client_1", TENANT, frozenset(SCOPES), NOW, None)
RULES = TokenRules("https://aurora.test", timedelta(hours=1))
RING = KeyRing((SigningKey.generate(NOW, NOW),))
KEY = RING.keys[0]


def claims(**changes: object) -> dict[str, object]:
    """Good claims with some changed; those changed to ``None`` are left out."""
    good: dict[str, object] = {
        "iss": RULES.issuer,
        "aud": AUDIENCE,
        "sub": CLIENT.client_id,
        "tenant_id": str(TENANT),
        "scope": "alerts:read",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 60,
        "jti": "one",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(claims: dict[str, object], **header: str) -> str:
    return jwt.encode({"alg": "ES256", "kid": KEY.kid, "typ": TYPE, **header}, claims, KEY.pair, ["ES256"])


@given(st.sets(st.sampled_from(sorted(SCOPES)), min_size=1), st.integers(0, 3599))
def test_an_issued_token_verifies_until_it_expires(scopes: set[str], age: int) -> None:
    token = RULES.issue(CLIENT, scopes, RING, NOW)
    verified = RULES.verify(token, RING, NOW + timedelta(seconds=age))
    assert verified.principal == Principal(TENANT, CLIENT.client_id, frozenset(scopes))
    assert verified.expires_at == NOW + RULES.lifetime
    with pytest.raises(InvalidToken):
        RULES.verify(token, RING, verified.expires_at)


def test_a_token_says_what_rfc_9068_asks_for() -> None:
    token = RULES.issue(CLIENT, {"events:write"}, RING, NOW)
    header, payload, _ = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    assert json.loads(header) == {"typ": "at+jwt", "alg": "ES256", "kid": KEY.kid}
    said = json.loads(payload)
    assert said.pop("jti")
    assert said == {
        "iss": "https://aurora.test",
        "sub": "client_1",
        "aud": "aurora-api",
        "client_id": "client_1",
        "tenant_id": str(TENANT),
        "scope": "events:write",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 3600,
    }


def test_two_tokens_are_never_the_same() -> None:
    assert RULES.issue(CLIENT, ["alerts:read"], RING, NOW) != RULES.issue(CLIENT, ["alerts:read"], RING, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.test"},
        {"iss": None},
        {"aud": "another-api"},
        {"aud": None},
        {"sub": None},
        {"tenant_id": None},
        {"tenant_id": "no-uuid"},
        {"scope": None},
        {"exp": None},
        {"exp": int(NOW.timestamp())},
        {"exp": "tomorrow"},
        {"iat": None},
        {"iat": int(NOW.timestamp()) + 3600},
        {"nbf": int(NOW.timestamp()) + 3600},
    ],
    ids=str,
)
def test_claims_that_are_not_ours_are_refused(changes: dict[str, object]) -> None:
    assert RULES.verify(signed(claims()), RING, NOW)
    with pytest.raises(InvalidToken):
        RULES.verify(signed(claims(**changes)), RING, NOW)


def test_another_kind_of_jwt_is_no_access_token() -> None:
    with pytest.raises(InvalidToken):
        RULES.verify(signed(claims(), typ="JWT"), RING, NOW)


def test_an_unsigned_token_is_refused() -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": KEY.kid, "typ": TYPE}).encode())
    body = base64.urlsafe_b64encode(json.dumps(claims()).encode())
    with pytest.raises(InvalidToken):
        RULES.verify(f"{head.decode().rstrip('=')}.{body.decode().rstrip('=')}.", RING, NOW)


def test_the_public_key_is_no_shared_secret() -> None:
    secret = OctKey.import_key(json.dumps(KEY.public_jwk))
    forged = jwt.encode({"alg": "HS256", "kid": KEY.kid, "typ": TYPE}, claims(), secret, ["HS256"])
    with pytest.raises(InvalidToken):
        RULES.verify(forged, RING, NOW)


def test_a_key_in_the_token_itself_is_ignored() -> None:
    own = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "kid": KEY.kid, "typ": TYPE, "jwk": own.as_dict(private=False)}
    with pytest.raises(InvalidToken):
        RULES.verify(jwt.encode(header, claims(), own, ["ES256"]), RING, NOW)


def test_an_unknown_key_is_told_apart() -> None:
    other = KeyRing((SigningKey.generate(NOW, NOW),))
    token = RULES.issue(CLIENT, SCOPES, other, NOW)
    with pytest.raises(UnknownKey):
        RULES.verify(token, RING, NOW)


@given(st.integers(0, 10_000), st.sampled_from("AQgw-_.x"))
def test_a_changed_token_is_refused(position: int, replacement: str) -> None:
    token = signed(claims())
    position %= len(token)
    changed = token[:position] + replacement + token[position + 1 :]
    # the last character of the signature holds bits that mean nothing
    if changed == token or position == len(token) - 1:
        return
    with pytest.raises(InvalidToken):
        RULES.verify(changed, RING, NOW)


@given(st.text(max_size=200))
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        RULES.verify(text, RING, NOW)


def test_a_huge_token_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(InvalidToken, match="too long"):
        RULES.verify(signed(claims(padding="x" * 10_000)), RING, NOW)
