"""What ``/v1/tenants`` says of tenants, as it goes out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from api.provisioning.known_tenants import KnownTenant
from api.provisioning.steps import StepState


class StepAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of making or removing a tenant."""

    name: str
    status: str
    detail: str | None = None
    done_at: datetime | None = None


class ClientAnswer(msgspec.Struct, frozen=True):
    """The client that a tenant was made with."""

    client_id: str
    client_secret: str | None
    scopes: Sequence[str]


class TenantAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tenant."""

    tenant_id: UUID
    name: str
    region: str
    tier: str
    created_at: datetime
    standing: str
    steps: Sequence[StepAnswer] = ()
    client: ClientAnswer | None = None


class RemovalAnswer(msgspec.Struct, frozen=True):
    """A tenant that is no more."""

    tenant_id: UUID
    standing: str
    steps: Sequence[StepAnswer]


def tenant_answer(known: KnownTenant) -> TenantAnswer:
    """What is said of a tenant."""
    tenant, client = known.tenant, known.client
    return TenantAnswer(
        tenant_id=tenant.tenant_id,
        name=tenant.name,
        region=tenant.region,
        tier=tenant.tier,
        created_at=tenant.created_at,
        standing=known.standing,
        steps=step_answers(known.steps),
        client=None if client is None else ClientAnswer(client.client_id, client.secret, client.scopes),
    )


def step_answers(states: Sequence[StepState]) -> Sequence[StepAnswer]:
    """What is said of steps."""
    return [StepAnswer(state.name, state.status, state.detail, state.done_at) for state in states]
