"""POST /v1/imports"""

import base64
from datetime import timedelta

from files import objects, store
from files.imports.models import (
    MAX_BYTES,
    MAX_INLINE,
    PERMISSIONS,
    Import,
    ImportSettings,
    ImportToUpload,
    ImportWork,
    NewImport,
    Upload,
)
from files.imports.naming import FILE
from pos import dynamo
from pos.clock import timestamp
from pos.errors import Invalid
from pos.http import Answer, Call, operation
from pos.ids import new_id
from staff.store import merchant_ref

_KEPT = timedelta(days=7)
"""As long as the bucket keeps the files (infra/storage.yaml)."""


@operation(permission="imports:write", body=NewImport, answer=ImportToUpload, status=202, largest_body=5 * 1024 * 1024)
def handler(call: Call[NewImport, None]) -> Answer:
    """Takes a file of products, customers, stock counts or price changes: CSV or XLSX, up to 20 MB and 50,000 rows.

    A small one comes along in `content`, and is looked at; for others, PUT the file to the `upload` that is answered,
    and then ask for its preview. Nothing is changed before it is applied. Who imports also needs the permission to
    change what is imported.
    """
    new = call.body
    call.caller.require(PERMISSIONS[new.type][1])
    data = _decoded(new.content) if new.content is not None else None
    merchant = dynamo.get(merchant_ref(call.merchant_id))
    job = Import(
        id=new_id("imp"),
        type=new.type,
        file_name=new.file_name,
        size=new.size if data is None else len(data),
        status="awaiting_file" if data is None else "running",
        step=None if data is None else "reading",
        created_at=timestamp(call.now),
        created_by=call.caller.actor,
        updated_at=timestamp(call.now),
        expires_at=timestamp(call.now + _KEPT),
        currency=merchant.currency,
        minor_units=merchant.minor_units,
        settings=ImportSettings(),
    )
    key = objects.import_key(call.merchant_id, job.id, FILE)
    if data is not None:
        objects.put(key, data, "application/octet-stream")
    upload = None
    if new.size is not None:
        expires = timestamp(call.now + timedelta(seconds=objects.UPLOAD_SECONDS))
        upload = Upload(url=objects.upload_link(key, new.size), expires_at=expires)
    told = ImportToUpload(**job.model_dump())
    answer = Answer(202, told.model_copy(update={"upload": upload}).json_bytes(), kept=told.json_bytes())
    store.begin_import(call, job, ImportWork(), answer)
    return answer


def _decoded(content: str) -> bytes:
    try:
        data = base64.b64decode(content, validate=True)
    except ValueError:  # also of what is not even ASCII
        raise Invalid("import.content_invalid", "It must be the file in base64.", "/content") from None
    if not 0 < len(data) <= MAX_INLINE:
        detail = f"A file in the request has 1 to {MAX_INLINE} bytes; tell the size of others, up to {MAX_BYTES}."
        raise Invalid("import.content_invalid", detail, "/content")
    return data
