"""get_endpoint"""

from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from webhooks import create_endpoint, get_endpoint

BODY = {"url": "https://shop.example.com/hook", "event_types": ["*"]}


def test_the_sample_event_reads_an_endpoint(shop: Shop) -> None:
    made = shop.call(create_endpoint.handler, BODY).json

    reply = send(get_endpoint.handler, sample("webhooks", "get_endpoint", shop, id=made["id"]))

    assert (reply.status, reply.headers["etag"]) == (200, '"1"')
    assert reply.json == made | {"secret": None}


def test_an_unknown_one_is_not_there(shop: Shop) -> None:
    reply = shop.call(get_endpoint.handler, id="whe_unknown")

    assert (reply.status, reply.code) == (404, "endpoint.not_found")


def test_another_merchants_endpoint_is_not_there(shop: Shop) -> None:
    made = Shop.open().call(create_endpoint.handler, BODY).json

    assert shop.call(get_endpoint.handler, id=made["id"]).code == "endpoint.not_found"


def test_it_needs_its_permission(shop: Shop) -> None:
    made = shop.call(create_endpoint.handler, BODY).json

    assert_needs("webhooks:read", shop, get_endpoint.handler, id=made["id"])
