"""GET /v1/webhooks/replays/{id}"""

from pos.http import Answer, Call, operation
from webhooks import store
from webhooks.models import Replay


@operation(permission="webhooks:read", answer=Replay)
def handler(call: Call[None, None]) -> Answer:
    """A replay, and how far it is."""
    replay = store.get_replay(call.merchant_id, call.path["id"])
    return Answer(200, replay.json_bytes(), replay.version)
