"""The gateway's endpoint alone, over a real Kafka; a bearer token is simply the tenant's id."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette

from api.access.authentication import InvalidToken, Principal
from api.ingest import events
from api.ingest.gateway import Gateway
from api.settings import Settings
from api.web.problems import Problem, answer_problem

KEY = SecretStr(base64.b64encode(bytes(range(32))).decode())


class TenantIsToken:
    """Takes the tenant's id for its token."""

    async def authenticate(self, token: str) -> Principal:
        try:
            return Principal(UUID(token), "test", frozenset({"events:write"}))
        except ValueError:
            raise InvalidToken from None


def settings_for(kafka: str, instance: str = "test", **changes: Any) -> Settings:
    """Settings of a gateway for tests."""
    return Settings(kafka_bootstrap=kafka, instance=instance, encryption_key=KEY, pii_key=KEY, **changes)


def gateway_app(settings: Settings) -> Starlette:
    """An application that opens a gateway of its own."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        gateway = Gateway(settings)
        await gateway.open()
        try:
            yield {"settings": settings, "gateway": gateway, "authenticator": TenantIsToken()}
        finally:
            await gateway.close()

    return Starlette(routes=events.routes, lifespan=lifespan, exception_handlers={Problem: answer_problem})


class Client:
    """Posts events to a gateway inside this process."""

    def __init__(self, gateway: Gateway, http: httpx.AsyncClient) -> None:
        self.gateway = gateway
        self.http = http

    async def post(self, tenant_id: UUID, *lines: bytes, **headers: str) -> httpx.Response:
        """Send these lines as one batch, as the tenant."""
        return await self.http.post(
            events.PATH,
            content=b"\n".join(lines),
            headers={
                "Authorization": f"Bearer {tenant_id}",
                "Content-Type": "application/x-ndjson",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Client]:
    """A gateway that runs in this process, and a client to it."""
    app = gateway_app(settings)
    async with app.router.lifespan_context(app) as state:
        assert state is not None

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": dict(state)}, receive, send)

        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(with_state), base_url="http://aurora", timeout=30
        ) as http:
            yield Client(state["gateway"], http)
