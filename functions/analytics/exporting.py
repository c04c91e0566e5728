"""Exporting a day: one file a table, and at last the manifest that says which version of each belongs together.

    <table>/merchant=<merchant>/day=<day>/data.parquet    replaced whole, in one put: nobody reads half of it
    manifests/merchant=<merchant>/day=<day>.json          written last

The manifest names each file's version, which the bucket keeps for a while: who goes by it never sees a mixture of two
exports of a day.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import Any

from analytics import following, rules, store
from analytics.parquet import write_all
from analytics.rules import TABLES, Document
from pos import aws
from pos.clock import timestamp


def export(merchant_id: str, day: str, page: int, build: int, now: datetime) -> dict[str, Any]:
    """Export a day as it is by now, which is as of `page` of the feed or later; its manifest."""
    tables = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, written in write_all(Path(folder), TABLES, _rows(merchant_id, day)).items():
            key = f"{name}/merchant={merchant_id}/day={day}/data.parquet"
            kept = _put(key, written.path.read_bytes(), "application/vnd.apache.parquet")
            tables[name] = {"key": key, "version_id": kept, **written.told}
    manifest = {
        "merchant": merchant_id,
        "day": day,
        "build": build,
        "page": page,
        "exported_at": timestamp(now),
        "tables": tables,
    }
    key = f"manifests/merchant={merchant_id}/day={day}.json"
    _put(key, json.dumps(manifest).encode(), "application/json")
    store.exported(merchant_id, day, page, build)
    return manifest


def _rows(merchant_id: str, day: str) -> Iterator[tuple[str, Document]]:
    for some in batched(store.members(merchant_id, day, "order"), 100, strict=False):
        for order in following.read_orders(merchant_id, some):
            yield from rules.order_rows(order, day)
    for some in batched(store.members(merchant_id, day, "movement"), 100, strict=False):
        for _, movement in following.read_movements(merchant_id, some):
            yield "movements", rules.movement_row(movement)


def _put(key: str, data: bytes, media_type: str) -> str | None:
    """Keep a file; the version of it."""
    bucket = os.environ["ANALYTICS_BUCKET"]
    return aws.s3().put_object(Bucket=bucket, Key=key, Body=data, ContentType=media_type).get("VersionId")
