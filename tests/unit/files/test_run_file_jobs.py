"""The worker makes files of what the reports tell, and goes on where another one stopped."""

import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pandas  # type: ignore[import-untyped]
import pytest
from python_calamine import CalamineWorkbook

from catalog import create_category, create_product, delete_product
from customers import create_customer
from files import datasets, exporting, get_export, objects, run_file_jobs, store, tables
from files.columns import heading
from files.naming import with_names
from pos import dynamo
from reports import get_customers_report, get_sales_report, get_tax_report
from tests.support.aws import take_messages
from tests.support.samples import sample
from tests.support.shop import Shop
from tests.unit.files.exports import DAYS, ask, export, file, rows, sold, work
from tests.unit.reports import sales
from tests.unit.reports.sales import Crash, calls, go_on, sell

_MONEY = ("gross", "discount", "net", "service_charge", "tax", "tip", "total", "paid", "refunded_total", "margin")


def test_the_sample_makes_a_file(shop: Shop) -> None:
    asked = ask(shop, "sales_report").json

    run_file_jobs.handler(sample("files", "run_file_jobs", shop) | _message(shop, asked["id"]), None)

    assert shop.call(get_export.handler, id=asked["id"]).json["status"] == "done"


def _message(shop: Shop, id: str, receives: int = 1) -> dict[str, Any]:
    body = json.dumps({"merchant_id": shop.merchant_id, "kind": "export", "id": id})
    return {"Records": [{"body": body, "attributes": {"ApproximateReceiveCount": str(receives)}}]}


def november(shop: Shop) -> None:
    """A few days of sales with refunds, a cancellation and a tip."""
    sold(
        shop,
        sell([("var_kopi", "2"), ("var_gula", "0.333")], tip=1000),
        sell([("var_noodle", "3"), (None, "1")], hours=26, discounts=[{"name": "Sore", "percent": "10"}]),
        sell([("var_water", "7")], hours=30, course="cancelled"),
        go_on(sell([("var_kopi", "4")], hours=50), [("return", 2, 3)]),
    )


@pytest.mark.parametrize("group_by", ["day", "product", "staff", "tax_rate", "weekday_hour", "payment_method"])
def test_a_file_of_sales_equals_the_report_and_what_pandas_adds_up(shop: Shop, group_by: str) -> None:
    november(shop)
    asked = DAYS | {"group_by": group_by}
    report = shop.call(get_sales_report.handler, query=asked).json

    told, data = export(shop, "sales_report", parameters=asked)

    read = rows(data)
    assert (told["rows"], told["currency"]) == (len(report["items"]), "IDR") == (len(read), "IDR")
    for row, item in zip(read, report["items"], strict=True):
        for name, value in item.items():
            if name not in ("late", "included"):
                assert row[heading(name, "en")] == ("" if value is None else str(value)), name
    frame = pandas.read_csv(io.BytesIO(data), dtype=str)
    for name in set(_MONEY) & set(report["items"][0]):
        whole = sum(map(Decimal, frame[heading(name, "en")]))
        assert whole == sum(Decimal(item[name]) for item in report["items"])
        if group_by == "day":
            assert whole == Decimal(report["totals"][name])


def test_money_has_the_decimals_of_its_currency(aws: None) -> None:
    shop = Shop.open(currency="USD")
    sold(shop, sell([("var_kopi", "1")], currency="USD"))

    _, data = export(shop, "sales_report")

    [row] = rows(data)
    assert (row["Gross"], row["Tax"], row["Total"], row["Currency"]) == ("180.00", "18.00", "198.00", "USD")


def test_lines_of_orders_add_up_to_the_report_of_their_days(shop: Shop) -> None:
    november(shop)
    totals = shop.call(get_sales_report.handler, query=DAYS).json["totals"]

    _, data = export(shop, "order_lines")

    kept = [row for row in rows(data) if row["Status"] != "cancelled"]
    assert len(kept) == totals["lines"] == 5
    assert sum(Decimal(row["Gross"]) for row in kept) == totals["gross"]
    assert sum(Decimal(row["Discount"]) for row in kept) == totals["discount"]
    assert sum(Decimal(row["Quantity"]) for row in kept) == Decimal(totals["quantity"])
    assert sum(Decimal(row["Refunded quantity"]) for row in kept) == Decimal(totals["refunded_quantity"])
    assert {row["Business date"] for row in kept} == {"2026-11-24", "2026-11-25", "2026-11-26"}
    assert min(row["Completed at"] for row in kept) == "2026-11-24 08:00:00"  # in Jakarta


