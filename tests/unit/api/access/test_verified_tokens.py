"""Tokens at the door: verified once, remembered, and forgotten in time."""

from datetime import UTC, datetime, timedelta

import pytest

from api.access import verified_tokens
from api.access.account_watch import (
    IMPATIENT_SECONDS,
    REFRESH_SECONDS,
    STALE_SECONDS,
    AccountsUnread,
    AccountWatch,
)
from api.access.authentication import InvalidToken, Principal
from api.access.clients import SCOPES, Client, create_client, revoke_client
from api.access.key_store import ensure_key, rotate_key
from api.access.keys import CLOCK_MARGIN, LEAD, KeyRing, SigningKey
from api.access.tenants import Region, Tier, create_tenant, resume_tenant, suspend_tenant
from api.access.tokens import TokenRules
from api.access.verified_tokens import VerifiedTokens
from api.database import Database
from api.tables import Base

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
ENCRYPTION_KEY = bytes(32)
LIFETIME = timedelta(hours=1)


class Process:
    """An API process' view of accounts, with clocks that a test moves."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = START
        self.watch = AccountWatch(database, ENCRYPTION_KEY, LIFETIME, self._time, self._monotonic)
        self.rules = TokenRules("https://aurora.test", LIFETIME)
        self.tokens = VerifiedTokens(self.rules, self.watch, self._time)

    def issue(self, client: Client) -> str:
        return self.rules.issue(client, client.scopes, self.watch.accounts().keys, self.now)

    async def later(self, seconds: float) -> None:
        """Time passes, and the process reads the database when it is due."""
        self.now += timedelta(seconds=seconds)
        await self.watch.refresh(older_than=REFRESH_SECONDS)

    def _time(self) -> datetime:
        return self.now

    def _monotonic(self) -> float:
        return self.now.timestamp()


@pytest.fixture
async def process(database: Database) -> Process:
    await ensure_key(database, ENCRYPTION_KEY, START)
    process = Process(database)
    await process.watch.refresh(older_than=0)
    return process


@pytest.fixture
async def client(database: Database) -> Client:
    tenant = await create_tenant(database, "A shop", Region.EU_CENTRAL_1, Tier.STANDARD)
    return (await create_client(database, tenant.tenant_id, SCOPES)).client


async def lose_the_database(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)


async def test_a_token_speaks_for_its_client(process: Process, client: Client) -> None:
    token = process.issue(client)
    expected = Principal(client.tenant_id, client.client_id, frozenset(SCOPES))
    assert await process.tokens.authenticate(token) == expected


async def test_a_signature_is_verified_once(
    process: Process, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = process.issue(client)
    first = await process.tokens.authenticate(token)
    monkeypatch.delattr(TokenRules, "verify")
    assert await process.tokens.authenticate(token) is first


async def test_a_remembered_token_expires(process: Process, client: Client) -> None:
    token = process.issue(client)
    await process.later(LIFETIME.total_seconds() - 1)
    await process.tokens.authenticate(token)
    await process.later(1)
    with pytest.raises(InvalidToken):
        await process.tokens.authenticate(token)


async def test_a_revoked_client_s_token_is_refused_after_the_next_reading(
    process: Process, client: Client
) -> None:
    token = process.issue(client)
    await process.tokens.authenticate(token)
    await revoke_client(process.database, client.client_id)
    await process.later(REFRESH_SECONDS + 1)
    with pytest.raises(InvalidToken):
        await process.tokens.authenticate(token)


async def test_a_suspended_tenant_s_tokens_are_refused_until_it_is_resumed(
    process: Process, client: Client
) -> None:
    token = process.issue(client)
    await suspend_tenant(process.database, client.tenant_id)
    await process.later(REFRESH_SECONDS + 1)
    with pytest.raises(InvalidToken):
        await process.tokens.authenticate(token)
    await resume_tenant(process.database, client.tenant_id)
    await process.later(REFRESH_SECONDS + 1)
    await process.tokens.authenticate(token)


async def test_a_client_revoked_long_ago_is_no_longer_looked_for(process: Process, client: Client) -> None:
    await revoke_client(process.database, client.client_id)
    # revoking takes the real time
    process.now = datetime.now(UTC) + timedelta(seconds=1)
    await process.watch.refresh(older_than=0)
    assert process.watch.accounts().blocked_clients == {client.client_id}
    await process.later((LIFETIME + CLOCK_MARGIN).total_seconds())
    assert process.watch.accounts().blocked_clients == frozenset()


async def test_a_token_lives_through_a_rotation(process: Process, client: Client) -> None:
    old = process.issue(client)
    await rotate_key(process.database, ENCRYPTION_KEY, process.now, LIFETIME)
    await process.later(LEAD.total_seconds())
    new = process.issue(client)
    for token in (old, new):
        await process.tokens.authenticate(token)


async def test_after_a_theft_even_a_remembered_token_is_refused(process: Process, client: Client) -> None:
    token = process.issue(client)
    await process.tokens.authenticate(token)
    await rotate_key(process.database, ENCRYPTION_KEY, process.now, LIFETIME, stolen=True)
    await process.later(REFRESH_SECONDS + 1)
    with pytest.raises(InvalidToken):
        await process.tokens.authenticate(token)
    await process.tokens.authenticate(process.issue(client))


async def test_a_key_that_another_process_just_made_is_read_at_once(process: Process, client: Client) -> None:
    other = Process(process.database)
    other.now = process.now = START + timedelta(seconds=IMPATIENT_SECONDS + 1)
    await rotate_key(process.database, ENCRYPTION_KEY, other.now, LIFETIME, stolen=True)
    await other.watch.refresh(older_than=0)
    await process.tokens.authenticate(other.issue(client))


async def test_made_up_keys_make_us_read_but_not_all_the_time(process: Process, client: Client) -> None:
    own_ring = KeyRing((SigningKey.generate(START, START),))
    forged = process.rules.issue(client, SCOPES, own_ring, START)
    # so that a reading is noticed
    await lose_the_database(process.database)
    process.now = START + timedelta(seconds=IMPATIENT_SECONDS)
    with pytest.raises(InvalidToken):
        await process.tokens.authenticate(forged)
    process.now += timedelta(seconds=1)
    with pytest.raises(AccountsUnread):
        await process.tokens.authenticate(forged)


async def test_what_is_remembered_is_bounded(
    process: Process, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verified_tokens, "MOST_REMEMBERED", 2)
    tokens = [process.issue(client) for _ in range(3)]
    for token in tokens:
        await process.tokens.authenticate(token)
    assert list(process.tokens._remembered) == tokens[1:]


async def test_what_was_read_last_holds_while_the_database_is_away_but_not_for_ever(
    process: Process, client: Client
) -> None:
    token = process.issue(client)
    await lose_the_database(process.database)
    process.now += timedelta(seconds=REFRESH_SECONDS + 1)
    with pytest.raises(AccountsUnread):
        await process.watch.refresh(older_than=REFRESH_SECONDS)
    await process.tokens.authenticate(token)
    process.now = START + timedelta(seconds=STALE_SECONDS)
    with pytest.raises(AccountsUnread):
        await process.tokens.authenticate(token)
