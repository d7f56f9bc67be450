"""Brings the accounts database to the newest schema.

New migrations are written by ``alembic revision --autogenerate -m "what it does"`` after a change of ``api.tables``;
`api.schema_version` names the last one.
"""

import asyncio

from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.engine import Connection

from api.database import in_transaction

# any number will do, as long as every process takes the same
ADVISORY_LOCK = 6_174_021


def migrate(database_url: str) -> None:
    """Run every migration that the database lacks; safe to call from several processes at once.

    Raises ``SQLAlchemyError`` or ``OSError`` when the database does not answer.
    """
    asyncio.run(in_transaction(database_url, _upgrade))


def configuration(connection: Connection) -> Config:
    """Alembic's configuration, for commands that work on ``connection``."""
    config = Config()
    config.set_main_option("script_location", "api:migrations")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # SQLite needs no lock of its own: there, every transaction holds one
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
    command.upgrade(configuration(connection), "head")
