"""list_receipt_prints"""

from receipts import list_receipt_prints
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import Till, custom
from tests.unit.receipts.paper import meal, print_


def test_the_sample_lists_prints(till: Till) -> None:
    order = meal(till)
    made = print_(till.shop, order["id"]).json

    reply = send(list_receipt_prints.handler, sample("receipts", "list_receipt_prints", till.shop, id=order["id"]))

    assert reply.status == 200
    assert [one.items() <= made.items() for one in reply.json["items"]] == [True]


def test_who_printed_what_and_when_is_listed_page_by_page(till: Till) -> None:
    order = till.sell(custom()).json
    print_(till.shop, order["id"])
    assert till.move(order["id"], "completed").status == 200
    for _ in range(11):
        print_(till.shop, order["id"])
    items, query = [], {"limit": "5"}
    while True:
        page = till.shop.call(list_receipt_prints.handler, id=order["id"], query=query).json
        items += page["items"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert [(one["kind"], one["number"]) for one in items] == [("bill", 1), *(("receipt", n) for n in range(1, 12))]
    assert {one["printed_by"] for one in items} == {"key_test"}


def test_another_merchants_prints_are_not_listed(till: Till) -> None:
    reply = Shop.open().call(list_receipt_prints.handler, id=meal(till)["id"])

    assert (reply.status, reply.code) == (404, "order.not_found")


def test_it_needs_receipts_read(till: Till) -> None:
    assert_needs("receipts:read", till.shop, list_receipt_prints.handler, id=meal(till)["id"])
