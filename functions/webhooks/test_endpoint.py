"""POST /v1/webhooks/endpoints/{id}/test"""

import json
from concurrent.futures import ThreadPoolExecutor, wait

from pos.clock import timestamp
from pos.http import Answer, Call, operation
from pos.ids import new_id
from webhooks import posting, signing, store
from webhooks.models import Endpoint, EndpointTest
from webhooks.posting import Post

_threads = ThreadPoolExecutor(1, thread_name_prefix="post")


@operation(permission="webhooks:write", answer=EndpointTest, repeatable=True)
def handler(call: Call[None, None]) -> Answer:
    """Send an endpoint a signed `webhook.test` now, and tell what it answered.

    It goes to disabled endpoints, too. It is tried once, and is neither in the feed nor among the deliveries.
    """
    target = store.get_target(call.merchant_id, call.path["id"])
    event_id = new_id("evt")
    body = _body(call, target.endpoint, event_id)
    headers = signing.headers(call.merchant_id, target, event_id, body, call.now)
    post = Post()
    sending = _threads.submit(post.post, target.endpoint.url, headers, body)
    wait([sending], timeout=posting.TOTAL_SECONDS)
    if not sending.done():
        post.cut_off()
    reply = sending.result()
    result = EndpointTest(
        event_id=event_id,
        delivered=200 <= (reply.status_code or 0) < 300,
        status_code=reply.status_code,
        error=reply.error,
        latency_ms=reply.latency_ms,
        excerpt=reply.excerpt,
    )
    return Answer(200, result.json_bytes())


def _body(call: Call[None, None], endpoint: Endpoint, event_id: str) -> bytes:
    head = {
        "id": event_id,
        "type": "webhook.test",
        "timestamp": timestamp(call.now),
        "merchant_id": call.merchant_id,
        "entity": {"type": "endpoint", "id": endpoint.id, "version": endpoint.version},
        "data": endpoint.model_dump(),
    }
    return json.dumps(head, separators=(",", ":")).encode()
