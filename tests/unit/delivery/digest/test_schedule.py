"""Six o'clock in the morning, everywhere and whenever clocks are changed."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.digest.schedule import FROM_HOUR, UNTIL_HOUR, day_due

MINUTE = timedelta(minutes=1)
# those that are files of the zone database and not of this machine's own
ZONES = sorted(available_timezones() - {"localtime", "Factory"})

zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(date(1970, 1, 2), date(2037, 12, 30))


def first_sent(zone: tzinfo, begin: datetime, hours: int) -> dict[date, datetime]:
    """When the letter of each day goes, where one looks each minute and sends each day's once."""
    sent: dict[date, datetime] = {}
    for minute in range(hours * 60):
        now = begin + minute * MINUTE
        day = day_due(now, zone)
        if day is not None:
            sent.setdefault(day, now)
    return sent


@given(zones, days)
def test_each_morning_has_one_letter_at_the_first_moment_from_six_on(zone: ZoneInfo, day: date) -> None:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=26)
    sent = first_sent(zone, begin, 76)
    walls = [(begin + minute * MINUTE).astimezone(zone) for minute in range(76 * 60)]
    # the first and the last day of the walk are not seen whole
    for each in sorted({wall.date() for wall in walls})[1:-1]:
        morning = [wall for wall in walls if wall.date() == each and FROM_HOUR <= wall.hour < UNTIL_HOUR]
        assert sent.get(each) == (morning[0].astimezone(UTC) if morning else None)


@pytest.mark.parametrize(
    ("zone", "now", "day"),
    [
        ("Europe/Berlin", "2026-11-25T04:59:59Z", None),
        ("Europe/Berlin", "2026-11-25T05:00:00Z", "2026-11-25"),
        ("Europe/Berlin", "2026-07-01T04:00:00Z", "2026-07-01"),
        ("Europe/Berlin", "2026-11-25T10:59:59Z", "2026-11-25"),
        ("Europe/Berlin", "2026-11-25T11:00:00Z", None),
        ("America/Los_Angeles", "2026-11-25T14:00:00Z", "2026-11-25"),
        # the day before elsewhere is the day there
        ("Pacific/Kiritimati", "2026-11-24T16:00:00Z", "2026-11-25"),
        ("Asia/Kathmandu", "2026-11-25T00:14:59Z", None),
        ("Asia/Kathmandu", "2026-11-25T00:15:00Z", "2026-11-25"),
    ],
)
def test_it_is_the_zones_own_clock_that_counts(zone: str, now: str, day: str | None) -> None:
    due = day_due(datetime.fromisoformat(now), ZoneInfo(zone))
    assert due == (None if day is None else date.fromisoformat(day))


def test_the_nights_of_the_change_have_a_letter_each() -> None:
    for change in (date(2026, 3, 29), date(2026, 10, 25)):
        begin = datetime(change.year, change.month, change.day, tzinfo=UTC) - timedelta(hours=24)
        sent = first_sent(ZoneInfo("Europe/Berlin"), begin, 72)
        assert change in sent
        assert sent[change].astimezone(ZoneInfo("Europe/Berlin")).strftime("%H:%M") == "06:00"


class TurnedBack(tzinfo):
    """UTC, until the clock is turned back from seven to five; the zone database knows no such place since 1970."""

    TURN = datetime(2026, 11, 25, 7, tzinfo=UTC)

    def utcoffset(self, _at: datetime | None) -> timedelta:
        return timedelta(0)

    def dst(self, _at: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, _at: datetime | None) -> str:
        return "turned back"

    def fromutc(self, at: datetime) -> datetime:
        """As `datetime.astimezone` asks for it."""
        return at if at.replace(tzinfo=UTC) < self.TURN else at - timedelta(hours=2)


def test_six_that_comes_twice_has_one_letter_at_the_first() -> None:
    sent = first_sent(TurnedBack(), datetime(2026, 11, 25, tzinfo=UTC), 24)
    assert sent == {date(2026, 11, 25): datetime(2026, 11, 25, 6, tzinfo=UTC)}
    assert day_due(datetime(2026, 11, 25, 8, tzinfo=UTC), TurnedBack()) == date(2026, 11, 25)


def test_six_that_never_comes_has_a_letter_at_the_first_moment_after() -> None:
    # at Casey station, the clock went from four to seven
    zone = ZoneInfo("Antarctica/Casey")
    sent = first_sent(zone, datetime(2018, 10, 6, 12, tzinfo=UTC), 24)
    assert sent[date(2018, 10, 7)].astimezone(zone).strftime("%H:%M") == "07:00"


def test_a_day_that_never_was_has_no_letter() -> None:
    # Samoa went over the date line: after the 29th came the 31st
    sent = first_sent(ZoneInfo("Pacific/Apia"), datetime(2011, 12, 29, tzinfo=UTC), 72)
    assert date(2011, 12, 30) not in sent
    assert {date(2011, 12, 29), date(2011, 12, 31)} <= sent.keys()
