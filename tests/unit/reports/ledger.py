"""Orders and stock as the tables keep them, beside the events of them: what audits and rebuilds go by."""

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from inventory import record_movements
from inventory import store as inventory
from inventory.models import Cause
from orders import store as orders
from pos import clock, documents, dynamo, outbox
from pos.dynamo import Ref
from reports import jobs, run_report_jobs
from tests.support.aws import take_messages
from tests.unit.reports.sales import Change, Crash, publish
from webhooks import store as feed


def trade(merchant_id: str, changes: Iterable[Change]) -> None:
    """Commit changes of orders, as the orders service does, and give their events places in the feed."""
    changes = list(changes)
    keep(merchant_id, changes)
    publish(merchant_id, changes)


def keep(merchant_id: str, changes: Iterable[Change]) -> None:
    """Keep each order as its last change left it."""
    last = {change.order.id: change.order for change in changes}
    for order in last.values():
        key = orders._order_key(merchant_id, order.id)
        attributes = orders._attributes(merchant_id, order)
        item = documents.item(key, order, order.json_bytes(), attributes)
        dynamo.batch_put(orders.TABLE, [item])


def work(*, receives: int = 1) -> None:
    """Let the worker take a turn at each message that waits for it, and at those that it sends meanwhile."""
    while messages := take_messages("report-jobs"):
        for body in messages:
            record = {"body": body, "attributes": {"ApproximateReceiveCount": str(receives)}}
            run_report_jobs.handler({"Records": [record]}, None)


def work_until_death(death: Callable[[], AbstractContextManager[None]]) -> bool:
    """Let the worker take turns, of which one dies, whose message comes again at the next turn; whether it died."""
    messages = take_messages("report-jobs")
    try:
        with death():
            for body in messages:
                record = {"body": body, "attributes": {"ApproximateReceiveCount": "1"}}
                run_report_jobs.handler({"Records": [record]}, None)
    except Crash:
        for body in messages:
            jobs._send([json.loads(body)], 0)
        return True
    return False


def newest(merchant_id: str) -> dict[str, Any]:
    """The merchant's latest job, as it is answered."""
    return jobs.newest(merchant_id)[0].model_dump(mode="json", by_alias=True)


@dataclass
class Level:
    """A level of stock; `stream` is what its table's stream shows."""

    merchant_id: str
    location_id: str
    variant_id: str
    stream: list[Any]

    def move(self, quantity: str, cause: Cause, cost: int | None = None) -> None:
        """Move it."""
        at = self.merchant_id, self.location_id, self.variant_id
        dynamo.transact([inventory.move(*at, Decimal(quantity), cause, "key_test", clock.now(), first_cost=cost)])

    def record(self) -> None:
        """Bring its movements onto the ledger."""
        record_movements.handler({"Records": self.stream}, None)

    def publish(self) -> None:
        """Bring its movements onto the ledger and into the feed."""
        self.record()
        level_id = inventory.level_id(self.merchant_id, self.location_id, self.variant_id)
        for version in range(1, len(self.stream) + 1):
            key = outbox.item_key(self.merchant_id, level_id, version)
            item = dynamo.get(Ref(outbox.TABLE, key, lambda item: item or {}))
            feed.place(self.merchant_id, feed.feed_refs(item), clock.now())

    def set_on_hand(self, quantity: str) -> None:
        """Have it say something that no movement led to."""
        key = f"{self.merchant_id}#{self.location_id}", self.variant_id
        change = dynamo.update(inventory.TABLE, key, "SET on_hand = :on_hand", {":on_hand": Decimal(quantity)})
        dynamo.transact([change])
