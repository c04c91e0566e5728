"""list_voucher_entries"""

from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.vouchers.desk import buy, issue
from vouchers import list_voucher_entries


def test_the_sample_event_lists_what_moved_the_balance_newest_first(shop: Shop) -> None:
    code = issue(shop)
    order = buy(shop, code, 4_000).json

    reply = send(list_voucher_entries.handler, sample("vouchers", "list_voucher_entries", shop, code=code))

    paid, issued = reply.json["items"]
    assert reply.json["balance"] == 6_000
    assert (paid["type"], paid["amount"], paid["balance"], paid["order_id"]) == ("redeemed", -4_000, 6_000, order["id"])
    assert (issued["type"], issued["amount"], issued["balance"]) == ("issued", 10_000, 10_000)


def test_it_needs_the_permission_to_read(shop: Shop) -> None:
    assert_needs("vouchers:read", shop, list_voucher_entries.handler, path={"code": issue(shop)})


def test_another_merchants_ledger_is_not_there(shop: Shop) -> None:
    reply = Shop.open().call(list_voucher_entries.handler, path={"code": issue(shop)})

    assert (reply.status, reply.code) == (404, "voucher.not_found")
