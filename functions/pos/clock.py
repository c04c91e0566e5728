"""The time, from one place, so that tests can set it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The current moment, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds (`2026-11-24T09:30:00.000Z`): of one width, so that text order is time
    order.
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def business_date(moment: datetime, time_zone: str, day_start_minutes: int = 0) -> date:
    """The shop's own calendar day at that moment: a sale at 01:00 belongs to the day before if the day starts at
    04:00.
    """
    return (moment.astimezone(ZoneInfo(time_zone)) - timedelta(minutes=day_start_minutes)).date()
