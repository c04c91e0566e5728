"""Files as a client gets them: asked for over HTTP, made by the worker, got from S3 by their links."""

import base64
import csv
import io
import json
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
import urllib3

from tests.stack.support import Json, LocalRun, Shop, client_options, eventually

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


def settled(shop: Shop, id: str) -> Json:
    """An import whose step is over."""

    def ended() -> Json:
        told: Json = shop.api.get(f"/v1/imports/{id}").json
        return told if told["status"] != "running" else {}

    return eventually(ended)


def test_a_file_is_shown_before_it_is_done_and_can_be_taken_back(shop: Shop) -> None:
    file = "Nama;SKU;Kategori;Harga\r\nKopi susu;KOPI-IMP;Minuman > Panas;18.000\r\nTeh;TEH-IMP;Minuman;x\r\n".encode(
        "utf-16"
    )
    given = shop.api.post("/v1/imports", {"type": "products", "file_name": "menu.csv", "size": len(file)}).json
    assert urllib3.request(given["upload"]["method"], given["upload"]["url"], body=file).status == 200
    assert shop.api.post(f"/v1/imports/{given['id']}/preview", {}).status == 202
    shown = settled(shop, given["id"])
    assert (shown["status"], shown["preview"]["created"], shown["preview"]["invalid"]) == ("ready", 1, 1)
    assert shop.api.get("/v1/products", sku="KOPI-IMP").json["items"] == []
    problems = urllib3.request("GET", shown["problems_file"]["url"]).data.decode("utf-8-sig")
    assert problems.splitlines()[1] == '3,Harga,"It should be a number, not x.",Teh,TEH-IMP,Minuman,x'

    assert shop.api.post(f"/v1/imports/{given['id']}/apply", None).status == 202
    assert settled(shop, given["id"])["applied"]["created"] == 1
    [kopi] = shop.api.get("/v1/products", sku="KOPI-IMP").json["items"]
    assert kopi["variants"][0]["price"] == 18_000
    exported = made(shop, {"dataset": "products", "format": "xlsx"})
    content = base64.b64encode(urllib3.request("GET", exported["download"]["url"]).data).decode()
    again = shop.api.post("/v1/imports", {"type": "products", "file_name": "p.xlsx", "content": content}).json
    told = settled(shop, again["id"])
    assert (told["file"]["made_by"], told["preview"]["created"], told["preview"]["updated"]) == ("kasir", 0, 0)

    assert shop.api.post(f"/v1/imports/{given['id']}/undo", None).status == 202
    assert settled(shop, given["id"])["undone"] == {"removed": 1, "restored": 0, "left_alone": 0}
    assert shop.api.get("/v1/products", sku="KOPI-IMP").json["items"] == []


def test_a_days_parquet_is_made_and_read(
    shop: Shop, local_run: LocalRun, stack: dict[str, Any], tmp_path: Path
) -> None:
    sale = shop.sell({"custom": {"name": "Kopi", "price": 15_000}, "quantity": "2"}, complete=True)
    eventually(lambda: [event for event in shop.events() if event["type"] == "order.completed"])
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"merchant_ids": [shop.merchant_id]}))
    local_run("invoke", "ExportDays", str(event))
    client = boto3.client("s3", **client_options(stack["aws_endpoint_url"]))
    [bucket] = [one["Name"] for one in client.list_buckets()["Buckets"] if "analytics" in one["Name"]]
    place = f"merchant={shop.merchant_id}/day={sale['business_date']}"

    def keys() -> set[str]:
        return {one["Key"] for one in client.list_objects_v2(Bucket=bucket).get("Contents", [])}

    eventually(lambda: f"manifests/{place}.json" in keys())
    manifest = json.loads(client.get_object(Bucket=bucket, Key=f"manifests/{place}.json")["Body"].read())
    orders = tmp_path / "orders.parquet"
    orders.write_bytes(client.get_object(Bucket=bucket, Key=manifest["tables"]["orders"]["key"])["Body"].read())
    assert duckdb.read_parquet(str(orders)).select("order_id", "total").fetchall() == [(sale["id"], 30_000)]
    assert manifest["tables"]["lines"]["sums"] == {
        "IDR": {"gross": "30000", "discount": "0", "net": "30000", "tax": "0", "total": "30000"}
    }
