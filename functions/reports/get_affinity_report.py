"""GET /v1/reports/affinity"""

from pos.http import Answer, Call, operation
from reports import baskets, rules, store
from reports.models import MAX_DAYS, AffinityQuery, AffinityReport
from reports.sheets import Book


@operation(permission="reports:read", query=AffinityQuery, answer=AffinityReport)
def handler(call: Call[None, AffinityQuery]) -> Answer:
    """Which products are bought together, from a bounded sample of each day's baskets: exact where a day has few, an
    estimate where it has many.
    """
    wanted = call.query
    rules.check_range(wanted, MAX_DAYS)
    as_of = store.as_of(call.merchant_id)  # before the sheets, so that they hold at least this

    def sheets(book: Book) -> rules.Sheets:
        found = store.read_sheets(call.merchant_id, book, wanted.from_, wanted.to)
        return [one for one in found if wanted.location_id in (None, one[0].location_id)]

    singles, pairs, orders, sampled = baskets.counted(sheets("basket"), sheets("day"))
    report = AffinityReport(
        from_=wanted.from_,
        to=wanted.to,
        orders=orders,
        baskets=sampled,
        sampled=sampled < orders,
        items=tuple(baskets.rows(wanted, singles, pairs, orders)),
        as_of=as_of,
    )
    return Answer(200, report.json_bytes())
