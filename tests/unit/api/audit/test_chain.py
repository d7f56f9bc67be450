"""The chain of audit entries: what its hashes are, for ever, and that nothing in an entry escapes them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from api.audit.actor import Actor
from api.audit.chain import FIRST, Entry, canonical

TENANT = UUID("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
ENTRY = Entry(
    tenant_id=TENANT,
    number=1,
    at=datetime(2026, 11, 25, 8, 0, 0, 120_000, UTC),
    actor=Actor("user", "6d3f3dfb-8f9a-4f0c-9d0a-3a3f6b1f1c11", TENANT),
    action="client.created",
    subject="client/client_5f8a1c0e9b7d4a3f2e6c8d90",
    before=None,
    after='{"scopes":["alerts:read"]}',
)
HASH = "7c668f4a475dcb03a05343b5b61f86b16e2d8d3e7d11adda06348d816a1efb2f"


def test_an_entry_s_hash_is_what_it_was_when_it_was_written() -> None:
    assert ENTRY.hash_after(FIRST) == HASH


@pytest.mark.parametrize(
    "change",
    [
        {"tenant_id": UUID(int=1)},
        {"number": 2},
        {"at": ENTRY.at + timedelta(microseconds=1)},
        {"actor": Actor("client", ENTRY.actor.id, TENANT)},
        {"actor": Actor("user", "another", TENANT)},
        {"actor": Actor("user", ENTRY.actor.id, None)},
        {"action": "client.revoked"},
        {"subject": "client/another"},
        {"before": "{}"},
        {"after": None},
        # what moves from one member to the next
        {"action": "client.created,", "subject": "lient/client_5f8a1c0e9b7d4a3f2e6c8d90"},
    ],
)
def test_whatever_is_changed_shows(change: dict[str, Any]) -> None:
    assert replace(ENTRY, **change).hash_after(FIRST) != HASH


def test_the_entry_before_shows() -> None:
    assert ENTRY.hash_after("1" + FIRST[1:]) != HASH


def test_a_state_is_the_same_text_whatever_the_order_of_its_members() -> None:
    one = canonical({"role": "admin", "at": datetime(2026, 11, 25, tzinfo=UTC)})
    assert one == canonical({"at": datetime(2026, 11, 25, tzinfo=UTC), "role": "admin"})
    assert one == '{"at":"2026-11-25T00:00:00Z","role":"admin"}'
    assert canonical(None) is None


def test_the_time_zone_in_which_a_driver_gives_a_time_does_not_matter() -> None:
    elsewhere = ENTRY.at.astimezone(timezone(timedelta(hours=2)))
    assert replace(ENTRY, at=elsewhere).hash_after(FIRST) == HASH
