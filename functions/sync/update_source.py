"""PATCH /v1/sync/sources/{id}"""

from pos.http import Answer, Call, operation
from sync import store
from sync.models import Source, SourceChange


@operation(permission="sync:write", body=SourceChange, answer=Source)
def handler(call: Call[SourceChange, None]) -> Answer:
    """Change what a source is called and which fields it owns; what is left out stays."""
    before = store.get_source(call.merchant_id, call.path["id"])
    call.expect(before.version)
    given = {name: getattr(call.body, name) for name in call.body.model_fields_set}
    return store.save_source(call, before.changed(call.now, **given), "source.updated", 200)
