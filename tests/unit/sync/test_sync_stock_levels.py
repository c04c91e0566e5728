"""sync_stock_levels"""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import delete_product
from inventory import create_adjustment, list_levels, store
from pos import aws, dynamo
from sync import rules, sync_stock_levels
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.sync.records import own, product, record, tell_stock, told, variant


@pytest.fixture
def variant_id(shop: Shop) -> str:
    """The variant V-1 of the product P-1, which the source told."""
    made = told(shop, record())
    id: str = product(shop, made["id"])["variants"][0]["id"]
    return id


def sell(shop: Shop, variant_id: str, quantity: str) -> None:
    """Take so much out of stock, as our own doing."""
    line = {"variant_id": variant_id, "quantity": f"-{quantity}"}
    body = {"location_id": shop.location_id, "reason": "other", "lines": [line]}
    assert shop.call(create_adjustment.handler, body).status == 201


def on_hand(shop: Shop, variant_id: str) -> str:
    query = {"location_id": shop.location_id, "variant_id": variant_id}
    [level] = shop.call(list_levels.handler, query=query).json["items"]
    return str(level["on_hand"])


def moved(shop: Shop, variant_id: str) -> list[Any]:
    """The level's item as it is: what it was changed by last, and why."""
    key = {"pk": {"S": f"{shop.merchant_id}#{shop.location_id}"}, "sk": {"S": variant_id}}
    item = dynamo.decode(aws.dynamodb().get_item(TableName=dynamo.table("inventory"), Key=key)["Item"])
    return [str(item["delta"]), item["cause"]["type"], item["cause"]["reason"], item["cause"].get("source")]


def test_the_sample_event_sets_what_is_told_for_the_first_time(shop: Shop) -> None:
    made = told(shop, record("P-1001", variants=[{"external_id": "P-1001-S", "price": 1}]))

    reply = send(sync_stock_levels.handler, sample("sync", "sync_stock_levels", shop))

    assert (reply.status, reply.json["counts"]) == (200, {"created": 1}), reply.text
    id = product(shop, made["id"])["variants"][0]["id"]
    assert on_hand(shop, id) == "24"
    assert reply.json["results"][0]["id"] == store.level_id(shop.merchant_id, shop.location_id, id)


def test_what_was_sold_here_is_kept_when_the_source_tells_what_it_changed(shop: Shop, variant_id: str) -> None:
    tell_stock(shop, "10")
    sell(shop, variant_id, "3")

    assert tell_stock(shop, "10")["result"] == "unchanged"
    assert on_hand(shop, variant_id) == "7"
    assert tell_stock(shop, "14.5")["result"] == "updated"
    assert tell_stock(shop, "14.5")["result"] == "unchanged"

    assert on_hand(shop, variant_id) == "11.5"
    assert moved(shop, variant_id) == ["4.5", "adjustment", "sync", "erp"]


def test_a_source_that_takes_over_our_movements_says_how_much_of_its_count_they_are(
    shop: Shop, variant_id: str
) -> None:
    tell_stock(shop, "10")
    sell(shop, variant_id, "3")

    assert tell_stock(shop, "7", includes="-3")["result"] == "unchanged"
    assert tell_stock(shop, "6", includes="-3")["result"] == "updated"

    assert on_hand(shop, variant_id) == "6"


def test_what_the_source_owns_is_as_it_counts(shop: Shop, variant_id: str) -> None:
    own(shop, "stock_level", on_hand="source")
    tell_stock(shop, "10")
    sell(shop, variant_id, "3")

    assert tell_stock(shop, "10")["result"] == "updated"

    assert on_hand(shop, variant_id) == "10"


def test_what_we_own_it_cannot_move(shop: Shop, variant_id: str) -> None:
    own(shop, "stock_level", on_hand="kasir")
    sell(shop, variant_id, "3")

    assert tell_stock(shop, "10")["result"] == "unchanged"

    assert on_hand(shop, variant_id) == "-3"


def test_what_it_stocks_no_longer_was_its_own_part(shop: Shop, variant_id: str) -> None:
    tell_stock(shop, "10")
    sell(shop, variant_id, "3")

    gone = tell_stock(shop, "0", deleted=True)
    again = tell_stock(shop, "0", deleted=True)
    back = tell_stock(shop, "5")

    assert [result["result"] for result in (gone, again, back)] == ["deleted", "unchanged", "updated"]
    assert on_hand(shop, variant_id) == "2"


