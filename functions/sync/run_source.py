"""POST /v1/sync/sources/{id}/run"""

from datetime import datetime

from pos.clock import timestamp
from pos.errors import DomainError, NotFound
from pos.http import Answer, Call, operation
from sync import store
from sync.connectors import status
from sync.connectors import store as connectors
from sync.connectors.models import RunRequest
from sync.models import SourceView


@operation(permission="sync:write", body=RunRequest, answer=SourceView, status=202, repeatable=True)
def handler(call: Call[RunRequest, None]) -> Answer:
    """Have a source's connector run now, also one that needed attention; what is stuck is tried again.

    The answer is the source as GET has it; the run takes place behind it. A run that is at work is left to it.
    """
    source = store.get_source(call.merchant_id, call.path["id"])
    if source.connector is None:
        raise NotFound("connector", source.id)
    if not source.connector.enabled:
        raise DomainError("connector.off", "This connector is disabled: enable it first.")
    _have_due(call, source.id)
    connectors.wake([(call.merchant_id, source.id)])
    view = SourceView(**dict(source), connector_status=status.of(call.merchant_id, source, call.now))
    return Answer(202, view.json_bytes(), source.version)


def _have_due(call: Call[RunRequest, None], source_id: str) -> None:
    state = connectors.get_state(call.merchant_id, source_id)
    if state.leased_until is not None and datetime.fromisoformat(state.leased_until) > call.now:
        return
    # orders and our own feed go on from where they are: they are never looked at twice
    kept = ("orders", "feed") if call.body.from_the_start else tuple(state.cursors)
    cursors = {name: at for name, at in state.cursors.items() if name in kept} | {"asked": timestamp(call.now)}
    update = {"status": "waiting", "next_run_at": timestamp(call.now), "cursors": cursors}
    try:
        connectors.save_state(call.merchant_id, source_id, state.model_copy(update=update))
    except connectors.Overtaken:
        return  # a run has begun meanwhile
