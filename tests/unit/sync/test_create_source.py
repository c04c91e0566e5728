"""create_source"""

from typing import Any, ClassVar

import pytest

from pos import aws, dynamo
from sync import create_source, list_sources
from sync.connectors import store
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send


def test_the_sample_event_sets_up_a_source(shop: Shop) -> None:
    reply = send(create_source.handler, sample("sync", "create_source", shop))

    assert (reply.status, reply.json["id"], reply.json["name"]) == (201, "src_erp", "Head office")
    assert reply.json["ownership"] == {"product": {"name": "source", "variants.price": "kasir"}}
    assert shop.call(list_sources.handler).json["items"] == [reply.json]
    assert [event["type"] for event in events_of(shop, "src_erp")] == ["source.created"]


def test_a_source_is_set_up_once(shop: Shop) -> None:
    shop.call(create_source.handler, {"source": "erp"})

    reply = shop.call(create_source.handler, {"source": "erp"})

    assert (reply.status, reply.code) == (409, "source.already_exists")


def test_it_happens_once_and_needs_its_permission(shop: Shop) -> None:
    assert_happens_once(shop, create_source.handler, {"source": "erp"}, {"source": "web"})
    assert_needs("sync:write", shop, create_source.handler, {"source": "shop"})
    assert_refuses_what_is_no_body(shop, create_source.handler)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"source": "E R P"}, ["/source"]),
        ({"source": "erp", "ownership": {"product": {"name": "us"}}}, ["/ownership/product/name"]),
        ({"source": "erp", "ownership": {"thing": {}}}, ["/ownership/thing"]),
        ({"source": "erp", "ownership": {"product": {"a.b.c": "source"}}}, ["/ownership/product/a.b.c"]),
    ],
)
def test_owners_and_fields_are_named_as_they_are_known(shop: Shop, body: object, pointers: list[str]) -> None:
    reply = shop.call(create_source.handler, body)

    assert (reply.status, reply.pointers) == (422, pointers)


type Json = dict[str, Any]


class TestConnector:
    MEDUSA: ClassVar[Json] = {
        "kind": "medusa",
        "url": "https://shop.example.com",
        "api_key": "sk_never_shown",
        "remote_location_id": "sloc_1",
    }

    def connect(self, shop: Shop, **changes: Any) -> Reply:
        connector = {**self.MEDUSA, "location_id": shop.location_id, **changes}
        return shop.call(create_source.handler, {"source": "web", "connector": connector})

    def test_its_secret_is_kept_encrypted_and_never_answered(self, shop: Shop) -> None:
        reply = self.connect(shop)

        assert (reply.status, reply.json["connector"]["url"]) == (201, "https://shop.example.com")
        scan = aws.dynamodb().scan(TableName=dynamo.table("sync"))
        told = [reply.text, shop.call(list_sources.handler).text, str(scan["Items"]), str(events_of(shop, "src_web"))]
        assert not any("sk_never_shown" in text for text in told)
        assert store.load(shop.merchant_id, "src_web").secrets == {"api_key": "sk_never_shown"}

    @pytest.mark.parametrize(
        ("changes", "code", "pointer"),
        [
            ({"url": "https://me@shop.example.com"}, "connector.url_invalid", "/connector/url"),
            ({"url": "https://169.254.169.254/latest"}, "connector.url_invalid", "/connector/url"),
            ({"location_id": "loc_none"}, "location.unknown", "/connector/location_id"),
            ({"api_key": None}, "connector.secret_missing", "/connector/api_key"),
            ({"url": None}, "request.invalid", "/connector"),
            ({"consumer_key": "ck_of_another"}, "request.invalid", "/connector"),
            (
                {
                    "kind": "woocommerce",
                    "consumer_key": "ck_of_a_test",
                    "consumer_secret": "cs_of_a_test",
                    "api_key": None,
                    "create_products": True,
                },
                "request.invalid",
                "/connector",
            ),
            ({"every_minutes": 0}, "request.invalid", "/connector/every_minutes"),
        ],
    )
    def test_what_cannot_be_is_refused(self, shop: Shop, changes: Any, code: str, pointer: str) -> None:
        reply = self.connect(shop, **changes)

        assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])

    @pytest.mark.parametrize(
        ("mapping", "code", "pointer"),
        [
            ({"fields": {"external_id": "id", "colour": "x"}}, "mapping.field_unknown", "/fields/colour"),
            ({"fields": {"name": "x"}}, "mapping.incomplete", "/fields"),
            ({"fields": {"external_id": "id["}}, "mapping.expression_invalid", "/fields/external_id"),
            ({"fields": {"external_id": "map(&x, y)"}}, "mapping.expression_invalid", "/fields/external_id"),
            ({"to": "order", "fields": {"external_id": "id", "placed_at": "at"}}, "mapping.incomplete", "/lines"),
        ],
    )
    def test_a_mapping_that_cannot_be_followed_is_refused(
        self, shop: Shop, mapping: Any, code: str, pointer: str
    ) -> None:
        secret = "whsec_" + "a2tr" * 8
        connector = {"kind": "inbound", "signing_secret": secret, "mappings": [{"to": "product", **mapping}]}

        reply = shop.call(create_source.handler, {"source": "erp", "connector": connector})

        assert (reply.status, reply.code) == (422, code)
        assert reply.pointers == [f"/connector/mappings/0{pointer}"]

    def test_a_secret_that_is_none_is_refused(self, shop: Shop) -> None:
        mapping = {"to": "product", "fields": {"external_id": "id"}}
        connector = {"kind": "inbound", "signing_secret": "whsec_short", "mappings": [mapping]}

        reply = shop.call(create_source.handler, {"source": "erp", "connector": connector})

        assert reply.pointers == ["/connector/signing_secret"]
