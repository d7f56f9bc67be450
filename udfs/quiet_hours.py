"""When a tenant's people want to be left alone, by their own clocks."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY = timedelta(days=1)


class QuietHours(NamedTuple):
    """From one local time of day to another, minutes since midnight; over midnight where the second is earlier."""

    from_minute: int
    to_minute: int
    time_zone: str
    """IANA name; one that this machine does not know is taken as UTC."""

    def end_ms(self, now_ms: int) -> int | None:
        """When the quiet hours end that hold at this moment, epoch milliseconds; None where none hold."""
        zone = _zone(self.time_zone)
        local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
        minute = local.hour * 60 + local.minute
        if self.from_minute <= self.to_minute:
            holds, days = self.from_minute <= minute < self.to_minute, 0
        else:
            holds, days = not self.to_minute <= minute < self.from_minute, int(minute >= self.from_minute)
        if not holds:
            return None
        # by the calendar, so that a night in which the clocks change ends when they say so
        date = local.date() + days * DAY
        end = datetime(date.year, date.month, date.day, *divmod(self.to_minute, 60), tzinfo=zone)
        # a time that the clocks skip or show twice may lie behind us
        return max(round(end.timestamp() * 1000), now_ms)


@lru_cache(maxsize=1_024)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
