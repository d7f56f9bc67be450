"""The headers that let a receiver check a webhook, by the Standard Webhooks specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping


def signed_headers(
    message_id: str, timestamp: int, payload: bytes, secrets: Iterable[bytes]
) -> Mapping[str, str]:
    """``webhook-id``, ``webhook-timestamp`` (seconds since 1970, of this try) and ``webhook-signature``.

    The signature has one part for each secret, so that either of two is enough while one replaces the other.
    """
    signed = b".".join([message_id.encode(), str(timestamp).encode(), payload])
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: bytes, signed: bytes) -> str:
    return f"v1,{b64encode(hmac.digest(secret, signed, 'sha256')).decode()}"
