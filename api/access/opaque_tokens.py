"""Tokens that say nothing: 256 random bits, kept by their hash alone."""

import hmac
import secrets
from hashlib import sha256

TOKEN_BYTES = 32


def new_token() -> str:
    """43 URL-safe characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """What is kept of a token, hexadecimal. A plain hash does: nobody can guess 256 random bits."""
    return sha256(token.encode()).hexdigest()


def derived(token: str, purpose: str) -> str:
    """Another token, which only who has this one can make, and which does not lead back to it."""
    return hmac.digest(token.encode(), purpose.encode(), "sha256").hex()
