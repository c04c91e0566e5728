"""PATCH /v1/sync/sources/{id}"""

from pos.http import Answer, Call, operation
from sync import store
from sync.connectors import settings
from sync.models import Source, SourceChange


@operation(permission="sync:write", body=SourceChange, answer=Source)
def handler(call: Call[SourceChange, None]) -> Answer:
    """Change what a source is called, which fields it owns, and how it is reached; what is left out stays.

    A changed `connector` runs at once, also one that needed attention.
    """
    before = store.get_source(call.merchant_id, call.path["id"])
    call.expect(before.version)
    given = {name: getattr(call.body, name) for name in call.body.model_fields_set - {"connector"}}
    if "connector" not in call.body.model_fields_set:
        sealed = settings.sealed(call.merchant_id, before)
        return store.save_source(call, before.changed(call.now, **given), "source.updated", 200, sealed)
    if call.body.connector is None:
        writes = settings.disconnected(call, before)
        return store.save_source(
            call, before.changed(call.now, **given, connector=None), "source.updated", 200, None, writes
        )
    connected = settings.connected(call, before.id, call.body.connector, before)
    after = before.changed(call.now, **given, connector=connected.connector)
    return store.save_source(call, after, "source.updated", 200, connected.sealed, connected.writes)
