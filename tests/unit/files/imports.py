"""Files given in, looked at, done and taken back, as a client does it."""

import base64
import csv
import io
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from catalog import list_products
from files import apply_import, create_import, get_import, objects, preview_import, run_imports, undo_import
from tests.support.aws import take_messages
from tests.support.contract import all_pages
from tests.support.shop import Reply, Shop


def give(shop: Shop, type: str, content: str | bytes, name: str = "file.csv", **request: Any) -> Reply:
    """Ask for a file to be imported that comes along."""
    data = content.encode() if isinstance(content, str) else content
    body = {"type": type, "file_name": name, "content": base64.b64encode(data).decode()}
    return shop.call(create_import.handler, body, **request)


def work(*, receives: int = 1) -> None:
    """Let the worker take a turn at each message that waits for it, and at those that it sends meanwhile."""
    while messages := take_messages("imports"):
        for body in messages:
            record = {"body": body, "attributes": {"ApproximateReceiveCount": str(receives)}}
            run_imports.handler({"Records": [record]}, None)


def told(shop: Shop, id: str) -> Any:
    """What is answered of an import."""
    return shop.call(get_import.handler, id=id).json


def preview(shop: Shop, type: str, content: str | bytes, /, **settings: Any) -> Any:
    """The preview of a file, by its guesses or by these settings."""
    asked = give(shop, type, content)
    assert asked.status == 202, asked.text
    work()
    id = asked.json["id"]
    if settings:
        again = shop.call(preview_import.handler, settings, id=id)
        assert again.status == 202, again.text
        work()
    return told(shop, id)


def apply(shop: Shop, id: str) -> Any:
    """What came of an import that was previewed."""
    asked = shop.call(apply_import.handler, id=id)
    assert asked.status == 202, asked.text
    work()
    return told(shop, id)


def imported(shop: Shop, type: str, content: str | bytes, /, **settings: Any) -> Any:
    """What came of a file."""
    shown = preview(shop, type, content, **settings)
    assert shown["status"] == "ready", shown
    return apply(shop, shown["id"])


def undo(shop: Shop, id: str) -> Any:
    """What was taken back of an import."""
    asked = shop.call(undo_import.handler, id=id)
    assert asked.status == 202, asked.text
    work()
    return told(shop, id)


def products(shop: Shop) -> dict[str, Any]:
    """All products by name."""
    return {one["name"]: one for one in all_pages(shop, list_products.handler, 100)}


def problem_rows(shop: Shop, id: str) -> list[dict[str, str]]:
    """The file of rows with problems."""
    data = objects.get(objects.import_key(shop.merchant_id, id, "problems.csv"))
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def workbook(*rows: list[Any]) -> bytes:
    """A workbook of these rows."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return out.getvalue()


def counted(**counts: int) -> dict[str, int]:
    """Counts of an import, of which most are 0."""
    return {"created": 0, "updated": 0, "unchanged": 0, "invalid": 0, "changed_since": 0, **counts}
