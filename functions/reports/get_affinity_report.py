"""GET /v1/reports/affinity"""

from pos.http import Answer, Call, operation
from reports import answering
from reports.models import AffinityQuery, AffinityReport


@operation(permission="reports:read", query=AffinityQuery, answer=AffinityReport)
def handler(call: Call[None, AffinityQuery]) -> Answer:
    """Which products are bought together, from a bounded sample of each day's baskets: exact where a day has few, an
    estimate where it has many.
    """
    return Answer(200, answering.affinity(call.merchant_id, call.query).json_bytes())
