"""receive_inbound_event"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from catalog import list_products
from orders import list_orders
from pos import clock
from sync import create_source, get_source, receive_inbound_event, update_source
from sync.connectors import shops
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, request_event, send
from tests.unit.sync.shops import Connection, connection, later

type Json = dict[str, Any]

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()
MAPPINGS: list[Json] = [
    {
        "when": "type == 'product.changed'",
        "to": "product",
        "fields": {
            "external_id": "product.id",
            "name": "product.title",
            "sku": "product.code",
            "price_major": "product.price",
        },
    },
    {
        "when": "starts_with(type, 'order.')",
        "to": "order",
        "fields": {
            "external_id": "order.id",
            "number": "order.number",
            "placed_at": "order.at",
            "paid": "order.paid",
            "cancelled": "type == 'order.cancelled'",
        },
        "lines": "order.items",
        "line_fields": {"sku": "code", "quantity": "count", "price_major": "price"},
    },
]
PRODUCT: Json = {"type": "product.changed", "product": {"id": 7, "title": "Kopi", "code": "K-7", "price": "18000"}}


@pytest.fixture
def erp(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A merchant with a source that sends messages."""
    real = shops.connect
    with connection(shop, monkeypatch) as erp:
        monkeypatch.setattr(shops, "connect", real)
        connector = {
            "kind": "inbound",
            "signing_secret": SECRET,
            "mappings": MAPPINGS,
            "location_id": shop.location_id,
        }
        body = {"source": "web", "connector": connector}
        assert shop.call(create_source.handler, body).status == 201
        yield erp


def signed(body: Json | str, *, id: str = "msg_1", key: bytes = KEY, at: float | None = None) -> tuple[str, Json]:
    text = body if isinstance(body, str) else json.dumps(body)
    seconds = str(int(clock.now().timestamp() if at is None else at))
    digest = hmac.digest(key, f"{id}.{seconds}.{text}".encode(), hashlib.sha256)
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return text, {"webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": signature}


def address(shop: Shop) -> str:
    path: str = shop.call(get_source.handler, id="src_web").json["connector"]["inbound_path"]
    return path.removeprefix("/v1/inbound/")


def post(erp: Connection, text: str, headers: Json) -> Reply:
    event = request_event("", body=text, path={"id": address(erp.shop)}, headers=headers)
    del event["requestContext"]["authorizer"]
    return send(receive_inbound_event.handler, event)


def receive(erp: Connection, body: Json, **more: Any) -> Reply:
    return post(erp, *signed(body, **more))


def order(kind: str = "order.paid", **fields: Any) -> Json:
    at = clock.now().isoformat()
    items = [{"code": "K-7", "count": 2, "price": 18000}]
    return {"type": kind, "order": {"id": "A1", "number": "A-1", "at": at, "paid": True, "items": items} | fields}


def test_a_message_becomes_a_product_and_an_order_of_it(erp: Connection) -> None:
    assert receive(erp, PRODUCT).json == {"id": "msg_1"}
    assert erp.queued[-1]["again"]
    assert receive(erp, order(), id="msg_2").status == 202
    status = erp.run()

    [product] = erp.shop.call(list_products.handler).json["items"]
    assert (product["name"], product["variants"][0]["price"], product["external_ids"]) == ("Kopi", 18000, {"web": "7"})
    [sold] = erp.shop.call(list_orders.handler).json["items"]
    assert (sold["total"], sold["status"], sold["external_ids"]) == (36000, "completed", {"web": "A1"})
    assert (status["status"], status["stuck"], status["counts"]["messages.done"]) == ("ok", [], 2)


def test_a_message_that_comes_again_is_done_once(erp: Connection) -> None:
    text, headers = signed(PRODUCT)
    assert [post(erp, text, headers).status for _ in range(2)] == [202, 202]
    assert len(erp.queued) == 2  # it is not done yet, so it is asked for again
    erp.run()

    assert post(erp, text, headers).status == 202

    assert len(erp.queued) == 2
    assert erp.run()["counts"]["messages.done"] == 1