def test_a_ticket_that_was_open_for_weeks_is_among_the_lines_of_its_day(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = go_on(sell([("var_kopi", "1")], course="open"), [("complete", 1, 24 * 30)])
    sold(shop, sell([("var_gula", "1")]), ticket[:1])
    monkeypatch.setattr(sales, "OPENING", datetime(2026, 12, 24, 1, tzinfo=UTC))
    sold(shop, ticket[1:])

    _, data = export(shop, "order_lines", parameters={"from": "2026-12-20", "to": "2026-12-31"})

    assert [(row["Name"], row["Business date"]) for row in rows(data)] == [("kopi", "2026-12-24")]


def test_taxes_and_customers_are_those_of_their_reports(shop: Shop) -> None:
    november(shop)
    months = {"from": "2026-11", "to": "2026-11"}
    taxes = shop.call(get_tax_report.handler, query=months).json
    customers = shop.call(get_customers_report.handler, query=DAYS).json

    _, data = export(shop, "tax_report", parameters=months)
    _, of_customers = export(shop, "customers_report")

    assert [row["Declared tax"] for row in rows(data)] == [str(item["declared_tax"]) for item in taxes["items"]]
    assert len(rows(of_customers)) == len(customers["items"])


def test_the_catalog_and_the_customers_come_whole(aws: None) -> None:
    shop = Shop.open(currency="USD")
    category = shop.call(create_category.handler, {"name": "Minuman"}).json["id"]
    variants = [{"name": "Kecil", "price": 250, "sku": "00123"}, {"name": "Besar", "price": 300, "cost": 120}]
    for name in ("Kopi", "Teh"):
        body = {"name": name, "category_id": category, "variants": variants if name == "Kopi" else [{"price": 100}]}
        assert shop.call(create_product.handler, body).status == 201
    gone = shop.call(create_product.handler, {"name": "Gone", "variants": [{"price": 1}]}).json["id"]
    assert shop.call(delete_product.handler, id=gone).status == 200
    customer = {"name": "Budi", "phone": "+6281234567890", "birthday": "1990-02-28", "tags": ["vip", "kopi"]}
    assert shop.call(create_customer.handler, customer).status == 201

    _, products = export(shop, "products", parameters={})
    _, customers = export(shop, "customers", parameters={})

    names = ("Name", "Category name", "Variant name", "SKU", "Price", "Cost")
    told = [tuple(row[name] for name in names) for row in rows(products)]
    assert told == [
        ("Kopi", "Minuman", "Kecil", "00123", "2.50", ""),
        ("Kopi", "Minuman", "Besar", "", "3.00", "1.20"),
        ("Teh", "Minuman", "", "", "1.00", ""),
    ]
    [row] = rows(customers)
    assert (row["Phone"], row["Birthday"], row["Tags"]) == ("'+6281234567890", "1990-02-28", "vip, kopi")


def test_things_have_their_names_beside_their_ids(shop: Shop) -> None:
    made = shop.call(
        create_product.handler, {"name": "=Kopi", "variants": [{"name": "Besar", "price": 9000, "sku": "K-B"}]}
    )
    variant = made.json["variants"][0]["id"]
    sold(shop, sell([("var_kopi", "1")]))
    [row] = with_names(shop.merchant_id, [{"product": variant, "location": shop.location_id, "orders": 1}])

    assert (row["product_name"], row["sku"], row["location_name"]) == ("=Kopi Besar", "K-B", "Main shop")
    assert with_names(shop.merchant_id, [{"product": "var_gone", "location": None}])[0]["product_name"] is None


def test_a_workbook_has_the_same_rows_with_typed_cells(shop: Shop) -> None:
    november(shop)
    report = shop.call(get_sales_report.handler, query=DAYS).json

    told, data = export(shop, "sales_report", "xlsx", language="id")

    head, *body = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert (told["size"], told["rows"]) == (len(data), len(report["items"]))
    assert head[:2] == ["Tanggal", "Pesanan"]
    at = {name: head.index(heading(name, "id")) for name in ("day", "total", "refunded_total")}
    assert [str(row[at["day"]]) for row in body] == [item["day"] for item in report["items"]]
    for name in ("total", "refunded_total"):
        assert [row[at[name]] for row in body] == [item[name] for item in report["items"]]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_worker_that_dies_anywhere_loses_and_doubles_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    monkeypatch.setattr(objects, "PART", 300)  # several parts and chunks, each far below what S3 takes
    monkeypatch.setattr(datasets, "_ORDERS_A_PAGE", 1)
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 0)
    november(shop)
    _, whole = export(shop, "order_lines", format)
    deaths = 0
    for number in range(1, 200):
        asked = ask(shop, "order_lines", format).json["id"]
        if not _dies_at(number):
            break
        deaths += 1
        run_file_jobs.handler(_message(shop, asked), None)
        work()
        assert _content(format, file(shop, asked)) == _content(format, whole), number
    assert deaths > 10


