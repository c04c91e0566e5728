"""GET /v1/reports/taxes"""

from pos.http import Answer, Call, operation
from reports import returns, rules, store
from reports.models import TaxQuery, TaxReport


@operation(permission="reports:read", query=TaxQuery, answer=TaxReport)
def handler(call: Call[None, TaxQuery]) -> Answer:
    """What tax returns ask for, by month, location and tax: what was taxed, the tax, what was given back of both, and
    what is left, which is declared.
    """
    wanted = call.query
    period = returns.period(wanted)
    as_of = store.as_of(call.merchant_id)  # before the sheets, so that they hold at least this
    sheets = store.read_sheets(call.merchant_id, "day", period.from_, period.to)
    sheets = [one for one in sheets if wanted.location_id in (None, one[0].location_id)]
    currency = rules.currency_of((key for key, _ in sheets), wanted.currency)
    items = returns.tax_rows(rules.of_place(sheets, wanted.location_id, currency))
    return Answer(
        200,
        TaxReport(
            from_=wanted.from_, to=wanted.to, currency=currency, items=items, totals=returns.added(items), as_of=as_of
        ).json_bytes(),
    )
