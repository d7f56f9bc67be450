"""A tenant's alert thresholds, set by the operator where the tenant itself sets them."""

from uuid import UUID

import msgspec

from api.audit.actor import Actor
from api.database import Database
from api.ingest.event_fields import Refused, name
from api.tenant_settings import setting_store
from api.tenant_settings.setting import Setting
from ops.accounts_database import on_database
from ops.settings import StackSettings
from schemas.setting_levels import Level


class ThresholdError(ValueError):
    """A threshold that cannot be; the message is one readable line."""


def set_threshold(
    settings: StackSettings,
    actor: Actor,
    tenant_id: UUID,
    threshold: float,
    sku: str | None = None,
    warehouse: str | None = None,
) -> None:
    """Set the probability, 0 to 1, at which alerts are raised, for all of the tenant or for what is named.

    What else is set there stays. The stream follows within seconds, or as soon as an API process runs. Raises
    `ThresholdError`, or ``SQLAlchemyError`` or ``OSError`` where the database does not answer.
    """
    if not 0 <= threshold <= 1:
        raise ThresholdError(f"a threshold is a probability from 0 to 1, not {threshold}")
    level = Level(*(_checked(part, text) for part, text in (("SKU", sku), ("warehouse", warehouse))))
    on_database(settings, lambda database: _set(database, actor, tenant_id, level, threshold))


async def _set(database: Database, actor: Actor, tenant_id: UUID, level: Level, threshold: float) -> None:
    async with database.transaction() as session:
        await setting_store.lock(session, tenant_id)
        kept = await setting_store.kept_at(session, tenant_id, level)
        before = Setting() if kept is None else kept.setting
        after = msgspec.structs.replace(before, threshold=threshold)
        await setting_store.set_at(session, actor, tenant_id, level, after)


def _checked(part: str, text: str | None) -> str:
    if text is None:
        return ""
    try:
        return name(text)
    except Refused as error:
        raise ThresholdError(f"a {part} {error}") from None