def _dies_at(number: int) -> bool:
    """Let the worker take its turn, which ends at its nth request to AWS, when that is done; whether it did."""

    def on_call(current: int, do_it: Any) -> Any:
        answer = do_it()
        if current == number:
            raise Crash
        return answer

    [body, *_] = take_messages("file-jobs")
    record = {"body": body, "attributes": {"ApproximateReceiveCount": "1"}}
    try:
        with calls(on_call):
            run_file_jobs.handler({"Records": [record]}, None)
    except Crash:
        return True
    return False


def _content(format: str, data: bytes) -> Any:
    if format == "csv":
        return data
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def test_an_export_that_kills_the_worker_each_time_is_given_up(shop: Shop) -> None:
    asked = ask(shop, "sales_report").json["id"]
    take_messages("file-jobs")

    run_file_jobs.handler(_message(shop, asked, receives=6), None)

    told = shop.call(get_export.handler, id=asked).json
    assert (told["status"], told["failure_code"]) == ("failed", "internal")


def test_what_the_report_refuses_only_when_it_is_made_fails_the_export_and_says_why(shop: Shop) -> None:
    sold(shop, sell([("var_kopi", "1")]), sell([("var_kopi", "1")], currency="USD"))
    asked = ask(shop, "sales_report").json["id"]

    work()

    told = shop.call(get_export.handler, id=asked).json
    assert (told["status"], told["failure_code"], told["download"]) == ("failed", "report.currency_mixed", None)


def test_more_than_a_workbook_holds_fails(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    november(shop)
    asked = ask(shop, "order_lines", "xlsx").json["id"]

    work()

    assert shop.call(get_export.handler, id=asked).json["failure_code"] == "export.too_many_rows"


def test_what_passes_is_tried_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any) -> Any:
        raise dynamo.Busy

    asked = ask(shop, "sales_report").json["id"]
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(exporting, "step", busy)
        with pytest.raises(dynamo.Busy):
            work()
    store.EXPORTS.wake(shop.merchant_id, asked)

    work()

    assert shop.call(get_export.handler, id=asked).json["status"] == "done"


def test_a_fault_of_ours_is_tried_again_and_given_up_at_last(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(exporting, "step", broken)
    asked = ask(shop, "sales_report").json["id"]
    with pytest.raises(ZeroDivisionError):
        work()
    assert shop.call(get_export.handler, id=asked).json["status"] == "running"
    store.EXPORTS.wake(shop.merchant_id, asked)

    work(receives=5)

    told = shop.call(get_export.handler, id=asked).json
    assert (told["status"], told["failure_code"]) == ("failed", "internal")


def test_a_message_of_an_export_that_there_is_not_is_let_go(shop: Shop) -> None:
    run_file_jobs.handler(_message(shop, "exp_none"), None)

    assert take_messages("file-jobs") == []
