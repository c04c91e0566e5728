"""POST /v1/sync/sources"""

from pos.documents import stamp
from pos.http import Answer, Call, operation
from sync import store
from sync.connectors import settings
from sync.models import NewSource, Source


@operation(permission="sync:write", body=NewSource, answer=Source, status=201)
def handler(call: Call[NewSource, None]) -> Answer:
    """Set up a source: what it is called and which fields it owns. Its id is `src_` and its name in `external_ids`.

    With a `connector` Kasir begins to reach it by itself at once.
    """
    id = store.source_id(call.body.source)
    source = Source(id=id, name=call.body.name, ownership=call.body.ownership, **stamp(call.now))
    if call.body.connector is None:
        return store.save_source(call, source, "source.created", 201)
    connected = settings.connected(call, id, call.body.connector, None)
    source = source.model_copy(update={"connector": connected.connector})
    return store.save_source(call, source, "source.created", 201, connected.sealed, connected.writes)
