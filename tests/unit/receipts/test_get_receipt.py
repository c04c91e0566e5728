"""get_receipt"""

import base64
import re
from typing import Any

import pytest
from babel.numbers import parse_decimal

from orders import cancel_order, create_order
from receipts import get_receipt
from staff import create_location, create_staff_member
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, request_event, send
from tests.unit.orders.till import Till, custom, set_clock
from tests.unit.receipts.paper import meal, paper, receipt, settings

HOSTILE = '<script>alert("x")</script>&\'\x1b@\x1dV\x00\u202e'


def test_the_sample_shows_a_page(till: Till) -> None:
    order = meal(till)

    reply = send(get_receipt.handler, sample("receipts", "get_receipt", till.shop, id=order["id"]))

    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "@page{size:58mm" in reply.text


def test_a_receipt_says_all_that_the_order_says(till: Till) -> None:
    settings(till.shop, header="Buka setiap hari", footer="Terima kasih", tax_id="01.234.567.8-901.000")
    order = meal(till, payments=[{"method": "qris", "amount": 20_000, "reference": "QR-1"}])

    reply = receipt(till.shop, order["id"])

    told = reply.json
    assert (reply.status, reply.headers["etag"], told["mark"], told["kind"]) == (200, '"1"', "preview", "receipt")
    same = ("number", "name", "note", "subtotal", "tip", "total", "tax_total", "paid", "change", "amount_due")
    assert {name: told[name] for name in same} == {name: order[name] for name in same}
    assert [line["gross"] for line in told["lines"]] == [line["gross"] for line in order["lines"]]
    assert [(tax["name"], tax["rate"], tax["base"], tax["amount"]) for tax in told["taxes"]] == [
        (tax["name"], tax["rate"], tax["base"], tax["amount"]) for tax in order["taxes"]
    ]
    assert told["lines"][1]["modifiers"] == [{"name": "Telur", "price": 5_000, "quantity": 2}]
    assert told["lines"][1]["discounts"] == [{"name": "Promo", "percent": "10", "amount": 4_550}]
    assert told["merchant"] == {"id": till.shop.merchant_id, "name": "Toko Maju", "tax_id": "01.234.567.8-901.000"}
    assert (told["location"]["name"], told["till"]["name"]) == ("Main shop", "Register 1")
    assert (told["cashier"]["id"], told["header"], told["footer"]) == ("key_test", "Buka setiap hari", "Terima kasih")
    assert [(one["method"], one["amount"], one["reference"]) for one in told["payments"]] == [("qris", 20_000, "QR-1")]


def test_a_receipt_names_the_person_who_sold_and_no_id(till: Till) -> None:
    person = till.shop.call(create_staff_member.handler, {"name": "Sari", "role": "cashier", "pin": "274913"}).json
    body = {"location_id": till.shop.location_id, "lines": [custom()], "payments": [], "complete": True}
    event = request_event(till.shop.merchant_id, body=body)
    event["requestContext"]["authorizer"]["lambda"]["actor"] = person["id"]
    by_sari, by_key = send(create_order.handler, event).json, meal(till)

    assert receipt(till.shop, by_sari["id"]).json["cashier"] == {"id": person["id"], "name": "Sari"}
    by_person, by_program = (receipt(till.shop, order["id"], format="html").text for order in (by_sari, by_key))
    assert "Sari" in by_person
    assert person["id"] not in by_person
    assert "key_test" not in by_program


def test_the_parts_of_a_receipt_sum_to_its_total(till: Till) -> None:
    told = receipt(till.shop, meal(till)["id"]).json

    discounts = told["item_discount"] + sum(one["amount"] for one in told["discounts"])
    charges = sum(one["amount"] for one in told["service_charges"])
    added = sum(tax["amount"] for tax in told["taxes"] if not tax["included"])
    assert told["subtotal"] == sum(line["gross"] for line in told["lines"])
    assert told["subtotal"] - discounts + charges + added + told["tip"] == told["total"]
    assert told["item_discount"] == sum(one["amount"] for line in told["lines"] for one in line["discounts"])


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("width", ["58", "80"])
def test_the_figures_on_paper_sum_to_the_total_on_paper(till: Till, language: str, width: str) -> None:
    order = meal(till)

    shown = paper(receipt(till.shop, order["id"], format="escpos", language=language, width=width))

    first = next(number for number, line in enumerate(shown) if line.startswith("Subtotal"))
    total = next(number for number, line in enumerate(shown) if line.startswith("Total"))
    amounts = [line.split()[-1] for line in shown[first:total] if re.search(r" -?[\d.,]+$", line)]
    assert sum(parse_decimal(amount, locale=language) for amount in amounts) == order["total"]
    grouped = f"{order['total']:,}"
    assert shown[total].endswith({"id": f"Rp {grouped.replace(',', '.')}", "en": f"IDR {grouped}"}[language])


