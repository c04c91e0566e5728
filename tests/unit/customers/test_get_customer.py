"""get_customer"""

from customers import delete_customer, get_customer
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.customers.people import add_customer


def test_a_customer_is_answered_with_its_version(shop: Shop) -> None:
    customer = add_customer(shop)

    reply = shop.call(get_customer.handler, id=customer["id"])

    assert (reply.status, reply.headers["etag"], reply.json) == (200, '"1"', customer)


def test_what_is_not_there_or_anothers_is_not_found(shop: Shop) -> None:
    deleted = add_customer(shop)
    shop.call(delete_customer.handler, id=deleted["id"])

    for id in ("cus_none", deleted["id"], add_customer(Shop.open())["id"]):
        reply = shop.call(get_customer.handler, id=id)
        assert (reply.status, reply.code) == (404, "customer.not_found")


def test_it_needs_customers_read(shop: Shop) -> None:
    assert_needs("customers:read", shop, get_customer.handler, id=add_customer(shop)["id"])


def test_the_sample_gets_a_customer(shop: Shop) -> None:
    customer = add_customer(shop)

    assert send(get_customer.handler, sample("customers", "get_customer", shop, id=customer["id"])).json == customer
