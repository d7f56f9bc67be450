"""Tenants' identity providers in the database; secrets are sealed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from api.access.sealing import seal, unseal
from api.users.tables import IdentityProviderRow


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """Where a tenant's users sign in, who we are there, and whose addresses it vouches for."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    email_domains: Sequence[str]

    def vouches_for(self, email: str) -> bool:
        """Whether the address is of one of its domains."""
        return email.rpartition("@")[2] in self.email_domains


async def provider_of(session: AsyncSession, key: bytes, tenant_id: UUID) -> IdentityProvider | None:
    """The tenant's provider, if it has one. Raises ``Unsealable``."""
    row = await session.get(IdentityProviderRow, tenant_id)
    if row is None:
        return None
    secret = unseal(key, row.sealed_client_secret, _context(tenant_id)).decode()
    return IdentityProvider(row.issuer, row.client_id, secret, row.email_domains.split())


async def set_provider(
    session: AsyncSession, key: bytes, tenant_id: UUID, provider: IdentityProvider
) -> None:
    """From now on the tenant's users may sign in there, and nowhere else but with passwords."""
    row = await session.get(IdentityProviderRow, tenant_id) or IdentityProviderRow(tenant_id=tenant_id)
    row.issuer, row.client_id = provider.issuer, provider.client_id
    row.sealed_client_secret = seal(key, provider.client_secret.encode(), _context(tenant_id))
    row.email_domains = " ".join(provider.email_domains)
    session.add(row)
    await session.flush()


async def remove_provider(session: AsyncSession, tenant_id: UUID) -> None:
    """Nobody of the tenant signs in elsewhere any more."""
    await session.execute(delete(IdentityProviderRow).where(IdentityProviderRow.tenant_id == tenant_id))


def _context(tenant_id: UUID) -> bytes:
    return f"identity-provider/{tenant_id}".encode()
