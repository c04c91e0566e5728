"""get_scale_formats"""

from catalog import get_scale_formats, update_scale_formats
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send


def test_until_the_merchant_sets_others_the_usual_formats_hold(shop: Shop) -> None:
    reply = shop.call(get_scale_formats.handler)

    assert (reply.status, reply.headers["etag"]) == (200, '"0"')
    assert [(one["prefix"], one["kind"], one["decimals"]) for one in reply.json["formats"]] == [
        ("21", "weight", 3),
        ("23", "price", None),
    ]


def test_nobody_elses_formats_are_answered(shop: Shop) -> None:
    Shop.open().call(update_scale_formats.handler, {"formats": []})

    assert shop.call(get_scale_formats.handler).json["version"] == 0


def test_it_needs_catalog_read(shop: Shop) -> None:
    assert_needs("catalog:read", shop, get_scale_formats.handler)


def test_the_sample_gets_the_formats(shop: Shop) -> None:
    assert send(get_scale_formats.handler, sample("catalog", "get_scale_formats", shop)).status == 200
