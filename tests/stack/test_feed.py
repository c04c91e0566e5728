"""The feed while many write: a reader that follows it sees every event exactly once."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.stack.support import Json, Shop, eventually

pytestmark = [pytest.mark.stack, pytest.mark.slow]

_WRITERS, _ROUNDS = 32, 4

type Told = tuple[str, str, int]


class Reader(threading.Thread):
    """Follows the feed from its start, a few events at a time, until it is told to stop."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self.shop = shop
        self.seen: list[Json] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        query = {"limit": "7"}
        while not self.stopped.is_set():
            page = self.shop.api.get("/v1/events", **query).json
            self.seen += page["items"]
            query = {"limit": "7"}
            query |= {"cursor": page["next_cursor"]} if page["next_cursor"] else {"after": page["position"]}

    def of_writers(self) -> list[Told]:
        """What it has seen so far of products and orders: the merchant itself has events, too."""
        return [
            (event["type"], event["entity"]["id"], event["entity"]["version"])
            for event in list(self.seen)
            if event["entity"]["type"] in ("product", "order")
        ]


def write(shop: Shop) -> list[Told]:
    """Some things made, sold and deleted; the events that there have to be."""
    told: list[Told] = []
    for _ in range(_ROUNDS):
        product = shop.make_product(track_stock=False)
        order = shop.sell({"variant_id": product["variants"][0]["id"]}, complete=True)
        assert shop.api.delete(f"/v1/products/{product['id']}").status == 200
        told += [("product.created", product["id"], 1), ("product.deleted", product["id"], 2)]
        told += [("order.created", order["id"], 1), ("order.completed", order["id"], 1)]
    return told


def test_a_reader_that_follows_while_32_write_sees_every_event_once(shop: Shop) -> None:
    reader = Reader(shop)
    reader.start()
    try:
        with ThreadPoolExecutor(_WRITERS) as pool:
            told = [one for many in pool.map(lambda _: write(shop), range(_WRITERS)) for one in many]
        eventually(lambda: len(reader.of_writers()) >= len(told))
    finally:
        reader.stopped.set()
        reader.join()

    seen = reader.of_writers()
    assert Counter(seen) == Counter(told)
    versions: dict[str, int] = {}
    for _, entity, version in seen:
        assert versions.get(entity, 0) <= version, "an entity's events are in the order of its versions"
        versions[entity] = version
    tombstones = [event["data"] for event in reader.seen if event["type"] == "product.deleted"]
    assert len(tombstones) == _WRITERS * _ROUNDS and all(one["deleted_at"] for one in tombstones)
    again, query = [], {"limit": "200", "after": "0.0"}
    while True:
        page = shop.api.get("/v1/events", **query).json
        again += page["items"]
        if page["next_cursor"] is None:
            break
        query = {"limit": "200", "cursor": page["next_cursor"]}
    assert again == reader.seen
