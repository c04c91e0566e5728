"""GET /v1/sync/sources/{id}"""

from pos.http import Answer, Call, operation
from sync import store
from sync.connectors import status
from sync.models import SourceView


@operation(permission="sync:read", answer=SourceView)
def handler(call: Call[None, None]) -> Answer:
    """A source, and how its connector is getting on: when the last success was, and what is stuck and why."""
    source = store.get_source(call.merchant_id, call.path["id"])
    told = status.of(call.merchant_id, source, call.now) if source.connector is not None else None
    view = SourceView(**dict(source), connector_status=told)
    return Answer(200, view.json_bytes(), source.version)
