"""All or nothing, once, and exact: on Amazon's own engine, with transactions that get in each other's way."""

import os
from collections import Counter

import pytest

from orders import create_order, list_orders
from pos import dynamo
from pos.dynamo import ConditionFailed, Ref
from tests.dynamodb_local.engine import Conflicts, at_once
from tests.support.contract import all_pages
from tests.support.shop import Reply, Shop
from tests.unit.orders.till import Till, piece, stored

THREADS = 16


@pytest.fixture
def till(shop: Shop) -> Till:
    """A till in an empty shop."""
    return Till(shop)


@pytest.fixture
def conflicts(till: Till, monkeypatch: pytest.MonkeyPatch) -> Conflicts:
    """Conflicts between transactions from here on."""
    conflicts = Conflicts()
    conflicts.happen(monkeypatch)
    return conflicts


def outcomes(replies: list[Reply]) -> Counter[int | str]:
    """How often each status, or each problem's code, was answered."""
    return Counter(reply.status if reply.status < 400 else reply.code for reply in replies)


def test_a_cancelled_transaction_names_each_condition_that_failed_and_what_was_found_there(aws: None) -> None:
    there = {"pk": "mer_1#a", "sk": "x", "version": 3}
    dynamo.transact([dynamo.put("orders", there)])
    with pytest.raises(ConditionFailed) as failed:
        dynamo.transact(
            [
                dynamo.put("orders", {"pk": "mer_1#b", "sk": "x", "version": 1}),
                dynamo.put("orders", there),
                dynamo.put("orders", {"pk": "mer_1#c", "sk": "x", "version": 2}, version=1),
            ]
        )
    assert failed.value.failures == {1: there, 2: None}
    assert dynamo.query("orders", "mer_1#b", limit=1).items == []


def test_a_sale_that_lacks_one_of_its_things_changes_nothing(till: Till) -> None:
    plenty = till.product(stock="100")
    few = till.product(stock="1.5", stock_policy="block", weighed=True)
    before = stored()
    lines = [piece(plenty, "3"), {"custom": {"name": "Kue", "price": 500}, "quantity": "1"}, piece(few, "2")]
    reply = till.sell(*lines, register_id=till.shop.register_id, headers={"Idempotency-Key": "sale-1"})
    assert (reply.status, reply.code, reply.pointers) == (409, "stock.insufficient", ["/lines/2/quantity"])
    assert reply.json["detail"].startswith("Only 1.5 of ")
    assert stored() == before


def test_sales_of_the_same_things_get_in_each_others_way_and_all_happen(till: Till, conflicts: Conflicts) -> None:
    variant, other = till.product(stock="1000", weighed=True), till.product(stock="1000")
    replies = at_once(THREADS, lambda: till.sell(piece(variant, "1.5"), piece(other)), 128)
    assert outcomes(replies) == {201: 128}
    assert conflicts.cancelled > 0
    assert till.on_hand(variant) == "808"


def test_of_ten_pieces_ten_are_sold_however_many_want_them(till: Till, conflicts: Conflicts) -> None:
    variant = till.product(stock="10", stock_policy="block")
    replies = at_once(THREADS, lambda: till.sell(piece(variant)), 64)
    assert outcomes(replies) == {201: 10, "stock.insufficient": 54}
    assert conflicts.cancelled > 0
    assert till.on_hand(variant) == "0"


def test_a_sale_that_is_sent_many_times_at_once_happens_once(till: Till, conflicts: Conflicts) -> None:
    variant = till.product(stock="10")
    body = till.body(piece(variant), register_id=till.shop.register_id)
    headers = {"Idempotency-Key": "sale-1"}
    replies = at_once(THREADS, lambda: till.shop.call(create_order.handler, body, headers=headers), THREADS)
    assert outcomes(replies) == {201: THREADS}
    assert len({reply.text for reply in replies}) == 1
    assert sum("idempotent-replayed" not in reply.headers for reply in replies) == 1
    assert till.on_hand(variant) == "9"


def test_an_order_that_is_cancelled_many_times_at_once_gives_its_stock_back_once(
    till: Till, conflicts: Conflicts
) -> None:
    variant = till.product(stock="10")
    order_id = till.sell(piece(variant, "4")).json["id"]
    replies = at_once(THREADS, lambda: till.cancel(order_id), THREADS)
    assert outcomes(replies)[200] == 1
    assert till.on_hand(variant) == "10"


def test_of_many_changes_to_one_version_one_is_made(till: Till, conflicts: Conflicts) -> None:
    order_id = till.sell(piece(till.product())).json["id"]
    replies = at_once(THREADS, lambda: till.move(order_id, "preparing", headers={"If-Match": '"1"'}), THREADS)
    assert outcomes(replies) == {200: 1, "request.stale_version": THREADS - 1}
    assert till.get(order_id).json["version"] == 2


def test_receipt_numbers_have_no_gap_and_no_repeat(till: Till, conflicts: Conflicts) -> None:
    variant = till.product()
    replies = at_once(4, lambda: till.sell(piece(variant), register_id=till.shop.register_id), 40)
    numbers = sorted(reply.json["number"].rsplit("-", 1)[1] for reply in replies)
    assert numbers == [f"{number:04d}" for number in range(1, 41)]


def test_pages_of_a_listing_hold_each_order_once_and_no_other_merchants(till: Till) -> None:
    variant = till.product()
    ids = {reply.json["id"] for reply in at_once(8, lambda: till.sell(piece(variant)), 40)}
    other = Shop.open()
    assert {order["id"] for order in all_pages(till.shop, list_orders.handler, limit=7)} == ids
    assert len(all_pages(till.shop, list_orders.handler, limit=7, active="true")) == 40
    cursor = till.shop.call(list_orders.handler, query={"limit": "7"}).json["next_cursor"]
    reply = other.call(list_orders.handler, query={"limit": "7", "cursor": cursor})
    assert (reply.status, reply.code) == (400, "request.invalid_cursor")


def test_more_than_one_answer_holds_is_read_to_the_end(aws: None) -> None:
    """An answer holds at most 16 MB, and says what it left out."""
    items = [{"pk": f"mer_1#{number}", "sk": "x", "blob": os.urandom(300_000)} for number in range(101)]
    for item in items:
        dynamo.transact([dynamo.put("orders", item)])
    refs = [Ref("orders", (f"mer_1#{number}", "x"), lambda item: item) for number in range(101)]
    found = dynamo.fetch(refs)
    for ref, item in zip(refs, items, strict=True):
        read = dynamo.resolve(ref, found)
        assert read is not None
        assert bytes(read["blob"]) == item["blob"]
