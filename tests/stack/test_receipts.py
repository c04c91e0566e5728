"""Receipts as a register gets them over HTTP: pages, printer bytes, an original and its copies."""

import base64

import pytest

from tests.stack.support import Answer, Json, Shop

pytestmark = pytest.mark.stack


@pytest.fixture
def order(shop: Shop) -> Json:
    """A sale of a coffee."""
    line = {"custom": {"name": "Café <b>", "price": 15_000}, "quantity": "2"}
    return shop.sell(line, complete=True)


def receipt(shop: Shop, order: Json, **query: str) -> Answer:
    """The receipt of the sale, shown and not printed."""
    return shop.api.get(f"/v1/orders/{order['id']}/receipt", **query)


def test_a_page_comes_as_a_page_that_loads_nothing(shop: Shop, order: Json) -> None:
    page = receipt(shop, order, format="html", width="58")

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "Café &lt;b&gt;" in page.body.decode()
    assert "Rp\u00a030.000" in page.body.decode()


def test_printer_bytes_come_as_bytes(shop: Shop, order: Json) -> None:
    answer = receipt(shop, order, format="escpos", language="en")

    assert answer.status == 200
    assert answer.body.startswith(b"\x1b@\x1bt\x10")
    assert b"Caf\xe9 <b>" in answer.body
    assert answer.body.endswith(b"\x1dV\x01")


def test_the_second_print_is_a_copy(shop: Shop, order: Json) -> None:
    prints = [shop.api.post(f"/v1/orders/{order['id']}/receipt/prints", {}) for _ in range(2)]

    assert [(one.status, one.json["mark"]) for one in prints] == [(201, "original"), (201, "copy")]
    assert [b"SALINAN" in base64.b64decode(one.json["content"]) for one in prints] == [False, True]
    listed = shop.api.get(f"/v1/orders/{order['id']}/receipt/prints").json["items"]
    assert [one["number"] for one in listed] == [1, 2]


def test_mailing_is_off_until_there_is_a_sender(shop: Shop, order: Json) -> None:
    answer = shop.api.post(f"/v1/orders/{order['id']}/receipt/email", {"to": "budi@example.com"})

    assert (answer.status, answer.code) == (409, "receipt.email_off")
