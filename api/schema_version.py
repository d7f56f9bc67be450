"""Which schema the accounts database is at, told without Alembic, which would take 9 MB of the API for as long as it runs."""

import asyncio

from sqlalchemy import Connection, String, column, inspect, select, table

from api.database import in_transaction

NEWEST = "0005"
"""The revision of the last migration."""

# where Alembic notes it
_VERSION = column("version_num", String)
_TABLE = table("alembic_version", _VERSION)


def is_migrated(database_url: str) -> bool:
    """Whether the database is at the newest schema.

    Raises ``SQLAlchemyError`` or ``OSError`` when it does not answer.
    """
    return asyncio.run(in_transaction(database_url, at_newest))


def at_newest(connection: Connection) -> bool:
    """Whether the database behind ``connection`` is at the newest schema."""
    if not inspect(connection).has_table(_TABLE.name):
        return False
    return list(connection.scalars(select(_VERSION).select_from(_TABLE))) == [NEWEST]
