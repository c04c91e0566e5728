"""GET /v1/reports/customers"""

from pos.http import Answer, Call, operation
from reports import buyers, rules, store
from reports.models import MAX_DAYS, CustomersQuery, CustomersReport


@operation(permission="reports:read", query=CustomersQuery, answer=CustomersReport)
def handler(call: Call[None, CustomersQuery]) -> Answer:
    """Which customers bought in some business days: new ones, those who came back, and who bought for most. Its work
    grows with the customers, not with what they bought.
    """
    wanted = call.query
    rules.check_range(wanted, MAX_DAYS)
    as_of = store.as_of(call.merchant_id)  # before the sheets, so that they hold at least this
    days = store.read_sheets(call.merchant_id, "day", wanted.from_, wanted.to)
    days = [one for one in days if wanted.location_id in (None, one[0].location_id)]
    currency = rules.currency_of((key for key, _ in days), wanted.currency)
    sheets = store.read_sheets(call.merchant_id, "customer", wanted.from_, wanted.to)
    bought = rules.summed(rules.of_place(sheets, wanted.location_id, currency), "customer", currency)
    first_days = store.first_days(call.merchant_id, bought, currency or "")
    all_sales = rules.totals(rules.of_place(days, wanted.location_id, currency))
    new, returning, unknown = buyers.kinds(wanted.from_, bought, first_days, all_sales)
    report = CustomersReport(
        from_=wanted.from_,
        to=wanted.to,
        currency=currency,
        new=new,
        returning=returning,
        unknown=unknown,
        items=tuple(buyers.rows(bought, first_days)[: wanted.limit]),
        as_of=as_of,
    )
    return Answer(200, report.json_bytes())
