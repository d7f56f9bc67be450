"""What one level sets as a record of the topic settings, for the stream."""

from datetime import datetime
from uuid import UUID

from api.tenant_settings.setting import Setting
from schemas import topics
from schemas.encoding import encoder
from schemas.setting_levels import Level, key_of

Message = tuple[bytes, bytes | None]


def message_of(
    tenant_id: UUID,
    level: Level,
    setting: Setting | None,
    above: float,
    updated_at: datetime,
    category: str | None = None,
) -> Message:
    """Key and value; the value is None where nothing is set and the SKU has no ``category``.

    ``above`` is the threshold that the levels above say, for readers that know of no level without one.
    """
    key = key_of(str(tenant_id), level).encode()
    if setting is None and category is None:
        return key, None
    told = setting or Setting()
    quiet = told.quiet_hours
    record = {
        "tenant_id": str(tenant_id),
        "sku": level.sku or None,
        "warehouse": level.warehouse or None,
        "category": level.category or category,
        "threshold": above if told.threshold is None else told.threshold,
        "threshold_is_set": told.threshold is not None,
        "horizon_hours": told.horizon_hours,
        "quiet_from": None if quiet is None else quiet.begin,
        "quiet_to": None if quiet is None else quiet.end,
        "time_zone": told.time_zone,
        "locale": told.locale,
        "retention_days": told.retention_days,
        "updated_at": updated_at,
    }
    return key, encoder(topics.SETTINGS.schema)(record)
