"""run_source"""

from collections.abc import Iterator

import pytest

from sync import create_source, run_source, update_source
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.sync.shops import CONNECTOR, Connection, connection


@pytest.fixture
def web(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    with connection(shop, monkeypatch) as web:
        web.there.make()
        web.connect()
        yield web


def test_it_runs_before_its_time(web: Connection) -> None:
    web.run()

    reply = web.run_now()

    assert (reply.status, reply.json["connector_status"]["status"]) == (202, "waiting")
    assert [one["source_id"] for one in web.queued] == ["src_web"]


def test_from_the_start_it_looks_at_all_there_again_and_takes_no_order_twice(web: Connection) -> None:
    web.there.order()
    web.run()
    web.there.change("P1", name="Kopi Luwak")
    web.there.changed["P1"] = 0  # as if the list of changes had passed over it

    web.run_now(from_the_start=True)
    web.there.changed["P1"] = 1
    status = web.run()

    assert (status["counts"]["products.updated"], status["counts"]["orders.created"]) == (1, 1)


def test_only_a_connector_that_is_there_and_on_runs(web: Connection) -> None:
    web.shop.call(create_source.handler, {"source": "erp"})
    assert web.shop.call(run_source.handler, {}, id="src_erp").code == "connector.not_found"

    off = {"connector": {**CONNECTOR, "location_id": web.shop.location_id, "enabled": False}}
    web.shop.call(update_source.handler, off, id="src_web")
    assert web.run_now().code == "connector.off"


def test_the_sample_event_asks_for_a_source_that_is_not_connected(web: Connection) -> None:
    web.shop.call(create_source.handler, {"source": "erp"})

    assert send(run_source.handler, sample("sync", "run_source", web.shop)).status == 404


def test_it_needs_its_permission(web: Connection) -> None:
    assert_needs("sync:write", web.shop, run_source.handler, {}, id="src_web")
