"""POST /v1/sync/products"""

import json
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pydantic import ValidationError

from pos.errors import DomainError, Invalid
from pos.http import Answer, Call, operation, refusal
from sync import applying, matching
from sync.matching import Matched
from sync.models import ProductRecord, ProductsSync, RecordResult, SyncReport

_SECONDS = 20  # then what is left is deferred: API Gateway waits for 30
_threads = ThreadPoolExecutor(16, thread_name_prefix="sync")


@operation(permission="sync:write", body=ProductsSync, answer=SyncReport, repeatable=True, largest_body=5_000_000)
def handler(call: Call[ProductsSync, None]) -> Answer:
    """Bring up to 1,000 products of a source up to date here; each record is answered for itself.

    A repeat compares and finds nothing to do, so it needs no Idempotency-Key. Fields that both sides changed since they
    last agreed are left alone and become a conflict for a person to decide.
    """
    deadline = time.monotonic() + _SECONDS
    results: dict[int, RecordResult] = {}
    records: dict[int, ProductRecord] = {}
    seen: set[str] = set()
    for position, raw in enumerate(call.body.records):
        try:
            record = _record(raw)
            if record.external_id in seen:
                raise Invalid("record.repeated", "An earlier record has this external_id.", "/external_id")
            seen.add(record.external_id)
            records[position] = record
        except DomainError as error:
            external_id = raw.get("external_id")
            results[position] = applying.invalid(external_id if isinstance(external_id, str) else None, error)
    results |= _apply_all(call, records, deadline)
    ordered = tuple(results[position] for position in range(len(call.body.records)))
    counts = Counter[str](result.result for result in ordered)
    report = SyncReport(source=call.body.source, dry_run=call.body.dry_run, counts=dict(counts), results=ordered)
    return Answer(200, report.json_bytes())


def _apply_all(
    call: Call[ProductsSync, None], records: Mapping[int, ProductRecord], deadline: float
) -> dict[int, RecordResult]:
    owners = matching.ownership(call.merchant_id, call.body.source)
    matched = matching.match(call.merchant_id, call.body, list(records.values()))

    def one(found: Matched) -> RecordResult:
        if time.monotonic() > deadline:
            return RecordResult(external_id=found.record.external_id, result="deferred")
        return applying.apply(call, found, owners)

    return dict(zip(records, _threads.map(one, matched), strict=True))


def _record(raw: Mapping[str, Any]) -> ProductRecord:
    try:
        return ProductRecord.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        raise refusal(error) from None
