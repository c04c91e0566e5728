"""PATCH /v1/webhooks/endpoints/{id}"""

from pos.http import Answer, Call, operation
from webhooks import posting, rules, store
from webhooks.models import Endpoint, EndpointChange


@operation(permission="webhooks:write", body=EndpointChange, answer=Endpoint)
def handler(call: Call[EndpointChange, None]) -> Answer:
    """Change an endpoint; what is left out stays.

    `url` counts at once, also for what is waiting to be delivered. `event_types`, `location_ids` and `filter` count for
    events that get their place in the feed from now on (`since`): what is waiting was wanted, and is sent.
    """
    target = store.get_target(call.merchant_id, call.path["id"])
    call.expect(target.endpoint.version)
    fields = call.body.model_dump(exclude_unset=True)
    if "url" in fields:
        posting.check_url(fields["url"])
    if rules.chooses_anew(target.endpoint, fields):
        fields["since"] = str(store.last_position(call.merchant_id))
    if fields.get("enabled"):
        fields["suspended_at"] = None
    changed = target.changed(target.endpoint.changed(call.now, **fields))
    return store.save_endpoint(call, target.endpoint, changed, "endpoint.updated")
