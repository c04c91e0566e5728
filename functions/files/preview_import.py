"""POST /v1/imports/{id}/preview"""

from dataclasses import replace

from catalog import rules
from catalog.store import taxes_ref
from files import store
from files.imports.guessing import AT_A_LOCATION, FIELDS
from files.imports.models import PERMISSIONS, Import, ImportWork, PreviewSettings
from pos import dynamo
from pos.errors import DomainError, Invalid
from pos.http import Answer, Call, operation
from staff.store import location_ref

_POSSIBLE = ("awaiting_file", "ready", "failed")


@operation(permission="imports:write", body=PreviewSettings, answer=Import, status=202)
def handler(call: Call[PreviewSettings, None]) -> Answer:
    """Has a file looked at, once it is uploaded, or anew in another way: what each of its rows would change, and which
    are refused. Nothing is changed. `GET /v1/imports/{id}` says when that is `ready`.
    """
    running = store.IMPORTS.load(call.merchant_id, call.path["id"])
    job, asked = running.job, call.body
    call.caller.require(PERMISSIONS[job.type][1])
    if job.status not in _POSSIBLE or job.applied is not None:
        raise DomainError("import.not_open", f"The import is {job.status}: make another one of the file.")
    _check(call, job)
    fresh = job.model_copy(
        update={
            "status": "running",
            "step": "reading" if job.file is None else "previewing",
            "records": 0,
            "done_records": 0,
            "preview": None,
            "changes": (),
            "problem_count": 0,
            "problems": (),
            "failure": None,
            "failure_code": None,
        }
    )
    return store.go_on_import(call, replace(running, job=fresh, work=ImportWork(asked=asked)))


def _check(call: Call[PreviewSettings, None], job: Import) -> None:
    """Refuse settings that name what is not there, or fields that this type of import does not have."""
    asked = call.body
    places = {asked.location_id: "/location_id"} if asked.location_id else {}
    for at, column in enumerate(asked.columns or ()):
        if column.field not in FIELDS[job.type]:
            detail = f"An import of {job.type} has no {column.field}; it has {', '.join(FIELDS[job.type])}."
            raise Invalid("import.field_unknown", detail, f"/columns/{at}/field")
        if column.location_id is not None:
            if column.field not in AT_A_LOCATION:
                detail = f"{column.field} is not of a location."
                raise Invalid("import.field_not_local", detail, f"/columns/{at}/location_id")
            places[column.location_id] = f"/columns/{at}/location_id"
    locations = {id: location_ref(call.merchant_id, id) for id in places}
    found = dynamo.fetch([taxes_ref(call.merchant_id), *locations.values()])
    rules.check_taxes(asked.tax_ids, dynamo.resolve(taxes_ref(call.merchant_id), found).by_id())
    for id, ref in locations.items():
        if (ref.table, ref.key) not in found:
            raise Invalid("location.unknown", f"There is no location {id}.", places[id])
