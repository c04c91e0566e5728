"""A real Medusa, and a merchant of the local stack that is connected to it."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from pos import clock
from pos.clock import timestamp
from tests.medusa import server
from tests.medusa.shopkeeper import Json, Shopkeeper
from tests.stack.conftest import local_run, open_shop, stack
from tests.stack.support import Shop
from tests.stack.support import eventually as soon

__all__ = ["local_run", "open_shop", "stack"]


def eventually[T](attempt: Callable[[], T]) -> T:
    """As the stack's tests have it, with patience for a schedule of a minute, the lease of a run that died, and for
    a shop of a gigabyte.
    """
    return soon(attempt, seconds=600)


@pytest.fixture(scope="session")
def medusa() -> Iterator[server.Server]:
    """Medusa, started if it does not run, and stopped at the end."""
    yield server.up()
    server.down()


@pytest.fixture(scope="session")
def keeper(medusa: server.Server) -> Shopkeeper:
    """The shop in Medusa."""
    return Shopkeeper.open(medusa)


@dataclass(frozen=True, slots=True)
class Pair:
    """A merchant here and its shop there."""

    here: Shop
    there: Shopkeeper
    source: str = field(default_factory=lambda: f"medusa-{secrets.token_hex(3)}")

    def connect(self, **changes: Any) -> None:
        """Set the connector up."""
        connector = {
            "kind": "medusa",
            "url": self.there.server.url,
            "api_key": self.there.server.api_key,
            "location_id": self.here.location_id,
            "remote_location_id": self.there.location_id,
            "every_minutes": 1,
            **changes,
        }
        answer = self.here.api.post("/v1/sync/sources", {"source": self.source, "connector": connector})
        assert answer.status == 201, answer.body
        eventually(lambda: self.status["status"] in ("ok", "needs_attention"))

    def change(self, **changes: Any) -> None:
        """Set the connector up otherwise; its secret stays."""
        connector = {
            "kind": "medusa",
            "url": self.there.server.url,
            "location_id": self.here.location_id,
            "remote_location_id": self.there.location_id,
            "every_minutes": 1,
            **changes,
        }
        answer = self.here.api.patch(f"/v1/sync/sources/src_{self.source}", {"connector": connector})
        assert answer.status == 200, answer.body

    @property
    def status(self) -> Json:
        """How the connector is getting on."""
        status: Json = self.here.api.get(f"/v1/sync/sources/src_{self.source}").json["connector_status"]
        return status

    def run(self) -> Json:
        """A run that begins after this and ends well; the status after it."""
        status = self.attempt()
        assert status["status"] == "ok", status
        return status

    def attempt(self) -> Json:
        """A run that begins after this; the status after it."""
        eventually(lambda: self.status["status"] != "running")
        before = self.status["last_run_at"]
        answer = self.here.api.post(f"/v1/sync/sources/src_{self.source}/run", {})
        assert answer.status == 202, answer.body
        eventually(lambda: self.status["last_run_at"] != before and self.status["status"] not in ("waiting", "running"))
        return self.status

    def tick(self) -> Json:
        """The first run that the schedule alone begins after this, from its start to its end; the status after it."""
        asked = timestamp(clock.now())

        def over() -> Json | None:
            status = self.status
            begun = (status["last_run_at"] or "") > asked
            return status if begun and status["status"] not in ("waiting", "running") else None

        status = eventually(over)
        assert status is not None and status["status"] == "ok", status
        return status

    def here_of(self, product: Json) -> Json:
        """The product here that is one there."""
        found = self.here.api.get("/v1/products", external_id=f"{self.source}:{product['id']}").json["items"]
        assert len(found) == 1, found
        item: Json = found[0]
        return item

    def set_price_here(self, product: Json, price: int) -> None:
        """Change the price of the product's variant here."""
        ours = self.here_of(product)
        variants = [{**one, "price": price} for one in ours["variants"]]
        answer = self.here.api.patch(f"/v1/products/{ours['id']}", {"variants": variants})
        assert answer.status == 200, answer.body
        # what is changed here goes there by the feed: a run that begins before it is there has nothing to tell yet
        eventually(lambda: self.is_in_feed("product.*", ours["id"], answer.json["version"]))

    def on_hand(self, product: Json) -> str | None:
        """What there is here of the product's variant."""
        return self.here.on_hand(self.here_of(product)["variants"][0]["id"])

    def level(self, product: Json) -> Json:
        """The stock here of the product's variant."""
        query = {"location_id": self.here.location_id, "variant_id": self.here_of(product)["variants"][0]["id"]}
        [level] = self.here.api.get("/v1/inventory/levels", **query).json["items"]
        found: Json = level
        return found

    def tells_of(self, level: Json) -> bool:
        """Whether the feed tells of this version of a level yet."""
        told = [one["data"] for one in self.feed("inventory.updated")]
        return any((one["variant_id"], one["version"]) == (level["variant_id"], level["version"]) for one in told)

    def feed(self, types: str = "*") -> list[Json]:
        """The events here of these types, oldest first."""
        items: list[Json] = []
        place: dict[str, str] = {}
        while True:
            page = self.here.api.get("/v1/events", limit="200", types=types, **place).json
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            place = {"cursor": page["next_cursor"]}

    def is_in_feed(self, types: str, entity_id: str, version: int) -> bool:
        """Whether the feed tells of this version of something yet."""
        return any((one["entity"]["id"], one["entity"]["version"]) == (entity_id, version) for one in self.feed(types))

    def orders(self, order: Json) -> list[Json]:
        """The orders here that are one there."""
        items = self.here.api.get("/v1/orders", limit="200").json["items"]
        return [one for one in items if one.get("external_ids", {}).get(self.source) == order["id"]]


@pytest.fixture(scope="session")
def pair(open_shop: Callable[..., Shop], keeper: Shopkeeper) -> Pair:
    """A merchant that is connected to the shop."""
    pair = Pair(open_shop(), keeper)
    pair.connect()
    return pair


@pytest.fixture
def sku() -> str:
    """One that nothing has yet."""
    return f"SKU-{secrets.token_hex(4)}"