def test_languages_have_their_words_numbers_and_dates(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2026-11-24T18:05:00Z")
    order = meal(till)

    indonesian = paper(receipt(till.shop, order["id"], format="escpos", language="id"))
    english = paper(receipt(till.shop, order["id"], format="escpos", language="en"))

    assert any(line.startswith("Tanggal") and line.endswith("25 Nov 2026 01.05") for line in indonesian)
    assert any(line.startswith("Date") and line.endswith("Nov 25, 2026 1:05 AM") for line in english)
    assert any("(DPP " in line for line in indonesian)
    assert any("(Tax base " in line for line in english)
    assert any("1,25 x 12.500" in line for line in indonesian)
    assert any("1.25 x 12,500" in line for line in english)


def test_the_time_is_the_shops_own(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2026-11-24T16:30:00Z")
    made = till.shop.call(create_location.handler, {"name": "Jayapura", "time_zone": "Asia/Jayapura"})

    order = till.sell(custom(), location_id=made.json["id"], complete=True).json

    assert receipt(till.shop, order["id"]).json["sold_at"] == "2026-11-25T01:30:00+09:00"


def test_a_sale_from_offline_has_the_time_at_which_it_was_made(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2026-11-24T05:00:00Z")

    order = till.sell(custom(), occurred_at="2026-11-23T03:00:00Z", complete=True).json

    assert receipt(till.shop, order["id"]).json["sold_at"] == "2026-11-23T10:00:00+07:00"


def test_what_is_not_completed_is_a_bill_and_says_so(till: Till) -> None:
    order = till.sell(custom()).json

    assert receipt(till.shop, order["id"]).json["kind"] == "bill"
    shown = paper(receipt(till.shop, order["id"], format="escpos", language="en"))
    assert any("Bill (not a receipt)" in line for line in shown)
    assert shown[-1].endswith("IDR 10,000") and shown[-1].startswith("Amount due")


def test_what_was_called_off_says_so(till: Till) -> None:
    order = till.sell(custom()).json
    till.shop.call(cancel_order.handler, {"reason": "Left"}, id=order["id"])

    told = receipt(till.shop, order["id"], format="escpos", language="id")

    assert any("DIBATALKAN" in line for line in paper(told))


def test_cash_shows_what_was_handed_over_and_the_change(till: Till) -> None:
    cash = {"method": "cash", "amount": 10_000, "tendered": 50_000}
    order = till.sell(custom(), payments=[cash], complete=True).json

    shown = paper(receipt(till.shop, order["id"], format="escpos", language="id"))

    assert [line.split() for line in shown[-3:]] == [
        ["Total", "Rp", "10.000"],
        ["Tunai", "Rp", "50.000"],
        ["Kembali", "Rp", "40.000"],
    ]


def test_what_was_paid_and_given_back_says_so(till: Till) -> None:
    paid = {"method": "qris", "amount": 10_000, "reference": "QR-1"}
    order = till.sell(custom(), payments=[paid], complete=True).json
    till.shop.call(cancel_order.handler, {"reason": "Wrong table"}, id=order["id"])

    reply = receipt(till.shop, order["id"], format="escpos", language="id")

    assert any(line.startswith("QRIS (QR-1, dibatalkan)") for line in paper(reply))


@pytest.mark.parametrize(("width", "columns"), [("58", 32), ("80", 48)])
def test_paper_has_its_columns(till: Till, width: str, columns: int) -> None:
    shown = paper(receipt(till.shop, meal(till)["id"], format="escpos", width=width))

    assert max(map(len, shown)) == columns


def test_a_printer_of_42_columns_is_served(till: Till) -> None:
    settings(till.shop, wide_columns=42)

    assert max(map(len, paper(receipt(till.shop, meal(till)["id"], format="escpos")))) == 42


def test_the_merchants_paper_and_language_are_the_usual_ones(till: Till) -> None:
    settings(till.shop, paper_width=58, language="en")
    order = meal(till)

    shown = paper(receipt(till.shop, order["id"], format="escpos"))

    assert max(map(len, shown)) == 32
    assert any("PREVIEW" in line for line in shown)


def test_bytes_come_in_base64_and_are_no_text(till: Till) -> None:
    reply = receipt(till.shop, meal(till)["id"], format="escpos")

    assert reply.headers["content-type"] == "application/octet-stream"
    assert base64.b64decode(reply.text).startswith(b"\x1b@\x1bt\x10")


def test_a_preview_opens_no_drawer(till: Till) -> None:
    order = meal(till)

    assert b"\x1bp" not in base64.b64decode(receipt(till.shop, order["id"], format="escpos").text)
    assert receipt(till.shop, order["id"], format="escpos", open_drawer="true").pointers == ["?open_drawer"]


def test_a_page_loads_and_runs_nothing_whatever_things_are_called(till: Till) -> None:
    settings(till.shop, header="<img src=x>", footer="</style>")
    line: dict[str, Any] = custom(note=HOSTILE, discounts=[{"name": "<b>", "amount": 1}])
    order = till.sell(line, name="<i>Meja", note=HOSTILE, complete=True).json

    reply = receipt(till.shop, order["id"], format="html")

    ours = {"html", "head", "meta", "title", "style", "body", "main", "p", "hr", "span"}
    assert set(re.findall(r"<(\w+)", reply.text)) == ours
    assert reply.text.count("</style>") == 1
    assert "&lt;script&gt;alert(&quot;x&quot;)" in reply.text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", reply.text)
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_names_and_notes_command_no_printer(till: Till) -> None:
    order = till.sell(custom(note=HOSTILE), note=HOSTILE, complete=True).json

    shown = paper(receipt(till.shop, order["id"], format="escpos"))  # finds no command that is not ours

    assert any("<script>" in line for line in shown)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"format": "pdf"}, "?format"),
        ({"width": "72"}, "?width"),
        ({"language": "fr"}, "?language"),
        ({"columns": "3"}, "?columns"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(till: Till, query: dict[str, str], pointer: str) -> None:
    reply = receipt(till.shop, meal(till)["id"], **query)

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [pointer])


def test_another_merchants_order_is_not_found(till: Till) -> None:
    reply = receipt(Shop.open(), meal(till)["id"])

    assert (reply.status, reply.code) == (404, "order.not_found")


def test_it_needs_receipts_read(till: Till) -> None:
    assert_needs("receipts:read", till.shop, get_receipt.handler, id=meal(till)["id"])