def test_what_a_later_message_says_of_an_order_happens_to_it(erp: Connection) -> None:
    receive(erp, PRODUCT)
    receive(erp, order(), id="msg_2")
    erp.run()

    receive(erp, order("order.cancelled"), id="msg_3")
    erp.run()

    assert [one["status"] for one in erp.shop.call(list_orders.handler).json["items"]] == ["cancelled"]


def test_what_no_mapping_is_for_shows_with_its_reason_and_is_tried_again_when_there_is_one(erp: Connection) -> None:
    receive(erp, {"type": "stock.counted", "id": 7})

    [stuck] = erp.run()["stuck"]
    assert (stuck["kind"], stuck["id"], stuck["code"]) == ("message", "msg_1", "message.unmapped")

    more = {"when": "type == 'stock.counted'", "to": "product", "fields": {"external_id": "id", "name": "type"}}
    more["fields"] |= {"price": "`500`"}  # type: ignore[operator]
    connector = {"kind": "inbound", "mappings": [*MAPPINGS, more], "location_id": erp.shop.location_id}
    erp.shop.call(update_source.handler, {"connector": connector}, id="src_web")
    assert erp.run_now().status == 202
    assert erp.run()["stuck"] == []


def test_one_that_cannot_be_is_tried_again_less_and_less_and_holds_up_no_other(
    erp: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(erp, {"type": "product.changed", "product": {"id": 8, "title": "Teh", "price": "-1"}})
    receive(erp, PRODUCT, id="msg_2")

    for _ in range(3):
        [stuck] = erp.run()["stuck"]

    assert (stuck["id"], stuck["attempts"]) == ("msg_1", 1)
    assert len(erp.shop.call(list_products.handler).json["items"]) == 1
    later(monkeypatch, hours=7)
    assert erp.run()["stuck"][0]["attempts"] == 2


def test_a_signature_of_another_secret_or_none_is_refused(erp: Connection) -> None:
    text, headers = signed(PRODUCT, key=b"x" * 32)
    refused = [
        post(erp, text, headers),
        post(erp, text + " ", signed(PRODUCT)[1]),
        post(erp, text, {**headers, "webhook-id": "msg_9"}),
        post(erp, text, {}),
        post(erp, text, {**headers, "webhook-timestamp": "soon"}),
        post(erp, text, {**signed(PRODUCT)[1], "webhook-signature": "v2,abc v1,é"}),
    ]

    assert {(reply.status, reply.code) for reply in refused} == {(401, "inbound.unproven")}
    assert erp.run()["counts"] == {}


def test_one_of_several_signatures_is_enough_as_when_the_sender_changes_its_secret(erp: Connection) -> None:
    text, headers = signed(PRODUCT)
    old = signed(PRODUCT, key=b"x" * 32)[1]["webhook-signature"]

    assert post(erp, text, {**headers, "webhook-signature": f"{old} {headers['webhook-signature']}"}).status == 202


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_recording_is_refused(erp: Connection, minutes: int) -> None:
    at = (clock.now() + timedelta(minutes=minutes)).timestamp()

    assert receive(erp, PRODUCT, at=at).code == "inbound.unproven"


def test_a_message_is_at_most_256_kilobytes_of_json(erp: Connection) -> None:
    assert receive(erp, {"type": "x" * 256_001}).status == 413
    assert post(erp, *signed("[1]")).status == 422
    assert post(erp, *signed("no json")).status == 400


def test_an_address_is_that_of_a_source_that_takes_messages(erp: Connection) -> None:
    sampled = sample("sync", "receive_inbound_event", erp.shop)
    assert send(receive_inbound_event.handler, sampled).code == "inbound.not_found"

    at = address(erp.shop)
    erp.shop.call(update_source.handler, {"connector": None}, id="src_web")
    text, headers = signed(PRODUCT)
    event = request_event("", body=text, path={"id": at}, headers=headers)
    assert send(receive_inbound_event.handler, event).code == "inbound.not_found"


def test_one_that_is_off_asks_the_sender_to_come_again(erp: Connection) -> None:
    connector = {"kind": "inbound", "mappings": MAPPINGS, "location_id": erp.shop.location_id, "enabled": False}
    erp.shop.call(update_source.handler, {"connector": connector}, id="src_web")

    assert receive(erp, PRODUCT).code == "connector.off"
