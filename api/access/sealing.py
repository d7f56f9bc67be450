"""Sealing of secrets at rest: AES-256-GCM."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

VERSION = b"\x01"
NONCE_BYTES = 12
KEY_BYTES = 32


class Unsealable(Exception):
    """The sealed bytes were changed, belong elsewhere, or were sealed under another key."""


def key_of(setting: SecretStr) -> bytes:
    """The 32 bytes that a setting holds as base64; ``ValueError`` when it does not."""
    try:
        key = base64.b64decode(setting.get_secret_value(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} bytes in base64")
    return key


def seal(key: bytes, secret: bytes, context: bytes) -> bytes:
    """``secret`` sealed under ``key`` and bound to ``context``: version byte, nonce, ciphertext with tag."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, secret, VERSION + context)


def unseal(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """What ``seal`` was given; raises ``Unsealable``."""
    version, nonce, ciphertext = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if version != VERSION or len(nonce) != NONCE_BYTES:
        raise Unsealable("unknown form")
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, VERSION + context)
    except InvalidTag:
        raise Unsealable("wrong key, or the bytes were changed") from None
