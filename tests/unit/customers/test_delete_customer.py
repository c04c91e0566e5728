"""delete_customer"""

from customers import delete_customer, get_customer, list_customers
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.customers.people import add_customer, new_customer


def test_a_tombstone_stays_with_its_event(shop: Shop) -> None:
    siti = add_customer(shop, **new_customer(external_ids={"shopify": "1042"}))

    reply = shop.call(delete_customer.handler, id=siti["id"])

    assert (reply.status, reply.json["version"]) == (200, 2)
    assert reply.json["deleted_at"] == reply.json["updated_at"]
    event = events_of(shop, siti["id"])[-1]
    assert (event["type"], event["data"]) == ("customer.deleted", reply.json)
    assert shop.call(get_customer.handler, id=siti["id"]).code == "customer.not_found"
    assert shop.call(delete_customer.handler, id=siti["id"]).code == "customer.not_found"


def test_nothing_finds_it_any_more(shop: Shop) -> None:
    siti = add_customer(shop, **new_customer(external_ids={"shopify": "1042"}))

    shop.call(delete_customer.handler, id=siti["id"])

    for query in ({"phone": siti["phone"]}, {"email": siti["email"]}, {"external_id": "shopify:1042"}, {"q": "siti"}):
        assert shop.call(list_customers.handler, query=query).json["items"] == []


def test_a_stale_version_is_refused(shop: Shop) -> None:
    reply = shop.call(delete_customer.handler, id=add_customer(shop)["id"], headers={"If-Match": "2"})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_another_merchants_customer_is_not_there(shop: Shop) -> None:
    other = Shop.open()
    customer = add_customer(other)

    assert shop.call(delete_customer.handler, id=customer["id"]).code == "customer.not_found"
    assert other.call(get_customer.handler, id=customer["id"]).status == 200


def test_a_repeat_answers_the_same(shop: Shop) -> None:
    id, headers = add_customer(shop)["id"], {"Idempotency-Key": "k"}

    first, again = (shop.call(delete_customer.handler, id=id, headers=headers) for _ in range(2))

    assert (again.status, again.text, again.headers["idempotent-replayed"]) == (200, first.text, "true")


def test_it_needs_customers_write(shop: Shop) -> None:
    assert_needs("customers:write", shop, delete_customer.handler, id=add_customer(shop)["id"])


def test_the_sample_deletes_a_customer(shop: Shop) -> None:
    customer = add_customer(shop)

    reply = send(delete_customer.handler, sample("customers", "delete_customer", shop, id=customer["id"]))

    assert (reply.status, reply.json["deleted_at"] is None) == (200, False)
