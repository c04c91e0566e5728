"""get_source"""

from datetime import timedelta

import pytest

from pos import clock
from pos.clock import timestamp
from sync import create_source, get_source
from sync.connectors import status
from sync.connectors.models import Connector, RunStatus, State, Stuck, Trouble
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send

NOW = clock.now()
CONNECTOR = Connector(kind="medusa", connected_at=timestamp(NOW - timedelta(days=9)))


def ago(**by: float) -> str:
    return timestamp(NOW - timedelta(**by))


def summary(state: State, connector: Connector = CONNECTOR, conflicts: int = 0) -> str:
    return status.told(state, connector, conflicts, NOW).summary


def test_a_source_without_a_connector_has_no_status(shop: Shop) -> None:
    made = shop.call(create_source.handler, {"source": "erp"}).json

    assert shop.call(get_source.handler, id="src_erp").json == made | {"connector_status": None}


def test_the_sample_event_shows_a_source(shop: Shop) -> None:
    shop.call(create_source.handler, {"source": "erp"})

    assert send(get_source.handler, sample("sync", "get_source", shop)).json["id"] == "src_erp"


def test_it_is_the_merchants_own_and_needs_its_permission(shop: Shop) -> None:
    Shop.open().call(create_source.handler, {"source": "erp"})
    assert shop.call(get_source.handler, id="src_erp").status == 404

    shop.call(create_source.handler, {"source": "erp"})
    assert_needs("sync:read", shop, get_source.handler, id="src_erp")


class TestWords:
    def test_one_that_is_well_says_when_that_was(self) -> None:
        assert summary(State(status="ok", last_success_at=ago(minutes=3))) == (
            "In order. The last success was 3 minutes ago."
        )

    def test_one_that_does_not_get_through_says_why_and_since_when(self) -> None:
        trouble = Trouble(code="shop.timeout", detail="The shop did not answer in time.", step="stock", at=ago())
        state = State(status="retrying", failures=4, trouble=trouble, last_success_at=ago(hours=5))

        assert summary(state) == (
            "Not getting through for 4 runs; it is tried again by itself. The last success was 5 hours ago. "
            "The shop did not answer in time."
        )
        assert status.told(state, CONNECTOR, 0, NOW).stale

    def test_what_is_stuck_is_told_though_the_run_is_well(self) -> None:
        one = Stuck(kind="product", direction="in", id="P", code="x", detail="It has no price.", since=ago())
        state = State(status="ok", stuck=(one,), more_stuck=2, last_success_at=ago(days=1))

        assert summary(state, conflicts=2) == (
            "Running, but some things are not carried over. The last success was 1 day ago. "
            "3 things are stuck: It has no price. 2 conflicts wait for a decision."
        )

    @pytest.mark.parametrize("word", ["waiting", "running", "ok", "retrying", "needs_attention", "off"])
    def test_every_status_has_words(self, word: RunStatus) -> None:
        connector = CONNECTOR.model_copy(update={"enabled": word != "off"})

        assert summary(State(status=word), connector)

    def test_only_one_that_should_have_succeeded_is_stale(self) -> None:
        late = State(status="ok", last_success_at=ago(hours=2))

        assert status.told(late, CONNECTOR, 0, NOW).stale
        assert not status.told(late, CONNECTOR.model_copy(update={"every_minutes": 60}), 0, NOW).stale
        assert not status.told(late, CONNECTOR.model_copy(update={"enabled": False}), 0, NOW).stale
        assert not status.told(late, CONNECTOR.model_copy(update={"kind": "inbound"}), 0, NOW).stale
