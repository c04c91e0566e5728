"""list_taxes"""

from catalog import list_taxes
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.catalog.products import add_tax


def test_all_taxes_are_on_one_page_oldest_first(shop: Shop) -> None:
    taxes = [add_tax(shop, name=f"Pajak {n}") for n in range(3)]

    assert shop.call(list_taxes.handler).json == {"items": taxes, "next_cursor": None}


def test_nobody_elses_taxes_are_listed(shop: Shop) -> None:
    add_tax(Shop.open())

    assert shop.call(list_taxes.handler).json["items"] == []


def test_an_unknown_parameter_is_refused_by_name(shop: Shop) -> None:
    reply = shop.call(list_taxes.handler, query={"limit": "5"})

    assert (reply.status, reply.pointers) == (422, ["?limit"])


def test_it_needs_catalog_read(shop: Shop) -> None:
    assert_needs("catalog:read", shop, list_taxes.handler)


def test_the_sample_lists_taxes(shop: Shop) -> None:
    tax = add_tax(shop)

    assert send(list_taxes.handler, sample("catalog", "list_taxes", shop)).json["items"] == [tax]
