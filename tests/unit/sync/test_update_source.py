"""update_source"""

from sync import create_source, update_source
from sync.connectors import store
from tests.support.contract import assert_happens_once, assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send


def test_what_is_left_out_stays(shop: Shop) -> None:
    body = {"source": "erp", "name": "ERP", "ownership": {"product": {"*": "source"}}}
    before = shop.call(create_source.handler, body).json

    reply = shop.call(update_source.handler, {"name": "Head office"}, id="src_erp", headers={"If-Match": '"1"'})

    changed = {"version": 2, "name": "Head office", "updated_at": reply.json["updated_at"]}
    assert reply.json == before | changed
    assert events_of(shop, "src_erp")[-1]["type"] == "source.updated"
    stale = shop.call(update_source.handler, {"name": "x"}, id="src_erp", headers={"If-Match": '"1"'})
    assert stale.status == 412


def test_the_sample_event_changes_a_source(shop: Shop) -> None:
    shop.call(create_source.handler, {"source": "erp"})

    reply = send(update_source.handler, sample("sync", "update_source", shop))

    assert reply.json["ownership"] == {"product": {"*": "source", "variants.price": "kasir"}}


def test_what_is_not_set_up_is_not_found(shop: Shop) -> None:
    Shop.open().call(create_source.handler, {"source": "erp"})

    assert shop.call(update_source.handler, {}, id="src_erp").status == 404


def test_it_happens_once_and_needs_its_permission(shop: Shop) -> None:
    for source in ("erp", "web"):
        shop.call(create_source.handler, {"source": source})

    assert_happens_once(shop, update_source.handler, {"name": "A"}, {"name": "B"}, id="src_erp")
    assert_needs("sync:write", shop, update_source.handler, {"name": "A"}, id="src_web")


def test_a_connector_keeps_the_secret_that_a_change_leaves_out_and_runs_next(shop: Shop) -> None:
    connector = {"kind": "medusa", "url": "https://shop.example.com", "location_id": shop.location_id}
    connector |= {"remote_location_id": "sloc_1"}
    first = {"source": "web", "connector": {**connector, "api_key": "sk_the_first"}}
    began = shop.call(create_source.handler, first).json["connector"]["connected_at"]

    reply = shop.call(update_source.handler, {"connector": {**connector, "every_minutes": 30}}, id="src_web")

    connected = store.load(shop.merchant_id, "src_web")
    assert (reply.json["connector"]["every_minutes"], connected.secrets) == (30, {"api_key": "sk_the_first"})
    assert (connected.connector.connected_at, connected.state.status) == (began, "waiting")

    renamed = shop.call(update_source.handler, {"name": "Web"}, id="src_web")
    assert (renamed.json["name"], renamed.json["connector"]["every_minutes"]) == ("Web", 30)
    assert store.load(shop.merchant_id, "src_web").secrets == {"api_key": "sk_the_first"}


def test_a_connector_that_is_taken_away_runs_no_more(shop: Shop) -> None:
    connector = {"kind": "medusa", "url": "https://shop.example.com", "location_id": shop.location_id}
    connector |= {"remote_location_id": "sloc_1", "api_key": "sk_the_first"}
    shop.call(create_source.handler, {"source": "web", "connector": connector})

    reply = shop.call(update_source.handler, {"connector": None}, id="src_web")

    assert "connector" not in reply.json
    assert store.get_state(shop.merchant_id, "src_web").next_run_at is None
