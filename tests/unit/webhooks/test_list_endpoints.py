"""list_endpoints"""

from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from webhooks import create_endpoint, delete_endpoint, list_endpoints


def add(shop: Shop, name: str) -> str:
    body = {"url": f"https://{name}.example.com/hook", "event_types": ["*"], "description": name}
    id: str = shop.call(create_endpoint.handler, body).json["id"]
    return id


def test_the_sample_event_lists_endpoints(shop: Shop) -> None:
    ids = [add(shop, name) for name in ("first", "second")]

    reply = send(list_endpoints.handler, sample("webhooks", "list_endpoints", shop))

    assert reply.status == 200
    assert sorted(one["id"] for one in reply.json["items"]) == sorted(ids)
    assert reply.json["next_cursor"] is None


def test_pages_have_every_endpoint_once_and_no_deleted_one(shop: Shop) -> None:
    ids = [add(shop, f"shop{n}") for n in range(5)]
    shop.call(delete_endpoint.handler, id=ids.pop(2))

    assert sorted(one["id"] for one in all_pages(shop, list_endpoints.handler, 2)) == sorted(ids)


def test_another_merchants_endpoints_are_not_listed(shop: Shop) -> None:
    add(Shop.open(), "theirs")

    assert shop.call(list_endpoints.handler).json["items"] == []


def test_it_needs_its_permission(shop: Shop) -> None:
    assert_needs("webhooks:read", shop, list_endpoints.handler)
