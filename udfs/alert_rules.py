"""When an alert is raised: of each field, what the most specific level that a tenant set says."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Self

from schemas import setting_levels
from udfs.quiet_hours import QuietHours


class Setting(NamedTuple):
    """What one level says to the stream; None leaves it to the level above."""

    threshold: float | None = None
    horizon_hours: int | None = None
    quiet: tuple[int, int] | None = None
    """Local minutes of the day, from and to."""
    time_zone: str | None = None
    category: str | None = None
    """To which a SKU belongs."""
    closed: bool = False
    """The whole tenant is no more."""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """From a record of the contract ``tenant_settings``. Raises ``ValueError`` where it says what cannot be."""
        threshold, horizon_hours = record["threshold"], record["horizon_hours"]
        if not 0 <= threshold <= 1:
            raise ValueError(f"a threshold of {threshold} is no probability")
        if horizon_hours is not None and horizon_hours not in setting_levels.HORIZONS_HOURS:
            raise ValueError(f"there is no horizon of {horizon_hours} hours")
        quiet_from, quiet_to = record["quiet_from"], record["quiet_to"]
        quiet = None if quiet_from is None or quiet_to is None else (_minute(quiet_from), _minute(quiet_to))
        return cls(
            threshold if record["threshold_is_set"] else None,
            horizon_hours,
            quiet,
            record["time_zone"],
            record["category"] if record["sku"] else None,
            record["closed_at"] is not None,
        )


class AlertRule(NamedTuple):
    """What holds for one SKU in one warehouse."""

    threshold: float = setting_levels.THRESHOLD
    horizon_hours: int = setting_levels.HORIZON_HOURS
    """An alert speaks of running out within so many hours."""
    quiet: QuietHours | None = None
    """They concern people: the alert is raised all the same."""


DEFAULT = AlertRule()


def rule_for(key: str, settings: Mapping[str, Setting]) -> AlertRule:
    """The rule for ``tenant|sku|warehouse``; ``settings`` are by the keys of their messages."""
    if not settings:
        return DEFAULT
    tenant_id, sku, warehouse = key.split("|")
    of_sku = settings.get(f"{tenant_id}|{sku}|")
    # as `setting_levels.levels_of` has them, at a third of its cost
    found = (
        settings.get(key),
        of_sku,
        None if of_sku is None or not of_sku.category else settings.get(f"{tenant_id}|||{of_sku.category}"),
        settings.get(f"{tenant_id}||{warehouse}"),
        settings.get(f"{tenant_id}||"),
    )
    return _rule(found)


def is_closed(tenant_id: str, settings: Mapping[str, Setting]) -> bool:
    """Whether the tenant is no more, so that nothing is to be known or said of it."""
    of_tenant = settings.get(f"{tenant_id}||")
    return of_tenant is not None and of_tenant.closed


@lru_cache(maxsize=4_096)
def _rule(found: tuple[Setting | None, ...]) -> AlertRule:
    """What settings say together, the most specific first."""
    said = [setting for setting in found if setting is not None]
    threshold = next((each.threshold for each in said if each.threshold is not None), DEFAULT.threshold)
    horizon = next((each.horizon_hours for each in said if each.horizon_hours is not None), None)
    quiet = next((each.quiet for each in said if each.quiet is not None), None)
    zone = next((each.time_zone for each in said if each.time_zone is not None), setting_levels.TIME_ZONE)
    hours = None if quiet is None or quiet[0] == quiet[1] else QuietHours(*quiet, zone)
    return AlertRule(threshold, horizon or DEFAULT.horizon_hours, hours)


def _minute(time_of_day: str) -> int:
    hours, _, minutes = time_of_day.partition(":")
    minute = int(hours) * 60 + int(minutes)
    if not 0 <= minute < 24 * 60:
        raise ValueError(f"{time_of_day:.20} is no time of day")
    return minute
