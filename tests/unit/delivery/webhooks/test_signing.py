"""Signatures, by the specification's own example and its own library."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from delivery.webhooks.signing import signed_headers

SECRETS = st.binary(min_size=24, max_size=64)
TEXT = st.text(max_size=200)


def now_s() -> int:
    """Taken anew for each message: the library refuses one that is more than five minutes old."""
    return int(datetime.now(UTC).timestamp())


def verify(secret: bytes, headers: dict[str, str], payload: str) -> None:
    Webhook(f"whsec_{b64encode(secret).decode()}").verify(payload, headers, json_parse=False)


def test_a_published_example() -> None:
    # https://docs.svix.com/receiving/verifying-payloads/how-manual
    secret = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [secret])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(secret=SECRETS, payload=TEXT)
def test_the_independent_library_accepts_it(secret: bytes, payload: str) -> None:
    verify(secret, dict(signed_headers("msg_1", now_s(), payload.encode(), [secret])), payload)


@given(secret=SECRETS, other=SECRETS, payload=TEXT)
def test_either_of_two_secrets_will_do(secret: bytes, other: bytes, payload: str) -> None:
    headers = dict(signed_headers("msg_1", now_s(), payload.encode(), [secret, other]))
    for each in (secret, other):
        verify(each, headers, payload)


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "payload", "secret"])
def test_what_was_changed_is_refused(changed: str) -> None:
    secret, payload = b"s" * 32, '{"type":"alert.raised"}'
    headers = dict(signed_headers("msg_1", now_s(), payload.encode(), [secret]))
    if changed in headers:
        headers[changed] = str(int(headers[changed]) + 1) if changed == "webhook-timestamp" else "msg_2"
    with pytest.raises(WebhookVerificationError):
        verify(
            b"t" * 32 if changed == "secret" else secret,
            headers,
            payload + " " if changed == "payload" else payload,
        )
