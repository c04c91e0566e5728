"""POST /v1/webhooks/deliveries/{id}/retry"""

from pos import dynamo
from pos.errors import DomainError, NotFound
from pos.http import Answer, Call, operation
from webhooks import queue, store
from webhooks.models import Delivery
from webhooks.queue import Job
from webhooks.store import DeliveryKey


@operation(permission="webhooks:write", answer=Delivery, repeatable=True)
def handler(call: Call[None, None]) -> Answer:
    """Have a delivery sent now, whatever became of it; if it fails, its schedule of attempts begins anew.

    While its endpoint is not sent to because it keeps failing, the delivery is parked for when it answers again.
    """
    key = _key(call)
    progress = dynamo.get(store.progress_ref(key))
    if progress is None:
        raise NotFound("delivery", call.path["id"])
    endpoint = store.get_endpoint(call.merchant_id, key.endpoint_id)
    if not endpoint.enabled:
        raise DomainError("endpoint.not_enabled", f"The endpoint {endpoint.id} is not sent to: enable it first.")
    if not store.release(progress, call.now):
        raise DomainError("request.conflict", "The delivery was attempted at this moment; look at it and try again.")
    queue.send([Job.next(progress)])
    return Answer(200, store.get_delivery(key).json_bytes())


def _key(call: Call[None, None]) -> DeliveryKey:
    try:
        return DeliveryKey.parse(call.merchant_id, call.path["id"])
    except ValueError:
        raise NotFound("delivery", call.path["id"]) from None
