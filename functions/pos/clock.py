"""The time, from one place, so that tests can set it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The current moment, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds (`2026-11-24T09:30:00.000Z`): of one width, so that text order is time
    order.
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


MIDNIGHT = "00:00"
LATEST_DAY_START = "12:00"


def business_date(moment: datetime, time_zone: str, day_start: str = MIDNIGHT) -> date:
    """The shop's own business day at that moment: a sale at 01:00 belongs to the day before if days start at "04:00".

    A day begins when the shop's clock shows that time first, or, where it is put forward beyond it, a later one: so
    days have 23 or 25 hours when the clock changes, and a moment never belongs to an earlier day than one before it.
    """
    zone, begins = ZoneInfo(time_zone), time.fromisoformat(day_start)
    local = moment.astimezone(zone)

    def has_begun(day: date) -> bool:
        start = datetime.combine(day, begins)
        return local.replace(tzinfo=None) >= start or moment >= start.replace(tzinfo=zone)

    tomorrow, today, yesterday = (local.date() + timedelta(days=days) for days in (1, 0, -1))
    return next(day for day in (tomorrow, today, yesterday) if has_begun(day))
