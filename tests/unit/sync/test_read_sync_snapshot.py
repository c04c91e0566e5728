"""read_sync_snapshot"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from catalog import create_category, create_product, delete_product, update_product
from customers import create_customer
from inventory import create_adjustment
from orders import create_order
from pos import outbox
from staff import create_location
from sync import read_sync_snapshot, snapshots
from tests.support.samples import sample
from tests.support.shop import Shop, send
from webhooks import fan_out, list_events
from webhooks import store as feed


def read(shop: Shop, type: str, limit: int = 2) -> tuple[list[Any], str]:
    """All items of a snapshot, and its position."""
    items, positions, cursor = [], set(), None
    while True:
        query = {"type": type, "limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        reply = shop.call(read_sync_snapshot.handler, query=query)
        assert reply.status == 200, reply.text
        items += reply.json["items"]
        positions.add(reply.json["position"])
        cursor = reply.json["next_cursor"]
        if cursor is None:
            [position] = positions
            return items, position


def make(shop: Shop, name: str) -> Any:
    body = {"name": name, "variants": [{"price": 100}]}
    return shop.call(create_product.handler, body).json


def publish(shop: Shop, *ids: str) -> None:
    """Have the events of these entities in the feed, as the stream would."""
    for id in ids:
        for item in outbox.changes(shop.merchant_id, id, 100, None).items:
            fan_out.publish(shop.merchant_id, feed.feed_refs(item))


def test_the_sample_event_reads_products_in_the_form_of_events(shop: Shop) -> None:
    made = make(shop, "Kopi")

    reply = send(read_sync_snapshot.handler, sample("sync", "read_sync_snapshot", shop))

    assert reply.status == 200, reply.text
    assert reply.json["items"] == [{"entity": {"type": "product", "id": made["id"], "version": 1}, "data": made}]
    assert (reply.json["next_cursor"], reply.json["position"]) == (None, "0.0")


def test_every_type_is_read_whole_page_by_page(shop: Shop) -> None:
    products = [make(shop, f"P{number}") for number in range(5)]
    shop.call(delete_product.handler, id=products[0]["id"])
    categories = [shop.call(create_category.handler, {"name": name}).json["id"] for name in "ABC"]
    customers = [shop.call(create_customer.handler, {"name": name}).json["id"] for name in "ABC"]
    line = {"custom": {"name": "Kopi", "price": 100, "tax_ids": []}, "quantity": "1"}
    orders = [
        shop.call(create_order.handler, {"location_id": shop.location_id, "lines": [line]}).json["id"] for _ in range(3)
    ]
    elsewhere = shop.call(create_location.handler, {"name": "Elsewhere"}).json["id"]
    for place in (shop.location_id, elsewhere):
        lines = [{"variant_id": one["variants"][0]["id"], "quantity": "1"} for one in products[1:4]]
        body = {"location_id": place, "reason": "opening", "lines": lines}
        assert shop.call(create_adjustment.handler, body).status == 201

    def ids(type: str) -> list[str]:
        return sorted(item["entity"]["id"] for item in read(shop, type)[0])

    assert ids("product") == sorted(one["id"] for one in products[1:])
    assert ids("category") == sorted(categories)
    assert ids("customer") == sorted(customers)
    assert ids("order") == sorted(orders)
    levels = [item["data"] for item in read(shop, "stock_level")[0]]
    assert len({(one["location_id"], one["variant_id"]) for one in levels}) == len(levels) == 6


def test_who_follows_the_feed_from_a_snapshot_misses_nothing_that_is_written_meanwhile(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_BACK", timedelta(0))
    ids = [make(shop, f"P{number}")["id"] for number in range(12)]
    publish(shop, *ids)

    def write(number: int) -> str:
        product_id: str = ids[number % len(ids)]
        if number % 5 == 0:
            return str(make(shop, f"New {number}")["id"])
        if number == 7:
            shop.call(delete_product.handler, id=product_id)
        else:
            shop.call(update_product.handler, {"name": f"Changed {number}"}, id=product_id)
        return product_id

    with ThreadPoolExecutor(4) as threads:
        written = [threads.submit(write, number) for number in range(40)]
        items, position = read(shop, "product")
        touched = {one.result() for one in written}
    publish(shop, *touched)

    held = {item["entity"]["id"]: item["data"] for item in items}
    events, after = [], position
    while True:
        page = shop.call(list_events.handler, query={"after": after, "types": "product.*", "limit": "200"}).json
        events += page["items"]
        after = page["position"]
        if page["next_cursor"] is None:
            break
    for event in events:
        before = held.get(event["entity"]["id"])
        if before is None or event["entity"]["version"] > before["version"]:
            held[event["entity"]["id"]] = event["data"]
    living = {id: one for id, one in held.items() if one["deleted_at"] is None}
    now, _ = read(shop, "product", 100)
    assert living == {item["entity"]["id"]: item["data"] for item in now}


def test_the_position_is_behind_what_is_older_than_a_minute(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(shop, make(shop, "P")["id"])
    monkeypatch.setattr(snapshots, "_BACK", timedelta(hours=-1))  # as it will be in an hour

    items, position = read(shop, "product")

    assert len(items) == 1
    assert position == str(feed.last_position(shop.merchant_id))
    assert shop.call(list_events.handler, query={"after": position}).json["items"] == []


def test_it_needs_the_types_own_permission_too(shop: Shop) -> None:
    def read_as(permissions: str) -> int:
        query = {"type": "customer"}
        return shop.call(read_sync_snapshot.handler, query=query, permissions=permissions).status

    assert read_as("sync:read") == 403
    assert read_as("customers:read") == 403
    assert read_as("sync:read customers:read") == 200


@pytest.mark.parametrize("cursor", ["x", "1.1~a", "x~~", "1.1~~x"])
def test_a_cursor_that_we_did_not_make_is_refused(shop: Shop, cursor: str) -> None:
    reply = shop.call(read_sync_snapshot.handler, query={"type": "product", "cursor": cursor})

    assert (reply.status, reply.code) == (400, "request.invalid_cursor")
