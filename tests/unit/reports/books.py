"""A shop whose sales and movements of stock are told to the reports, as its streams do it."""

from dataclasses import dataclass
from typing import Any

import pytest

from inventory import record_movements
from pos import dynamo, outbox
from pos.aws import dynamodb
from tests.unit.inventory.stream import Record, follow
from tests.unit.orders.till import Till
from tests.unit.reports.sales import OPENING, project
from webhooks import store as feed


@dataclass(frozen=True, slots=True)
class Books:
    """A till, and what its table of stock streams."""

    till: Till
    stream: list[Record]

    @classmethod
    def of(cls, till: Till, monkeypatch: pytest.MonkeyPatch) -> "Books":
        """The books of what this till does from now on."""
        return cls(till, follow(monkeypatch))

    def tell(self) -> None:
        """Bring everything that happened by now into the totals."""
        merchant_id = self.till.shop.merchant_id
        record_movements.handler({"Records": self.stream}, None)
        scanned = dynamodb().scan(TableName=dynamo.table(outbox.TABLE))["Items"]
        told = [item for item in map(dynamo.decode, scanned) if item.get("kind") == "outbox"]
        mine = sorted((item for item in told if item["merchant_id"] == merchant_id), key=lambda item: item["at"])
        feed.place(merchant_id, [ref for item in mine for ref in feed.feed_refs(item)], OPENING)
        project(merchant_id)


def tell(books: Books, handler: Any, **query: Any) -> Any:
    """What a report answers of all that happened by now."""
    books.tell()
    reply = books.till.shop.call(handler, query=query)
    assert reply.status == 200, reply.text
    return reply.json
