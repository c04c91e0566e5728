"""GET /v1/exports/{id}"""

from datetime import timedelta

from files import objects, store
from files.models import Download, Export, ExportWithFile
from pos.clock import timestamp
from pos.http import Answer, Call, operation


@operation(permission="exports:read", answer=ExportWithFile)
def handler(call: Call[None, None]) -> Answer:
    """How far an export is. When it is done, `download` has a link to its file that works for five minutes; ask again
    for another one.
    """
    export = store.EXPORTS.load(call.merchant_id, call.path["id"]).job
    for permission in export.permissions:
        call.caller.require(permission)
    return Answer(200, ExportWithFile(**export.model_dump(), download=_download(call, export)).json_bytes())


def _download(call: Call[None, None], export: Export) -> Download | None:
    if export.status != "done" or export.size is None or export.expires_at <= timestamp(call.now):
        return None
    return Download(
        url=objects.link(objects.export_key(call.merchant_id, export.id, export.file_name), export.file_name),
        file_name=export.file_name,
        size=export.size,
        expires_at=timestamp(call.now + timedelta(seconds=objects.LINK_SECONDS)),
    )
