"""What we ask of an identity provider. Its address is a tenant's to choose, so it must lead to a public place."""

import asyncio
import ssl
import time
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote_plus, urlencode

import certifi
import httpcore
import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.oidc.provider_store import IdentityProvider
from api.web.guarded_network import GuardedNetwork, Resolver
from api.webhooks.targets import RefusedTarget, check_url

LIMIT_S = 10.0
MOST_BYTES = 256 * 1024
REMEMBERED_S = 300.0
MOST_REMEMBERED = 1_000
RESOLVERS = 8

Form = TypeVar("Form")


class ProviderFailed(Exception):
    """It does not answer as it should; the message is one line for the log and for the tenant's admin."""


class Metadata(msgspec.Struct, frozen=True):
    """Where a provider's endpoints are (OpenID Connect Discovery)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: list[str] = []


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


@dataclass(frozen=True, slots=True)
class Grant:
    """A code that the browser brought back, and what shows that it was asked for here."""

    code: str
    code_verifier: str
    redirect_uri: str


class ProviderCalls:
    """Opened once in a process. Its methods raise `ProviderFailed`."""

    def __init__(self, *, allow_loopback: bool) -> None:
        self._allow_loopback = allow_loopback
        self._resolver = Resolver(RESOLVERS)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(cafile=certifi.where()),
            keepalive_expiry=0,
            network_backend=GuardedNetwork(self._resolver, allow_loopback=allow_loopback),
        )
        self._remembered: OrderedDict[str, tuple[float, Metadata]] = OrderedDict()

    async def close(self) -> None:
        """End every connection."""
        await self._pool.aclose()
        self._resolver.close()

    async def metadata(self, issuer: str) -> Metadata:
        """Where the provider's endpoints are; asked again every few minutes."""
        known = self._remembered.get(issuer)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        found = await self._ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration", Metadata)
        if found.issuer != issuer:
            raise ProviderFailed(f"it names itself {found.issuer}")
        self._checked(found.authorization_endpoint)
        self._remembered[issuer] = time.monotonic() + REMEMBERED_S, found
        self._remembered.move_to_end(issuer)
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    async def keys(self, metadata: Metadata) -> KeySet:
        """The keys that it signs with."""
        found = await self._ask("GET", metadata.jwks_uri, dict[str, Any])
        try:
            return KeySet.import_key_set(found)  # type: ignore[arg-type] # what is none is refused
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderFailed(f"its keys cannot be read ({type(error).__name__})") from error

    async def id_token(self, metadata: Metadata, provider: IdentityProvider, grant: Grant) -> str:
        """The ID token for a code."""
        form = {
            "grant_type": "authorization_code",
            "code": grant.code,
            "code_verifier": grant.code_verifier,
            "redirect_uri": grant.redirect_uri,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        methods = metadata.token_endpoint_auth_methods_supported
        if "client_secret_post" in methods and "client_secret_basic" not in methods:
            form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
        else:
            # the RFC has both encoded as form values before they are joined
            pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        tokens = await self._ask("POST", metadata.token_endpoint, _Tokens, headers, urlencode(form).encode())
        return tokens.id_token

    async def _ask(
        self,
        method: str,
        address: str,
        form: type[Form],
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Form:
        url = self._checked(address)
        try:
            async with asyncio.timeout(LIMIT_S):
                answer = await self._answer(
                    method, url, {"Accept": "application/json", **(headers or {})}, body
                )
        except TimeoutError:
            raise ProviderFailed(f"{url.host} does not answer within {LIMIT_S:.0f} s") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise ProviderFailed(f"{url.host} cannot be reached ({type(error).__name__}: {error})") from error
        try:
            return msgspec.json.decode(answer, type=form)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProviderFailed(f"{url.path} does not answer as it should ({error})") from error

    async def _answer(self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> bytes:
        sent = [("Host", url.netloc.decode()), ("Content-Length", str(len(body))), *headers.items()]
        async with self._pool.stream(method, str(url), headers=sent, content=body) as response:
            if response.status != 200:
                raise ProviderFailed(f"{url.path} answers {response.status}")
            received = bytearray()
            async for chunk in response.aiter_stream():
                received += chunk
                if len(received) > MOST_BYTES:
                    raise ProviderFailed(f"{url.path} answers more than {MOST_BYTES} bytes")
            return bytes(received)

    def _checked(self, address: str) -> httpx.URL:
        try:
            return check_url(address, allow_loopback=self._allow_loopback)
        except RefusedTarget as error:
            raise ProviderFailed(f"an address of it {error}") from None
