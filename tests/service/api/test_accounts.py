"""Tenants, clients and keys, on each kind of database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, StatementError

from api.access.client_secrets import SecretChecker
from api.access.clients import authenticate_client, create_client, list_clients, revoke_client
from api.access.key_store import UnreadableKey, ensure_key, load_keys, rotate_key
from api.access.tenants import (
    AccountError,
    Region,
    Tenant,
    Tier,
    create_tenant,
    list_tenants,
    resume_tenant,
    suspend_tenant,
)
from api.database import Database
from api.tables import ClientRow, SigningKeyRow, TenantRow

pytestmark = pytest.mark.service

ENCRYPTION_KEY = bytes(range(32))
NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
LIFETIME = timedelta(hours=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def tenant(database: Database) -> Tenant:
    return await create_tenant(database, "Müller & Söhne", Region.EU_CENTRAL_1, Tier.PREMIUM)


class TestTenants:
    async def test_a_tenant_is_found_again_as_it_was_made(self, database: Database, tenant: Tenant) -> None:
        assert await list_tenants(database) == [tenant]
        assert tenant.created_at.utcoffset() == timedelta(0)
        assert not tenant.suspended

    async def test_a_name_is_taken_once(self, database: Database, tenant: Tenant) -> None:
        with pytest.raises(AccountError, match="already a tenant named"):
            await create_tenant(database, tenant.name, Region.US_EAST_1, Tier.STANDARD)
        assert len(await list_tenants(database)) == 1

    @pytest.mark.parametrize("name", ["", " a", "a ", "x" * 101, "a\nb", "a\x00b"])
    async def test_what_is_no_name(self, database: Database, name: str) -> None:
        with pytest.raises(AccountError, match="1 to 100 printable characters"):
            await create_tenant(database, name, Region.EU_CENTRAL_1, Tier.STANDARD)

    async def test_suspending_and_resuming(self, database: Database, tenant: Tenant) -> None:
        await suspend_tenant(database, tenant.tenant_id)
        assert (await list_tenants(database))[0].suspended
        await resume_tenant(database, tenant.tenant_id)
        assert not (await list_tenants(database))[0].suspended

    async def test_nobody_is_suspended_by_mistake(self, database: Database) -> None:
        with pytest.raises(AccountError, match="there is no tenant"):
            await suspend_tenant(database, uuid4())

    @pytest.mark.parametrize("column", ["region", "tier"])
    async def test_the_database_itself_refuses_unknown_values(
        self, database: Database, tenant: Tenant, column: str
    ) -> None:
        with pytest.raises(IntegrityError):
            async with database.transaction() as session:
                await session.execute(update(TenantRow).values({column: "elsewhere"}))


class TestTimes:
    async def test_a_time_of_any_zone_comes_back_as_the_same_instant_in_utc(
        self, database: Database, tenant: Tenant
    ) -> None:
        elsewhere = NOW.astimezone(timezone(timedelta(hours=-5)))
        async with database.transaction() as session:
            await session.execute(update(TenantRow).values(created_at=elsewhere))
        (found,) = await list_tenants(database)
        assert found.created_at == NOW
        assert found.created_at.utcoffset() == timedelta(0)

    async def test_times_are_compared_as_instants(self, database: Database, tenant: Tenant) -> None:
        async with database.transaction() as session:
            await session.execute(update(TenantRow).values(created_at=NOW))
            later = (NOW + timedelta(microseconds=1)).astimezone(timezone(timedelta(hours=-11)))
            assert await session.scalar(select(TenantRow.name).where(TenantRow.created_at < later))
            assert not await session.scalar(select(TenantRow.name).where(TenantRow.created_at < NOW))

    async def test_a_time_without_a_zone_is_refused(self, database: Database, tenant: Tenant) -> None:
        with pytest.raises(StatementError, match="without time zone"):
            async with database.transaction() as session:
                await session.execute(update(TenantRow).values(created_at=datetime(2026, 1, 1)))


class TestClients:
    async def test_a_new_client_s_secret_opens_and_no_other_does(
        self, database: Database, tenant: Tenant
    ) -> None:
        new = await create_client(database, tenant.tenant_id, ["alerts:read"])
        with SecretChecker() as checker:
            found = await authenticate_client(database, checker, new.client.client_id, new.secret)
            assert found == new.client
            assert (
                await authenticate_client(database, checker, new.client.client_id, new.secret + "x") is None
            )
            assert await authenticate_client(database, checker, "client_0", new.secret) is None

    async def test_a_client_s_secret_is_no_other_client_s(self, database: Database, tenant: Tenant) -> None:
        other = await create_tenant(database, "Other", Region.US_EAST_1, Tier.STANDARD)
        one = await create_client(database, tenant.tenant_id, ["alerts:read"])
        two = await create_client(database, other.tenant_id, ["alerts:read"])
        with SecretChecker() as checker:
            assert await authenticate_client(database, checker, one.client.client_id, two.secret) is None

    async def test_secrets_are_kept_only_as_argon2id(self, database: Database, tenant: Tenant) -> None:
        new = await create_client(database, tenant.tenant_id, ["alerts:read"])
        async with database.transaction() as session:
            (row,) = await session.scalars(select(ClientRow))
        assert row.secret_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert new.secret not in repr(new)
        assert len(new.secret) == 43

    async def test_a_revoked_client_stays_listed_and_stays_out(
        self, database: Database, tenant: Tenant
    ) -> None:
        new = await create_client(database, tenant.tenant_id, ["events:write", "alerts:read"])
        await revoke_client(database, new.client.client_id)
        (listed,) = await list_clients(database, tenant.tenant_id)
        assert listed.revoked_at is not None
        assert listed.scopes == {"events:write", "alerts:read"}
        with SecretChecker() as checker:
            assert await authenticate_client(database, checker, new.client.client_id, new.secret) is None
        with pytest.raises(AccountError, match="revoked before"):
            await revoke_client(database, new.client.client_id)

    async def test_a_client_needs_a_tenant_and_known_scopes(self, database: Database, tenant: Tenant) -> None:
        with pytest.raises(AccountError, match="there is no tenant"):
            await create_client(database, uuid4(), ["alerts:read"])
        with pytest.raises(AccountError, match="unknown scope everything"):
            await create_client(database, tenant.tenant_id, ["everything"])
        with pytest.raises(AccountError, match="at least one scope"):
            await create_client(database, tenant.tenant_id, [])
        assert await list_clients(database, tenant.tenant_id) == []


class TestSigningKeys:
    async def test_the_first_key_is_made_once(self, database: Database) -> None:
        await ensure_key(database, ENCRYPTION_KEY, NOW)
        await ensure_key(database, ENCRYPTION_KEY, NOW)
        async with database.transaction() as session:
            ring = await load_keys(session, ENCRYPTION_KEY, NOW)
        assert [key.signs_from for key in ring.keys] == [NOW]

    async def test_what_was_stored_is_what_was_planned(self, database: Database) -> None:
        await ensure_key(database, ENCRYPTION_KEY, NOW)
        rotation = await rotate_key(database, ENCRYPTION_KEY, NOW, LIFETIME)
        async with database.transaction() as session:
            ring = await load_keys(session, ENCRYPTION_KEY, NOW)
            gone = await load_keys(session, ENCRYPTION_KEY, rotation.others_retire_at)
        old, new = ring.keys
        assert (new.kid, new.signs_from) == (rotation.new.kid, rotation.new.signs_from)
        assert (old.retired_at, new.retired_at) == (rotation.others_retire_at, None)
        assert [key.kid for key in gone.keys] == [new.kid]
        assert new.pair.as_dict(private=True) == rotation.new.pair.as_dict(private=True)

    async def test_private_parts_lie_sealed(self, database: Database) -> None:
        await ensure_key(database, ENCRYPTION_KEY, NOW)
        async with database.transaction() as session:
            (key,) = (await load_keys(session, ENCRYPTION_KEY, NOW)).keys
            (row,) = await session.scalars(select(SigningKeyRow))
        private = str(key.pair.as_dict(private=True)["d"])
        assert private.encode() not in row.sealed_private_key
        assert private not in str(row.public_jwk)

    async def test_another_encryption_key_is_told_in_one_line(self, database: Database) -> None:
        await ensure_key(database, ENCRYPTION_KEY, NOW)
        with pytest.raises(UnreadableKey, match="is AURORA_ENCRYPTION_KEY the one it was sealed with"):
            await rotate_key(database, bytes(32), NOW, LIFETIME)

    async def test_a_key_cannot_be_put_in_another_s_place(self, database: Database) -> None:
        await ensure_key(database, ENCRYPTION_KEY, NOW)
        async with database.transaction() as session:
            await session.execute(update(SigningKeyRow).values(kid="another"))
        async with database.transaction() as session:
            with pytest.raises(UnreadableKey):
                await load_keys(session, ENCRYPTION_KEY, NOW)
