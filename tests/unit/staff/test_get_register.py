"""get_register"""

from staff import get_register, list_registers
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send


def test_the_sample_shows_the_register_as_it_is_listed(shop: Shop) -> None:
    reply = send(get_register.handler, sample("staff", "get_register", shop))

    assert (reply.status, reply.headers["etag"]) == (200, '"1"')
    assert [reply.json] == shop.call(list_registers.handler).json["items"]


def test_another_merchants_register_is_not_found(shop: Shop) -> None:
    reply = Shop.open(name="Toko Lain").call(get_register.handler, id=shop.register_id)

    assert (reply.status, reply.code) == (404, "register.not_found")


def test_it_needs_merchant_read(shop: Shop) -> None:
    assert_needs("merchant:read", shop, get_register.handler, id=shop.register_id)
