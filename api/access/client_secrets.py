"""Client secrets: made here, given out once, kept only as Argon2id hashes."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# The weakest setting that OWASP accepts: about 25 ms and 19 MiB. Secrets are 256 random bits, never a person's choice.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
SECRET_BYTES = 32
LONGEST_QUEUE = 32


class Overloaded(Exception):
    """More secrets wait to be checked than can be checked soon."""


def new_secret() -> str:
    """A secret of 256 random bits, as 43 URL-safe characters."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hash_secret(secret: str) -> str:
    """The Argon2id hash to keep; takes about 25 ms of CPU."""
    return HASHER.hash(secret)


class SecretChecker:
    """Checks secrets beside the event loop, on one thread, so that guessing can take no more than one core."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="client-secrets")
        self._waiting = 0
        # an unknown client's secret is checked against this, and so takes as long as a known one's
        self._nobody = hash_secret(new_secret())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    async def check(self, secret_hash: str | None, secret: str) -> bool:
        """Whether ``secret`` is the one that was hashed; never for no hash. Raises ``Overloaded``."""
        if self._waiting >= LONGEST_QUEUE:
            raise Overloaded
        self._waiting += 1
        try:
            matches = await asyncio.get_running_loop().run_in_executor(
                self._thread, _matches, secret_hash or self._nobody, secret
            )
        finally:
            self._waiting -= 1
        return matches and secret_hash is not None


def _matches(secret_hash: str, secret: str) -> bool:
    try:
        return HASHER.verify(secret_hash, secret)
    except (VerificationError, InvalidHashError):
        return False
