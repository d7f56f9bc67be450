"""What may be asked of ``GET /v1/usage``, read from the query string."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from api.ingest.event_fields import Refused
from api.web.query_parameters import Reader, bad_parameters, values_of

Period = Literal["hour", "day"]

LENGTHS: Mapping[Period, timedelta] = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
USUAL: Mapping[Period, timedelta] = {"hour": timedelta(days=1), "day": timedelta(days=30)}
LONGEST: Mapping[Period, timedelta] = {"hour": timedelta(days=31), "day": timedelta(days=400)}
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

_Time = Annotated[datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """Usage by period, from the beginning of one to that of another."""

    by: Period
    since: datetime
    until: datetime


def parse(parameters: Sequence[tuple[str, str]], now: datetime) -> UsageQuery:
    """The query of a URL's decoded parameters. Raises a `Problem` that names everything that is wrong with them.

    Times are widened to whole periods: days are those of UTC.
    """
    values = values_of(parameters, _READERS)
    by: Period = values.get("by", "day")
    until = begin(values.get("until", now) + LENGTHS[by] - timedelta(microseconds=1), by)
    since = begin(values.get("since", until - USUAL[by]), by)
    if since >= until:
        raise bad_parameters({"since": "must be before until"})
    if until - since > LONGEST[by]:
        raise bad_parameters({"since": f"must be at most {LONGEST[by].days} days before until, by the {by}"})
    return UsageQuery(by, since, until)


def begin(at: datetime, by: Period) -> datetime:
    """When the period began that holds the time."""
    in_utc = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return in_utc.replace(hour=0) if by == "day" else in_utc


def _by(text: str) -> Period:
    match text:
        case "hour" | "day":
            return text
        case _:
            raise Refused("must be hour or day")


def _time(text: str) -> datetime:
    try:
        at = msgspec.convert(text, _Time)
    except msgspec.ValidationError:
        raise Refused(
            "must be a time with its offset, such as 2026-11-24T12:00:00Z (RFC 3339); write + as %2B"
        ) from None
    # so that none leaves the calendar when it is made whole
    if not EARLIEST <= at <= LATEST:
        raise Refused("must be a time from 2000 to 2099")
    return at


_READERS: Mapping[str, Reader] = {"by": _by, "since": _time, "until": _time}
