"""GET /v1/reports/taxes"""

from pos.http import Answer, Call, operation
from reports import answering
from reports.models import TaxQuery, TaxReport


@operation(permission="reports:read", query=TaxQuery, answer=TaxReport)
def handler(call: Call[None, TaxQuery]) -> Answer:
    """What tax returns ask for, by month, location and tax: what was taxed, the tax, what was given back of both, and
    what is left, which is declared.
    """
    return Answer(200, answering.taxes(call.merchant_id, call.query).json_bytes())
