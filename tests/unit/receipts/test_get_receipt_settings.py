"""get_receipt_settings"""

from receipts import get_receipt_settings
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.receipts.paper import settings


def test_until_the_merchant_says_otherwise_receipts_have_their_usual_look(shop: Shop) -> None:
    reply = shop.call(get_receipt_settings.handler)

    assert (reply.status, reply.headers["etag"]) == (200, '"0"')
    assert (reply.json["language"], reply.json["paper_width"], reply.json["wide_columns"]) == ("id", 80, 48)


def test_nobody_elses_settings_are_answered(shop: Shop) -> None:
    settings(Shop.open(), footer="Bye")

    assert shop.call(get_receipt_settings.handler).json["footer"] == ""


def test_it_needs_receipts_read(shop: Shop) -> None:
    assert_needs("receipts:read", shop, get_receipt_settings.handler)


def test_the_sample_gets_the_settings(shop: Shop) -> None:
    assert send(get_receipt_settings.handler, sample("receipts", "get_receipt_settings", shop)).status == 200
