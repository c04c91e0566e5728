"""Exports asked for, made by the worker, and read as programs read them."""

import csv
import io
from typing import Any

from files import create_export, get_export, objects, run_file_jobs, store
from tests.support.aws import take_messages
from tests.support.shop import Reply, Shop
from tests.unit.reports.ledger import trade
from tests.unit.reports.sales import Change, project

DAYS = {"from": "2026-11-01", "to": "2026-11-30"}


def sold(shop: Shop, *sales: list[Change]) -> None:
    """Sales in the orders, the feed and the totals."""
    trade(shop.merchant_id, [change for one in sales for change in one])
    project(shop.merchant_id)


def ask(shop: Shop, dataset: str, format: str = "csv", /, **more: Any) -> Reply:
    """Ask for an export."""
    parameters = more.pop("parameters", DAYS)
    body = {"dataset": dataset, "parameters": parameters, "format": format, **more}
    return shop.call(create_export.handler, body)


def work(*, receives: int = 1) -> None:
    """Let the worker take a turn at each message that waits for it, and at those that it sends meanwhile."""
    while messages := take_messages("file-jobs"):
        for body in messages:
            record = {"body": body, "attributes": {"ApproximateReceiveCount": str(receives)}}
            run_file_jobs.handler({"Records": [record]}, None)


def export(shop: Shop, dataset: str, format: str = "csv", /, **more: Any) -> tuple[Any, bytes]:
    """What is answered of an export that is done, and its file."""
    asked = ask(shop, dataset, format, **more)
    assert asked.status == 202, asked.text
    work()
    told = shop.call(get_export.handler, id=asked.json["id"]).json
    assert told["status"] == "done", told
    return told, file(shop, asked.json["id"])


def file(shop: Shop, export_id: str) -> bytes:
    """The file of an export, from the bucket."""
    job = store.EXPORTS.load(shop.merchant_id, export_id).job
    return objects.get(objects.export_key(shop.merchant_id, export_id, job.file_name))


def rows(data: bytes) -> list[dict[str, str]]:
    """CSV, read by Python's own reader."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
