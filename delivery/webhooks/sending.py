"""One try: a POST, and what came of it, within a limit that holds for all of it."""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from math import inf

import certifi
import httpcore
import httpx

from api.clock import Clock
from api.web.guarded_network import GuardedNetwork, TargetRefused
from delivery.webhooks.lane import AT_ONCE
from delivery.webhooks.retries import Outcome, retry_after_of

MOST_ANSWER_BYTES = 16_384
"""Read of an answer's body, so that the connection can be used again; what it says does not matter."""
ANSWER_S = 1.0
"""How long to wait for that body, once the status is there."""
IDLE_S = 5.0

FIXED_HEADERS = {"content-type": "application/json", "user-agent": "Aurora-Webhooks/1"}


class Sender:
    """Connections to one endpoint, apart from everyone else's. It follows no redirect, keeps no cookie, asks no proxy."""

    def __init__(
        self, network: GuardedNetwork, tls: ssl.SSLContext, time_limit: timedelta, clock: Clock
    ) -> None:
        self._limit_s = time_limit.total_seconds()
        self._clock = clock
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=AT_ONCE,
            keepalive_expiry=IDLE_S,
            network_backend=network,
        )

    async def send(self, url: httpx.URL, headers: Mapping[str, str], payload: bytes) -> Outcome:
        """Returns within the time limit, whatever the receiver does."""
        try:
            async with asyncio.timeout(self._limit_s) as limit:
                return await self._post(url, headers, payload, limit)
        except TargetRefused as refused:
            return Outcome(error=f"the URL {refused}")
        except (TimeoutError, httpcore.TimeoutException):
            return Outcome(error=f"no answer within {self._limit_s:g} s")
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as error:
            return Outcome(error=_in_words(error))

    async def close(self) -> None:
        await self._pool.aclose()

    async def _post(
        self, url: httpx.URL, headers: Mapping[str, str], payload: bytes, limit: asyncio.Timeout
    ) -> Outcome:
        # a pool that is full waits, and that counts too
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), self._limit_s)
        request_headers = [
            (name.encode(), value.encode()) for name, value in {**FIXED_HEADERS, **headers}.items()
        ]
        async with self._pool.stream(
            "POST",
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request_headers,
            content=payload,
            extensions={"timeout": timeouts},
        ) as response:
            outcome = self._outcome(response)
            end = min(limit.when() or inf, asyncio.get_running_loop().time() + ANSWER_S)
            # what was said stands, whatever is still to come
            limit.reschedule(None)
            # what is not read to its end here closes the connection
            with suppress(
                TimeoutError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException
            ):
                async with asyncio.timeout_at(end):
                    await _read_some(response)
            return outcome

    def _outcome(self, response: httpcore.Response) -> Outcome:
        if 200 <= response.status < 300:
            return Outcome(response.status)
        header = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"")
        asked = retry_after_of(header.decode("latin-1") or None, self._clock())
        hint = ", and redirects are not followed" if 300 <= response.status < 400 else ""
        return Outcome(response.status, f"answered {response.status}{hint}", asked)


def tls_context() -> ssl.SSLContext:
    """Trusts the authorities of the system and those that browsers trust."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


async def _read_some(response: httpcore.Response) -> None:
    read = 0
    async for chunk in response.aiter_stream():
        read += len(chunk)
        if read > MOST_ANSWER_BYTES:
            return


def _in_words(error: Exception) -> str:
    """For the log that the tenant reads: short, on one line."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return f"TLS: {getattr(cause, 'verify_message', '') or cause.reason or 'failed'}"[:200]
        cause = cause.__cause__ or cause.__context__
    text = " ".join(str(error).split())
    return (text or "the connection broke off")[:200]
