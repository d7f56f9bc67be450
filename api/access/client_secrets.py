"""Client secrets: made here, given out once, kept only as Argon2id hashes."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# The weakest setting that OWASP accepts: about 25 ms and 19 MiB. Secrets are 256 random bits, never a person's choice.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
SECRET_BYTES = 32
LONGEST_QUEUE = 32

Answer = TypeVar("Answer")


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

    def __init__(self, hasher: PasswordHasher = HASHER) -> None:
        self._hasher = hasher
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="secrets")
        self._waiting = 0
        # an unknown client's secret is checked against this, and so takes as long as a known one's
        self._nobody = hasher.hash(new_secret())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    async def check(self, secret_hash: str | None, secret: str) -> bool:
        """Whether ``secret`` is the one that was hashed; never for no hash. Raises ``Overloaded``."""
        matches = await self._beside(lambda: self._matches(secret_hash or self._nobody, secret))
        return matches and secret_hash is not None

    async def hash(self, secret: str) -> str:
        """The hash to keep of a ``secret``. Raises ``Overloaded``."""
        return await self._beside(lambda: self._hasher.hash(secret))

    async def _beside(self, work: Callable[[], Answer]) -> Answer:
        if self._waiting >= LONGEST_QUEUE:
            raise Overloaded
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1

    def _matches(self, secret_hash: str, secret: str) -> bool:
        try:
            return self._hasher.verify(secret_hash, secret)
        except (VerificationError, InvalidHashError):
            return False
