"""get_voucher"""

from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.vouchers.desk import issue
from vouchers import get_voucher


def test_the_sample_event_reads_a_voucher(shop: Shop) -> None:
    code = issue(shop, 7_000)

    reply = send(get_voucher.handler, sample("vouchers", "get_voucher", shop, code=code))

    assert reply.status == 200
    assert (reply.json["code"], reply.json["balance"], reply.headers["etag"]) == (code, 7_000, '"1"')


def test_it_needs_the_permission_to_read(shop: Shop) -> None:
    assert_needs("vouchers:read", shop, get_voucher.handler, path={"code": issue(shop)})


def test_another_merchants_voucher_is_not_there(shop: Shop) -> None:
    reply = Shop.open().call(get_voucher.handler, path={"code": issue(shop)})

    assert (reply.status, reply.code) == (404, "voucher.not_found")
