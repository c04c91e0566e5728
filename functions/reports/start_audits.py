"""Every night: has the last days of every merchant audited. An operator may have it start other jobs."""

from datetime import date, timedelta
from typing import Any

from pos import clock
from pos.log import logger
from reports import jobs, store

_NIGHTLY = timedelta(days=7)


def handler(event: dict[str, Any], _context: object) -> None:
    """Have workers begin a job for each merchant: by itself an audit of the last seven days and today.

    An operator's event may say otherwise: `kind` ("rebuild"), `from` and `to` (days), `merchant_ids`.
    """
    today = clock.now().date()
    first, last = event.get("from", str(today - _NIGHTLY)), event.get("to", str(today))
    days = date.fromisoformat(first), date.fromisoformat(last)
    jobs.check_days(days, "/")
    merchants = event.get("merchant_ids") or store.merchants()
    started = jobs.order(merchants, event.get("kind", "audit"), days, "schedule")
    logger.info("report jobs started", extra={"jobs": started})
