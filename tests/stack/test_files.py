"""Files as a client gets them: asked for over HTTP, made by the worker, got from S3 by their links."""

import csv
import io

import pytest
import urllib3

from tests.stack.support import Json, Shop, eventually

pytestmark = pytest.mark.stack


def made(shop: Shop, body: Json) -> Json:
    """An export that is done."""
    asked = shop.api.post("/v1/exports", body)
    assert asked.status == 202, asked

    def ended() -> Json:
        told: Json = shop.api.get(f"/v1/exports/{asked.json['id']}").json
        return told if told["status"] != "running" else {}

    return eventually(ended)


def test_a_days_sales_come_as_a_file_by_a_link(shop: Shop) -> None:
    line = {"custom": {"name": "Kopi", "price": 15_000}, "quantity": "2"}
    sale = shop.sell(line, complete=True)
    day = sale["business_date"]
    eventually(lambda: shop.api.get("/v1/reports/sales", **{"from": day, "to": day}).json["totals"]["orders"])

    told = made(shop, {"dataset": "sales_report", "parameters": {"from": day, "to": day}, "language": "id"})

    file = urllib3.request("GET", told["download"]["url"])
    assert (file.status, len(file.data)) == (200, told["download"]["size"])
    [row] = csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"), newline=""))
    assert (row["Tanggal"], row["Total"], row["Mata uang"]) == (day, "30000", "IDR")
    workbook = made(shop, {"dataset": "order_lines", "parameters": {"from": day, "to": day}, "format": "xlsx"})
    assert urllib3.request("GET", workbook["download"]["url"]).data.startswith(b"PK")
