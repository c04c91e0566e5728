"""get_payment_settings"""

from payments import get_payment_settings
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.payments.desk import QRIS, Desk


def test_the_sample_event_reads_what_holds_until_something_is_set(shop: Shop) -> None:
    reply = send(get_payment_settings.handler, sample("payments", "get_payment_settings", shop))

    assert (reply.status, reply.headers["etag"]) == (200, '"0"')
    assert (reply.json["qris_payload"], reply.json["qris"]) == (None, None)


def test_each_merchant_has_its_own(shop: Shop) -> None:
    Desk(shop).set_up_qris()

    assert shop.call(get_payment_settings.handler).json["qris_payload"] == QRIS
    assert Shop.open().call(get_payment_settings.handler).json["qris_payload"] is None


def test_it_needs_its_permission(shop: Shop) -> None:
    assert_needs("payments:read", shop, get_payment_settings.handler)
