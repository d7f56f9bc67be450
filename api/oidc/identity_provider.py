"""``/v1/identity-provider``: where a tenant's users may sign in, besides with a password."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api.access.authentication import Principal, requires
from api.access.roles import Role
from api.access.sealing import key_of
from api.audit.audit_log import record
from api.oidc.identity_provider_paths import DOMAIN, PROVIDER_PATH, paths
from api.oidc.oidc_paths import CALLBACK_PATH, OIDC_PATH
from api.oidc.provider_calls import ProviderCalls, ProviderFailed
from api.oidc.provider_store import IdentityProvider, provider_of, remove_provider, set_provider
from api.users.user_rules import check_role
from api.web.json_body import JSON, read_json
from api.web.methods import route
from api.web.problems import Problem

HEADERS = {"Cache-Control": "no-store"}

__all__ = ["paths", "routes"]

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The provider, as the tenant's admin has it from there."""

    issuer: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    client_id: Text
    client_secret: Text
    email_domains: Annotated[
        list[Annotated[str, msgspec.Meta(pattern=DOMAIN, max_length=120)]],
        msgspec.Meta(min_length=1, max_length=20),
    ]


class Shown(msgspec.Struct, frozen=True):
    """The provider as answers tell of it, and what it must be told of us."""

    issuer: str
    client_id: str
    email_domains: list[str]
    redirect_uri: str
    sign_in_url: str


@requires("users:read")
async def shown(request: Request, principal: Principal) -> Response:
    """``GET /v1/identity-provider``."""
    async with request.state.database.transaction() as session:
        provider = await provider_of(session, _key(request), principal.tenant_id)
    if provider is None:
        raise _none()
    return _answer(request, principal.tenant_id, provider)


@requires("users:write")
async def put(request: Request, principal: Principal) -> Response:
    """``PUT /v1/identity-provider``."""
    wanted = await read_json(request, Wanted)
    # it says who comes in, and so could say that it is an admin
    check_role(principal, Role.ADMIN)
    calls: ProviderCalls = request.state.provider_calls
    try:
        await calls.metadata(wanted.issuer)
    except ProviderFailed as error:
        raise Problem(
            422, "Provider not usable", f"{wanted.issuer}: {error}.", type="bad-identity-provider"
        ) from None
    provider = IdentityProvider(
        wanted.issuer, wanted.client_id, wanted.client_secret, sorted(set(wanted.email_domains))
    )
    async with request.state.database.transaction() as session:
        before = await provider_of(session, _key(request), principal.tenant_id)
        await set_provider(session, _key(request), principal.tenant_id, provider)
        await record(
            session,
            actor=principal.actor,
            action="identity-provider.set",
            tenant_id=principal.tenant_id,
            subject="identity-provider",
            before=_audited(before),
            after=_audited(provider),
        )
    return _answer(request, principal.tenant_id, provider)


@requires("users:write")
async def remove(request: Request, principal: Principal) -> Response:
    """``DELETE /v1/identity-provider``."""
    async with request.state.database.transaction() as session:
        before = await provider_of(session, _key(request), principal.tenant_id)
        if before is None:
            raise _none()
        await remove_provider(session, principal.tenant_id)
        await record(
            session,
            actor=principal.actor,
            action="identity-provider.removed",
            tenant_id=principal.tenant_id,
            subject="identity-provider",
            before=_audited(before),
        )
    return Response(status_code=204)


def _key(request: Request) -> bytes:
    return key_of(request.state.settings.encryption_key)


def _none() -> Problem:
    return Problem(
        404,
        "No identity provider",
        "The tenant's users sign in with passwords alone.",
        type="no-identity-provider",
    )


def _audited(provider: IdentityProvider | None) -> Mapping[str, object] | None:
    if provider is None:
        return None
    return {
        "issuer": provider.issuer,
        "client_id": provider.client_id,
        "email_domains": list(provider.email_domains),
    }


def _answer(request: Request, tenant_id: UUID, provider: IdentityProvider) -> Response:
    origin = request.state.user_sessions.origin
    body = Shown(
        provider.issuer,
        provider.client_id,
        list(provider.email_domains),
        redirect_uri=origin + CALLBACK_PATH,
        sign_in_url=f"{origin}{OIDC_PATH}?tenant_id={tenant_id}",
    )
    return Response(msgspec.json.encode(body), headers=HEADERS, media_type=JSON)


routes: list[BaseRoute] = [route(PROVIDER_PATH, get=shown, put=put, delete=remove)]
