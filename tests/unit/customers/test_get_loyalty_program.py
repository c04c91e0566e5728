"""get_loyalty_program"""

from customers import get_loyalty_program
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.customers.points import start_program


def test_it_is_off_until_it_is_set_up(shop: Shop) -> None:
    reply = shop.call(get_loyalty_program.handler)

    assert (reply.status, reply.json["enabled"], reply.json["version"]) == (200, False, 0)


def test_the_program_is_answered_with_its_version(shop: Shop) -> None:
    program = start_program(shop)

    reply = shop.call(get_loyalty_program.handler)

    assert (reply.status, reply.headers["etag"], reply.json) == (200, '"1"', program)


def test_it_needs_customers_read(shop: Shop) -> None:
    assert_needs("customers:read", shop, get_loyalty_program.handler)


def test_the_sample_gets_the_program(shop: Shop) -> None:
    program = start_program(shop)

    assert send(get_loyalty_program.handler, sample("customers", "get_loyalty_program", shop)).json == program
