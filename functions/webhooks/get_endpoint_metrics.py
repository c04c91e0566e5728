"""GET /v1/webhooks/endpoints/{id}/metrics"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from pos.http import Answer, Call, operation
from pos.model import decimal_text
from webhooks import store
from webhooks.models import Delivery, EndpointMetrics

_LATEST = 500


@operation(permission="webhooks:read", answer=EndpointMetrics)
def handler(call: Call[None, None]) -> Answer:
    """How an endpoint does, by its latest deliveries: counted when it is asked for, so that sending costs no more."""
    endpoint = store.get_endpoint(call.merchant_id, call.path["id"])
    page = store.list_deliveries(call.merchant_id, endpoint.id, _LATEST, None)
    return Answer(200, _metrics([store.read_delivery(item) for item in page.items]).json_bytes())


def _metrics(deliveries: Sequence[Delivery]) -> EndpointMetrics:
    by_status = Counter(one.status for one in deliveries)
    ended = by_status["delivered"] + by_status["exhausted"]
    latencies = sorted(one.last_attempt.latency_ms for one in deliveries if one.last_attempt is not None)
    waiting = [one.created_at for one in deliveries if one.status in ("pending", "parked")]
    return EndpointMetrics(
        looked_at=len(deliveries),
        by_status=dict(by_status),
        success_rate=decimal_text(round(Decimal(by_status["delivered"]) / ended, 4)) if ended else None,
        latency_ms_p50=_percentile(latencies, 50),
        latency_ms_p99=_percentile(latencies, 99),
        oldest_waiting_at=min(waiting, default=None),
    )


def _percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The smallest of the values that at least so many percent of them do not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None
