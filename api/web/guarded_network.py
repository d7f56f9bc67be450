"""Connections to public addresses only.

A name is resolved here, once for a connection, and the connection goes to an address that was checked: a name that leads
elsewhere a moment later (DNS rebinding) gains nothing. TLS and the ``Host`` header still go by the name.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

import httpcore

from api.webhooks.targets import RefusedTarget, check_address

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a name and a port to its addresses as text, the preferred first; raises ``OSError``."""

ONE_ADDRESS_S = 5.0
"""An address that does not answer by then gives way to the name's next."""


class TargetRefused(httpcore.ConnectError):
    """The name leads to an address that tenants must not make us call."""


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Network of an `httpcore.AsyncConnectionPool`."""

    def __init__(self, resolve: Resolve, *, allow_loopback: bool) -> None:
        self._resolve = resolve
        self._allow_loopback = allow_loopback
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises `TargetRefused` where any of the name's addresses is not public: an honest name has none."""
        try:
            addresses = await self._resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError("the name does not resolve") from error
        for address in addresses:
            try:
                check_address(ip_address(address), allow_loopback=self._allow_loopback)
            except RefusedTarget as error:
                raise TargetRefused(str(error)) from None
        return await self._connect_to_first(addresses, port, timeout, local_address, socket_options)

    async def _connect_to_first(
        self, addresses: Sequence[str], port: int, timeout: float | None, *options: Any
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError("the name has no address")
        patience = min(timeout or ONE_ADDRESS_S, ONE_ADDRESS_S) if len(addresses) > 1 else timeout
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, patience, *options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise TargetRefused("leads to a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Resolver:
    """The system's own. Name servers that hang hold a thread each, so there are enough for everyone."""

    def __init__(self, most: int) -> None:
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="resolver")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _addresses, host, port)
        return found

    def close(self) -> None:
        """Without waiting for those that hang."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str, port: int) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError("not a name") from error
    # once each, in the order of preference
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
