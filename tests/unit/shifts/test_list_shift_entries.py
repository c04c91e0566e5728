"""list_shift_entries"""

from shifts import list_shift_entries
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import Till, custom
from tests.unit.shifts.counter import Counter


def test_the_sample_event_lists_the_ledger(shop: Shop, counter: Counter) -> None:
    shift_id = counter.opened()
    moved = counter.move(shift_id, "paid_in", 500).json

    reply = send(list_shift_entries.handler, sample("shifts", "list_shift_entries", shop, id=shift_id))

    (entry,) = reply.json["items"]
    assert entry == {
        "id": moved["id"],
        "shift_id": shift_id,
        "type": "paid_in",
        "at": moved["created_at"],
        "actor": "key_test",
        "cash": 500,
        "reason": "Change from the bank",
        "approved_by": None,
        "order_id": None,
        "order_number": None,
        "figures": {},
    }


def test_each_change_of_an_orders_money_is_an_entry_newest_first(counter: Counter, till: Till) -> None:
    shift_id = counter.opened()
    paid = [{"method": "cash", "amount": 4_000}]
    order = till.sell(custom(10_000), register_id=counter.register_id, payments=paid).json
    till.move(order["id"], "preparing")
    till.move(order["id"], "ready")
    till.move(order["id"], "completed")
    till.cancel(order["id"])

    entries = counter.entries(shift_id)

    assert [(one["type"], one["cash"]) for one in entries] == [
        ("cancellation", -4_000),
        ("sale", 0),
        ("payment", 4_000),
    ]
    assert {(one["order_id"], one["order_number"]) for one in entries} == {(order["id"], order["number"])}


def test_pages_go_on_where_the_last_one_ended(shop: Shop, counter: Counter) -> None:
    shift_id = counter.opened()
    moved = [counter.move(shift_id, "paid_in", amount).json["id"] for amount in (1, 2, 3)]

    first = shop.call(list_shift_entries.handler, id=shift_id, query={"limit": "2"}).json
    rest = {"limit": "2", "cursor": first["next_cursor"]}
    second = shop.call(list_shift_entries.handler, id=shift_id, query=rest).json

    assert sorted(one["id"] for one in first["items"] + second["items"]) == sorted(moved)
    assert (len(first["items"]), second["next_cursor"]) == (2, None)


def test_the_permission_to_report_on_shifts_is_needed(shop: Shop, counter: Counter) -> None:
    assert_needs("shifts:report", shop, list_shift_entries.handler, id=counter.opened())


def test_another_merchants_shift_does_not_exist(counter: Counter) -> None:
    reply = Shop.open().call(list_shift_entries.handler, id=counter.opened())

    assert (reply.status, reply.code) == (404, "shift.not_found")
