"""Entries for the tests of the audit log."""

from uuid import UUID

from api.audit.audit_log import Actor, record
from api.database import Database

ACTOR = Actor("operator", "ada")


async def write(database: Database, tenant_id: UUID | None, *subjects: str) -> None:
    """An entry for each subject, each in a transaction of its own."""
    for subject in subjects:
        async with database.transaction() as session:
            await record(
                session,
                actor=ACTOR,
                action="webhook.created",
                tenant_id=tenant_id,
                subject=subject,
                after={"url": "https://shop.example/hook"},
            )
