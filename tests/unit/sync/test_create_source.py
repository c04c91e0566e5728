"""create_source"""

import pytest

from sync import create_source, list_sources
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send


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
