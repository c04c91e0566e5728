"""list_vouchers"""

from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.vouchers.desk import issue
from vouchers import list_vouchers


def test_the_sample_event_lists_vouchers_newest_first(shop: Shop) -> None:
    codes = [issue(shop, amount) for amount in (1_000, 2_000, 3_000)]
    issue(Shop.open())

    reply = send(list_vouchers.handler, sample("vouchers", "list_vouchers", shop))

    assert {voucher["code"] for voucher in reply.json["items"]} == set(codes)
    times = [voucher["created_at"] for voucher in reply.json["items"]]
    assert times == sorted(times, reverse=True)


def test_its_pages_have_each_once(shop: Shop) -> None:
    codes = {issue(shop) for _ in range(5)}

    assert sorted(voucher["code"] for voucher in all_pages(shop, list_vouchers.handler, 2)) == sorted(codes)


def test_it_needs_the_permission_to_read(shop: Shop) -> None:
    assert_needs("vouchers:read", shop, list_vouchers.handler)