def test_a_variant_is_found_by_what_the_source_calls_it_or_by_its_codes(shop: Shop) -> None:
    two = [{"external_id": "V-1", "sku": "S", "price": 1}, {"external_id": "V-2", "sku": "L", "price": 1}]
    variants = product(shop, told(shop, record(variants=two))["id"])["variants"]
    single = product(shop, told(shop, record("P-2", variants=[{"external_id": "only", "price": 1}]))["id"])
    small, large = (one["id"] for one in variants)

    def level_of(id: str) -> str:
        return store.level_id(shop.merchant_id, shop.location_id, id)

    assert tell_stock(shop, "1", "V-2")["id"] == level_of(large)
    assert tell_stock(shop, "1", "V-1", product_external_id="P-1")["id"] == level_of(small)
    assert tell_stock(shop, "1", "P-2")["id"] == level_of(single["variants"][0]["id"])
    assert tell_stock(shop, "1", "anything", sku="L")["id"] == level_of(large)
    assert tell_stock(shop, "1", "else", variant_id=small)["id"] == level_of(small)
    assert tell_stock(shop, "1", "P-1")["errors"][0]["code"] == "variant.unknown"


def test_what_has_no_stock_or_place_is_refused(shop: Shop, variant_id: str) -> None:
    told(shop, record("P-2", variants=[{"external_id": "T", "price": 1, "track_stock": False}]))

    untracked, nowhere = tell_stock(shop, "1", "T"), tell_stock(shop, "1", location_id="loc_nowhere")

    assert untracked["errors"][0]["code"] == "variant.not_tracked"
    assert (nowhere["errors"][0]["code"], nowhere["errors"][0]["pointer"]) == ("location.unknown", "/location_id")


def test_a_retired_variant_is_refused_and_its_level_stays(shop: Shop, variant_id: str) -> None:
    tell_stock(shop, "10")
    shop.call(delete_product.handler, id=told(shop, record())["id"])

    assert tell_stock(shop, "12")["result"] == "invalid"
    assert tell_stock(shop, "0", deleted=True)["result"] == "unchanged"

    assert on_hand(shop, variant_id) == "10"


def test_a_name_that_went_to_another_variant_begins_anew_there(shop: Shop, variant_id: str) -> None:
    tell_stock(shop, "10")
    told(shop, record(variants=[variant(external_id="V-9", sku="NEW")]))
    told(shop, record("P-2", variants=[variant(sku="OTHER")]))
    other = product(shop, told(shop, record("P-2", variants=[variant(sku="OTHER")]))["id"])["variants"][0]["id"]

    assert tell_stock(shop, "4")["result"] == "created"

    assert on_hand(shop, other) == "4"


def test_a_stale_record_and_a_dry_run_move_nothing(shop: Shop, variant_id: str) -> None:
    tell_stock(shop, "10", changed_at="2026-11-29T09:00:00Z")

    assert tell_stock(shop, "8", changed_at="2026-11-29T08:00:00Z")["result"] == "unchanged"
    assert tell_stock(shop, "8", dry_run=True)["result"] == "updated"

    assert on_hand(shop, variant_id) == "10"


def test_the_same_call_many_times_at_once_moves_once_beside_sales(shop: Shop, variant_id: str) -> None:
    tell_stock(shop, "10")

    with ThreadPoolExecutor(6) as threads:
        told_again = [threads.submit(tell_stock, shop, "15") for _ in range(4)]
        sold = [threads.submit(sell, shop, variant_id, "1") for _ in range(2)]
    outcomes = sorted(one.result()["result"] for one in told_again)

    assert all(one.result() is None for one in sold)
    assert outcomes.count("updated") == 1
    assert set(outcomes) <= {"updated", "unchanged", "deferred"}  # the last is told to come again
    assert on_hand(shop, variant_id) == "13"


_quantities = st.integers(-1000, 1000).map(Decimal)


@given(st.lists(st.tuples(_quantities, _quantities), min_size=1), _quantities)
def test_a_level_is_what_both_sides_made_of_it(steps: list[tuple[Decimal, Decimal]], first: Decimal) -> None:
    theirs, level, includes = first, Decimal(0), Decimal(0)
    base = None
    for their_change, our_change in [(Decimal(0), Decimal(0)), *steps]:
        theirs += their_change
        change = rules.stock_change(base, theirs, includes, level, "shared")
        level += change.delta
        base = {"quantity": str(change.quantity), "includes": str(change.includes)}
        assert rules.stock_change(base, theirs, includes, level, "shared").delta == 0
        level += our_change
        theirs, includes = theirs + our_change, includes + our_change  # the source takes over what we did

    assert level == theirs == first + sum(a + b for a, b in steps)


def test_it_needs_its_permission(shop: Shop) -> None:
    assert_needs("sync:write", shop, sync_stock_levels.handler, {"source": "erp", "records": [{"external_id": "X"}]})
