"""update_receipt_settings"""

from typing import Any

import pytest

from receipts import get_receipt_settings, update_receipt_settings
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import at_each_transaction


def test_the_sample_sets_how_receipts_look(shop: Shop) -> None:
    reply = send(update_receipt_settings.handler, sample("receipts", "update_receipt_settings", shop))

    assert (reply.status, reply.json["paper_width"], reply.json["footer"]) == (200, 58, "Terima kasih")


def test_settings_are_replaced_with_their_event(shop: Shop) -> None:
    shop.call(update_receipt_settings.handler, {"header": "Halo\nDunia", "tax_id": "01"})

    reply = shop.call(update_receipt_settings.handler, {"footer": "Dah", "encoding": "gbk"})

    assert (reply.status, reply.headers["etag"]) == (200, '"2"')
    assert (reply.json["header"], reply.json["tax_id"], reply.json["footer"]) == ("", None, "Dah")
    assert shop.call(get_receipt_settings.handler).text == reply.text
    events = events_of(shop, "receipt_settings")
    assert [(one["type"], one["entity"]["version"]) for one in events] == [
        ("receipt_settings.updated", 1),
        ("receipt_settings.updated", 2),
    ]
    assert events[1]["data"] == reply.json
    assert events[0]["data"]["created_at"] == events[1]["data"]["created_at"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"header": "x" * 501}, "/header"),
        ({"footer": "\x1b@"}, "/footer"),
        ({"tax_id": "x" * 41}, "/tax_id"),
        ({"tax_id": ""}, "/tax_id"),
        ({"language": "fr"}, "/language"),
        ({"paper_width": 72}, "/paper_width"),
        ({"paper_width": "80"}, "/paper_width"),
        ({"wide_columns": 64}, "/wide_columns"),
        ({"encoding": "utf-8"}, "/encoding"),
        ({"logo": "x"}, "/logo"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, body: Any, pointer: str) -> None:
    reply = shop.call(update_receipt_settings.handler, body)

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [pointer])


def test_a_stale_version_is_refused(shop: Shop) -> None:
    shop.call(update_receipt_settings.handler, {})

    reply = shop.call(update_receipt_settings.handler, {}, headers={"If-Match": '"0"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_of_two_changes_at_the_same_moment_one_is_made(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    overtaking: list[bool] = []

    def overtake() -> None:
        if not overtaking:
            overtaking.append(True)
            assert shop.call(update_receipt_settings.handler, {"footer": "first"}).status == 200

    at_each_transaction(monkeypatch, before=overtake)

    assert shop.call(update_receipt_settings.handler, {"footer": "second"}).status == 409
    assert shop.call(get_receipt_settings.handler).json["footer"] == "first"


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, update_receipt_settings.handler)


def test_a_repeat_changes_nothing(shop: Shop) -> None:
    assert_happens_once(shop, update_receipt_settings.handler, {"footer": "A"}, {"footer": "B"})


def test_it_needs_receipts_write(shop: Shop) -> None:
    assert_needs("receipts:write", shop, update_receipt_settings.handler, {})
