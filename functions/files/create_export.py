"""POST /v1/exports"""

from datetime import timedelta

from files import store
from files.datasets import DATASETS
from files.models import Export, NewExport
from pos.clock import timestamp
from pos.http import Answer, Call, operation
from pos.ids import new_id

_KEPT = timedelta(days=7)
"""As long as the bucket keeps the files (infra/storage.yaml)."""


@operation(permission="exports:write", body=NewExport, answer=Export, status=202)
def handler(call: Call[NewExport, None]) -> Answer:
    """Has a report put into a file, CSV or XLSX, with all of its rows. `GET /v1/exports/{id}` says how far it is, and
    where to get it. Who exports also needs the permission to read what is exported.
    """
    wanted = call.body
    dataset = DATASETS[wanted.dataset]
    query = dataset.parsed(wanted.parameters)
    permissions = dataset.permissions(query)
    for permission in permissions:
        call.caller.require(permission)
    days = [str(wanted.parameters[name]) for name in ("from", "to") if name in wanted.parameters]
    export = Export(
        id=new_id("exp"),
        **wanted.model_dump(),
        created_at=timestamp(call.now),
        created_by=call.caller.actor,
        updated_at=timestamp(call.now),
        expires_at=timestamp(call.now + _KEPT),
        permissions=tuple(permissions),
        file_name="_".join([wanted.dataset, *days]) + f".{wanted.format}",
    )
    return store.begin_export(call, export)
