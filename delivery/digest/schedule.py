"""When a digest is due. Pure."""

from datetime import date, datetime, tzinfo

FROM_HOUR = 6
UNTIL_HOUR = 12
"""A letter that could not be sent until noon is not sent at all: by then planners have looked for themselves."""


def day_due(now: datetime, zone: tzinfo) -> date | None:
    """The day whose digest may be sent now, by the clock on the wall of the zone; None outside of the morning.

    Together with "once a day" this is right where clocks are changed as well. Where six o'clock comes twice, the letter
    goes at the first; where it never comes, at the first moment after it.
    """
    there = now.astimezone(zone)
    return there.date() if FROM_HOUR <= there.hour < UNTIL_HOUR else None
