"""What one level of a tenant may set, and what it may be set to."""

import re
from functools import cache
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

import msgspec

from api.tenant_settings.tables import TenantSettingsRow
from schemas.setting_levels import HORIZONS_HOURS

_TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
LONGEST_LOCALE = 35

TimeOfDay = Annotated[str, msgspec.Meta(pattern=_TIME_OF_DAY)]
Hours = Literal[6, 12, 24, 48]
assert Hours.__args__ == HORIZONS_HOURS  # type: ignore[attr-defined] # a form that only literals can have


class QuietHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Local times of day; from the one to the other, over midnight too. The same twice: none."""

    begin: TimeOfDay = msgspec.field(name="from")
    end: TimeOfDay = msgspec.field(name="to")


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a level sets; what is None it leaves to the level above."""

    threshold: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    horizon_hours: Hours | None = None
    quiet_hours: QuietHours | None = None
    time_zone: str | None = None
    locale: Annotated[str, msgspec.Meta(max_length=LONGEST_LOCALE)] | None = None
    retention_days: Annotated[int, msgspec.Meta(ge=7, le=30)] | None = None

    def __post_init__(self) -> None:
        if self.time_zone is not None and self.time_zone not in _time_zones():
            raise ValueError("time_zone must be an IANA name such as Europe/Berlin")
        if self.locale is not None and not _LOCALE.fullmatch(self.locale):
            raise ValueError("locale must be a BCP 47 tag such as de-DE")

    @classmethod
    def of(cls, row: TenantSettingsRow) -> Self:
        """As the database has it."""
        quiet = None
        if row.quiet_from is not None and row.quiet_to is not None:
            quiet = QuietHours(row.quiet_from, row.quiet_to)
        return cls(
            threshold=row.threshold,
            horizon_hours=row.horizon_hours,  # type: ignore[arg-type] # the database checks it
            quiet_hours=quiet,
            time_zone=row.time_zone,
            locale=row.locale,
            retention_days=row.retention_days,
        )

    def write(self, row: TenantSettingsRow) -> None:
        """Into the database's row."""
        row.threshold = self.threshold
        row.horizon_hours = self.horizon_hours
        row.quiet_from = None if self.quiet_hours is None else self.quiet_hours.begin
        row.quiet_to = None if self.quiet_hours is None else self.quiet_hours.end
        row.time_zone = self.time_zone
        row.locale = self.locale
        row.retention_days = self.retention_days

    def as_json(self) -> dict[str, object]:
        """For JSON, every field."""
        found: dict[str, object] = msgspec.to_builtins(self)
        return found


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
