"""update_payment_settings"""

import pytest

from payments import get_payment_settings, qris, update_payment_settings
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import stored
from tests.unit.payments.desk import QRIS

BODY = {"qris_payload": QRIS}
NONE = {"qris_payload": None}


def made(**changes: str) -> str:
    """The shop's code with other values for some tags; an empty one leaves the tag out."""
    objects = dict(qris.opened(QRIS)) | {tag.removeprefix("t"): value for tag, value in changes.items()}
    return qris.sealed((tag, value) for tag, value in objects.items() if value)


def test_the_sample_event_says_whom_the_code_pays(shop: Shop) -> None:
    reply = send(update_payment_settings.handler, sample("payments", "update_payment_settings", shop))

    assert (reply.status, reply.json["version"]) == (200, 1)
    assert reply.json["qris"] == {
        "nmid": "ID1020012345678",
        "name": "TOKO SAMPEL",
        "city": "BANDUNG",
        "postal_code": "40111",
    }
    [event] = events_of(shop, "payment_settings")
    assert (event["type"], event["data"]) == ("payment_settings.updated", reply.json)


def test_a_code_can_be_removed(shop: Shop) -> None:
    shop.call(update_payment_settings.handler, BODY)

    removed = shop.call(update_payment_settings.handler, NONE).json

    assert (removed["qris_payload"], removed["qris"], removed["version"]) == (None, None, 2)
    assert shop.call(get_payment_settings.handler).json == removed


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ("", "does not begin"),
        ("hello", "no tag and length at character 1"),
        ("0002", "value of tag 00 is cut off"),
        ("000201", "does not end with a checksum"),
        (QRIS[:-1] + "0", "checksum is not right"),
        (QRIS.replace("TOKO", "T0KO"), "checksum is not right"),
        (made(t53="840"), "not for rupiah"),
        (made(t58="SG"), "not for rupiah"),
        (made(t59=""), "lacks tag 59"),
        (made(t51="", t26="0010COM.GO-JEK"), "no account"),
        (made(t51="0014ID.CO"), "is cut off"),
        (qris.sealed((*qris.opened(QRIS), ("59", "TWICE"))), "twice"),
        ("00020101021129370016A000000677010111011300669245317755802TH54076000.00530376463049B3B", "lacks tag 52"),
    ],
)
def test_what_is_no_qris_code_is_refused_and_told_why(shop: Shop, payload: str, why: str) -> None:
    before = stored()

    reply = shop.call(update_payment_settings.handler, {"qris_payload": payload})

    assert (reply.status, reply.code, reply.pointers) == (422, "qris.payload_invalid", ["/qris_payload"])
    assert why in reply.json["detail"]
    assert stored() == before


def test_the_field_is_needed(shop: Shop) -> None:
    assert shop.call(update_payment_settings.handler, {}).pointers == ["/qris_payload"]


def test_it_happens_once(shop: Shop) -> None:
    assert_happens_once(shop, update_payment_settings.handler, BODY, NONE)


def test_it_refuses_what_is_no_body(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, update_payment_settings.handler)


def test_a_stale_version_is_refused(shop: Shop) -> None:
    shop.call(update_payment_settings.handler, BODY)

    assert shop.call(update_payment_settings.handler, NONE, headers={"If-Match": '"0"'}).status == 412


def test_it_needs_its_permission(shop: Shop) -> None:
    reply = shop.call(update_payment_settings.handler, BODY, permissions="payments:read payments:write payments:void")
    assert (reply.status, reply.code) == (403, "auth.forbidden")
    assert_needs("payments:manage", shop, update_payment_settings.handler, BODY)
