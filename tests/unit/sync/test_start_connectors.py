"""start_connectors"""

import json
from collections.abc import Iterator

import pytest

from sync import start_connectors, update_source
from sync.connectors.interface import Unauthorized
from tests.support.contract import logged
from tests.support.shop import Shop
from tests.unit.sync.shops import CONNECTOR, Connection, connection, later


@pytest.fixture
def web(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    with connection(shop, monkeypatch) as web:
        web.there.make()
        web.connect()
        yield web


def test_what_is_due_is_queued_and_what_has_run_is_not(web: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    assert web.tick() == 1
    assert (web.queued[0]["source_id"], web.queued[0]["again"]) == ("src_web", False)

    web.run()
    assert web.tick() == 0

    later(monkeypatch, minutes=6)
    assert web.tick() == 1


def test_what_is_off_or_waits_for_a_person_is_not_queued(web: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    web.there.raises["check"] = Unauthorized("No.")
    web.run()
    later(monkeypatch, hours=3)
    assert web.tick() == 0

    off = {"connector": {**CONNECTOR, "location_id": web.shop.location_id, "enabled": False}}
    web.shop.call(update_source.handler, off, id="src_web")
    assert web.tick() == 0


def test_those_that_stand_still_are_counted(web: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    def counted() -> int:
        with logged() as stream:
            web.tick()
        count: int = json.loads(stream.getvalue().splitlines()[-1])["connectors_stale"]
        return count

    assert counted() == 0
    later(monkeypatch, minutes=20)  # and no worker has taken the run
    assert counted() == 1
    web.there.raises["check"] = Unauthorized("No.")
    web.run()
    assert counted() == 1


def test_the_sample_event_is_one(web: Connection) -> None:
    start_connectors.handler({}, None)

    assert len(web.queued) == 1
