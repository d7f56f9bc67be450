"""What is believed of an ID token."""

from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from api.oidc.id_token import CLOCK_MARGIN_S, BadIdToken, Identity, identity_in

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ISSUER = "https://login.shop.example"
KEY = ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig"}, auto_kid=True)
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "1234",
    "aud": "aurora",
    "nonce": "a nonce",
    "iat": SECONDS,
    "exp": SECONDS + 300,
    "email": "Ada@Shop.example",
    "email_verified": True,
}


def token(key: Any = KEY, alg: str = "ES256", **changes: Any) -> str:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not ...}
    return jwt.encode({"alg": alg, "kid": KEY.kid}, claims, key, [alg])


def read(text: str) -> Identity:
    keys = KeySet([ECKey.import_key(KEY.as_dict(private=False))])
    return identity_in(text, keys, issuer=ISSUER, client_id="aurora", nonce="a nonce", now=NOW)


def test_a_good_one_is_believed() -> None:
    assert read(token()) == Identity(ISSUER, "1234", "ada@shop.example")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["aurora"]},
        {"aud": ["aurora", "another"], "azp": "aurora"},
        {"azp": "aurora"},
        {"exp": SECONDS - CLOCK_MARGIN_S + 1},
        {"iat": SECONDS + CLOCK_MARGIN_S - 1},
    ],
)
def test_forms_that_are_as_good(changes: dict[str, Any]) -> None:
    assert read(token(**changes)).subject == "1234"


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "nonce", "iat", "exp"])
def test_one_that_lacks_something_is_not(missing: str) -> None:
    without: dict[str, Any] = {missing: ...}
    with pytest.raises(BadIdToken):
        read(token(**without))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": f"{ISSUER}/"},
        {"aud": "another"},
        {"aud": ["aurora", "another"]},
        {"aud": ["aurora", "another"], "azp": "another"},
        {"azp": "another"},
        {"nonce": "another"},
        {"exp": SECONDS - CLOCK_MARGIN_S - 1},
        {"iat": SECONDS + CLOCK_MARGIN_S + 1},
        {"sub": 1234},
        {"sub": "x" * 256},
        {"exp": "soon"},
        {"padding": "x" * 20_000},
    ],
)
def test_one_that_is_not_for_us_now_is_not(changes: dict[str, Any]) -> None:
    with pytest.raises(BadIdToken):
        read(token(**changes))


def test_one_of_another_key_is_not() -> None:
    with pytest.raises(BadIdToken):
        read(token(ECKey.generate_key("P-256")))


def test_one_whose_key_the_client_shares_is_not() -> None:
    with pytest.raises(BadIdToken):
        read(token(OctKey.generate_key(256), "HS256"))


def test_one_that_is_not_signed_is_not() -> None:
    head, body, _ = token().split(".")
    for forged in ("eyJhbGciOiJub25lIn0." + body + ".", f"{head}.{body}.", "no token", ""):
        with pytest.raises(BadIdToken):
            read(forged)


@pytest.mark.parametrize(
    ("changes", "email"),
    [
        ({"email_verified": "true"}, "ada@shop.example"),
        ({"email_verified": False}, None),
        ({"email_verified": "false"}, None),
        ({"email_verified": 1}, None),
        ({"email_verified": ...}, None),
        ({"email": ...}, None),
        ({"email": 1}, None),
        ({"email": "no address"}, None),
    ],
)
def test_an_address_counts_where_it_is_confirmed(changes: dict[str, Any], email: str | None) -> None:
    assert read(token(**changes)).email == email
