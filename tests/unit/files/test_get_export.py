"""get_export"""

from datetime import timedelta

import requests

from files import get_export, store
from pos import clock
from pos.clock import timestamp
from tests.support.contract import logged
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.files.exports import ask, export, rows, sold
from tests.unit.reports.sales import sell


def test_the_sample_tells_how_far_it_is(shop: Shop) -> None:
    asked = ask(shop, "sales_report").json

    reply = send(get_export.handler, sample("files", "get_export", shop, id=asked["id"]))

    assert (reply.status, reply.json) == (200, asked | {"download": None})


def test_a_file_is_got_by_a_link_that_is_nowhere_else(shop: Shop) -> None:
    sold(shop, sell([("var_kopi", "2")]))
    with logged() as lines:
        told, data = export(shop, "sales_report")
        download = told["download"]

    got = requests.get(download["url"], timeout=10)

    assert got.content == data
    assert (download["size"], download["file_name"]) == (len(data), "sales_report_2026-11-01_2026-11-30.csv")
    assert got.headers["content-disposition"] == f'attachment; filename="{download["file_name"]}"'
    assert [row["Total"] for row in rows(data)] == ["39600"]
    signature = download["url"].partition("Signature=")[2]
    assert signature and signature not in lines.getvalue()
    assert "X-Amz-Expires=300" in download["url"]


def test_what_is_over_has_no_link(shop: Shop) -> None:
    told, _ = export(shop, "sales_report")
    kept = store.EXPORTS.load(shop.merchant_id, told["id"])
    store.EXPORTS.save(kept.with_(kept.work, expires_at=timestamp(clock.now() - timedelta(seconds=1))))

    assert shop.call(get_export.handler, id=told["id"]).json["download"] is None


def test_who_may_not_read_what_is_in_it_gets_no_link(shop: Shop) -> None:
    told, _ = export(shop, "customers_report")

    refused = shop.call(get_export.handler, id=told["id"], permissions="exports:read reports:read")

    assert (refused.status, refused.code) == (403, "auth.forbidden")


def test_anothers_export_is_not_there(shop: Shop) -> None:
    told, _ = export(shop, "sales_report")

    reply = Shop.open(name="Toko Lain").call(get_export.handler, id=told["id"])

    assert (reply.status, reply.code) == (404, "export.not_found")
