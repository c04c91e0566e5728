"""What the streams carry on, from their real records: the ledger of movements, the feed, the totals."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from inventory import list_movements, record_movements
from pos.dynamo import Busy
from reports import get_sales_report, project_totals
from tests.dynamodb_local.engine import Conflicts, Json, at_once, stream
from tests.support.contract import all_pages
from tests.support.shop import Shop
from tests.unit.orders.till import Till, piece
from webhooks import create_endpoint, list_deliveries, list_events, publish_events, store

type Consumer = Callable[[Json, Any], None]

_PLENTY_OF_TIME = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)


@pytest.fixture
def till(shop: Shop) -> Till:
    """A till in an empty shop."""
    return Till(shop)


def consume(consumer: Consumer, records: list[Json], threads: int = 1) -> None:
    """Give all records to that many consumers at once: to each of them twice, in batches, out of order.

    A batch that a consumer refuses comes again, as it does on Lambda.
    """

    def run(seed: int) -> None:
        twice = records * 2
        random.Random(seed).shuffle(twice)
        for start in range(0, len(twice), 25):
            while not _takes(consumer, twice[start : start + 25]):
                pass

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, range(threads)))


def _takes(consumer: Consumer, batch: list[Json]) -> bool:
    try:
        consumer({"Records": batch}, _PLENTY_OF_TIME)
    except ExceptionGroup as refusals:
        if refusals.split(Busy)[1] is not None:
            raise
        return False
    return True


def of_kind(kind: str) -> list[Json]:
    """The records of the events table's stream that its consumers of this kind are given."""
    return [record for record in stream("events") if record["dynamodb"]["NewImage"]["kind"] == {"S": kind}]


def test_each_version_of_a_level_becomes_one_movement(till: Till) -> None:
    variant = till.product(stock="100", weighed=True)
    at_once(8, lambda: till.sell(piece(variant, "0.5")), 40)
    consume(record_movements.handler, stream("inventory"))
    where = {"location_id": till.shop.location_id, "variant_id": variant}
    movements = all_pages(till.shop, list_movements.handler, limit=7, **where)
    assert [movement["version"] for movement in movements] == list(range(41, 0, -1))
    assert Counter(movement["change"] for movement in movements) == {"100": 1, "-0.5": 40}
    assert movements[0]["on_hand"] == till.on_hand(variant) == "80"


def test_publishers_in_each_others_way_give_each_event_one_place_and_one_delivery(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"url": "https://example.com/hook", "event_types": ["order.created"]}
    endpoint_id = till.shop.call(create_endpoint.handler, body).json["id"]
    variant = till.product()
    sold = sorted(reply.json["id"] for reply in at_once(8, lambda: till.sell(piece(variant), complete=True), 60))
    conflicts = Conflicts()
    conflicts.happen(monkeypatch)
    consume(publish_events.handler, of_kind("outbox"), threads=4)
    assert conflicts.cancelled > 0

    events = all_pages(till.shop, list_events.handler, limit=50)
    assert len({event["id"] for event in events}) == len(events)
    for event_type in ("order.created", "order.completed"):
        assert sorted(event["data"]["id"] for event in events if event["type"] == event_type) == sold
    numbers = [page.number for page in store.pages_after(till.shop.merchant_id, 0, 1000)]
    assert numbers == list(range(1, len(numbers) + 1))
    reply = till.shop.call(list_deliveries.handler, id=endpoint_id, query={"limit": "200"})
    assert [one["event_id"] for one in reversed(reply.json["items"])] == [
        event["id"] for event in events if event["type"] == "order.created"
    ]


def test_projectors_in_each_others_way_add_each_sale_once(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = till.product(price=1500, weighed=True)
    sold = at_once(8, lambda: till.sell(piece(variant, "0.5"), complete=True), 60)
    days = sorted(reply.json["business_date"] for reply in sold)
    consume(publish_events.handler, of_kind("outbox"), threads=2)
    monkeypatch.setattr(project_totals, "PAGES_PER_ROUND", 2)
    consume(project_totals.handler, of_kind("page"), threads=4)
    query = {"from": days[0], "to": days[-1], "group_by": "product"}
    report = till.shop.call(get_sales_report.handler, query=query).json
    assert (report["totals"]["orders"], report["totals"]["total"]) == (60, 60 * 750)
    assert [row["quantity"] for row in report["items"]] == ["30"]
