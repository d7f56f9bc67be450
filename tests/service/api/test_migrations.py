"""The schema of the accounts database, on each kind of database."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from api.database import UNANSWERED, in_transaction
from api.every_table import Base
from api.migrate import configuration, migrate
from api.schema_version import is_migrated

pytestmark = pytest.mark.service


Answer = TypeVar("Answer")


def on(url: str, work: Callable[[Connection], Answer]) -> Answer:
    """What ``work`` gives for a connection to the database."""
    return asyncio.run(in_transaction(url, work))


def differences(connection: Connection) -> Sequence[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    found: Sequence[object] = compare_metadata(context, Base.metadata)
    return found


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_migrations_give_what_the_models_say(empty_database_url: str) -> None:
    assert not is_migrated(empty_database_url)
    migrate(empty_database_url)
    assert is_migrated(empty_database_url)
    assert on(empty_database_url, differences) == []


def test_migrating_again_changes_nothing(database_url: str) -> None:
    migrate(database_url)
    assert is_migrated(database_url)


def test_processes_that_migrate_at_once_do_not_meet(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(migrate, [empty_database_url] * 4))
    assert is_migrated(empty_database_url)


def test_the_way_back_leaves_nothing(database_url: str) -> None:
    on(database_url, lambda connection: command.downgrade(configuration(connection), "base"))
    assert on(database_url, tables) == {"alembic_version"}
    assert not is_migrated(database_url)
    migrate(database_url)
    assert is_migrated(database_url)


def test_a_database_that_does_not_answer_is_told_by_its_error() -> None:
    with pytest.raises(UNANSWERED):
        is_migrated("postgresql+asyncpg://aurora@127.0.0.1:9/aurora")
