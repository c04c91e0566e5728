"""GET /v1/events/{id}"""

from pos import dynamo, outbox
from pos.errors import NotFound
from pos.http import Answer, Call, operation
from webhooks import store
from webhooks.models import Event


@operation(permission="events:read", answer=Event)
def handler(call: Call[None, None]) -> Answer:
    """One event, whole: what `data_url` of a webhook names whose body was too long to be sent."""
    event_id = call.path["id"]
    ref = store.find_event(call.merchant_id, event_id)
    stored = None if ref is None else dynamo.get(store.outbox_ref(ref))
    if ref is None or stored is None:
        raise NotFound("event", event_id)
    return Answer(200, outbox.events(stored)[ref.ordinal].body)
