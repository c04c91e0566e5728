"""POST /v1/webhooks/endpoints/{id}/replay"""

from pos.clock import timestamp
from pos.documents import stamp
from pos.errors import DomainError
from pos.http import Answer, Call, operation
from pos.ids import new_id
from webhooks import store
from webhooks.models import NewReplay, Replay


@operation(permission="webhooks:write", body=NewReplay, answer=Replay, status=202)
def handler(call: Call[NewReplay, None]) -> Answer:
    """Send a time's events to an endpoint again: all that it wants, those that failed, or those it never had.

    The answer is a job, which begins within a minute; GET it to see how far it is. What it sends counts as any
    delivery does, and is in the endpoint's log.
    """
    endpoint = store.get_endpoint(call.merchant_id, call.path["id"])
    if not endpoint.enabled:
        raise DomainError("endpoint.not_enabled", f"The endpoint {endpoint.id} is not sent to: enable it first.")
    replay = Replay(
        id=new_id("rpl"),
        endpoint_id=endpoint.id,
        which=call.body.which,
        since=call.body.since,
        until=min(call.body.until or timestamp(call.now), timestamp(call.now)),
        status="running",
        **stamp(call.now),
    )
    return store.begin_replay(call, replay)
