"""WooCommerce's answers as its documentation shows them (shortened), and what is asked of it: not a live shop's"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from sync.connectors.client import NotThere
from sync.connectors.interface import Change, Refused
from sync.connectors.woocommerce import WooCommerce

type Json = dict[str, Any]

SIMPLE: Json = {
    "id": 794,
    "name": "Premium Quality",
    "type": "simple",
    "status": "publish",
    "date_modified_gmt": "2026-11-23T20:01:14",
    "sku": "PQ",
    "price": "17.99",
    "regular_price": "21.99",
    "sale_price": "17.99",
    "manage_stock": True,
    "stock_quantity": 5,
    "global_unique_id": "8991002101234",
    "attributes": [],
    "variations": [],
}
VARIABLE: Json = {
    **SIMPLE,
    "id": 22,
    "type": "variable",
    "manage_stock": False,
    "regular_price": "",
    "variations": [733],
}
VARIATION: Json = {
    "id": 733,
    "date_modified_gmt": "2026-11-24T03:04:05",
    "sku": "SHIP-B",
    "regular_price": "9.00",
    "manage_stock": True,
    "stock_quantity": 13,
    "attributes": [{"id": 6, "name": "Color", "option": "Black"}],
}
ORDER: Json = {
    "id": 727,
    "number": "727",
    "status": "processing",
    "currency": "USD",
    "date_created_gmt": "2026-11-22T19:28:02",
    "date_modified_gmt": "2026-11-22T19:28:08",
    "total": "29.35",
    "line_items": [
        {
            "name": "Woo Single #1",
            "product_id": 93,
            "variation_id": 0,
            "quantity": 2,
            "subtotal": "6.00",
            "subtotal_tax": "0.45",
            "total": "6.00",
            "total_tax": "0.45",
        },
        {
            "name": "Ship Your Idea",
            "product_id": 22,
            "variation_id": 23,
            "quantity": 1,
            "subtotal": "12.00",
            "subtotal_tax": "0.90",
            "total": "12.00",
            "total_tax": "0.90",
        },
    ],
    "shipping_lines": [{"method_title": "Flat Rate", "total": "10.00", "total_tax": "0.00"}],
    "fee_lines": [],
    "refunds": [],
}


class Recorded:
    """A client that answers by the end of the path, and keeps what was asked and sent."""

    def __init__(self, pages: int = 1, **answers: Any) -> None:
        self.pages, self.answers = pages, answers
        self.asked: list[tuple[str, Json]] = []
        self.sent: list[tuple[str, str, Any]] = []

    def get(self, path: str, **query: Any) -> Any:
        return self.get_page(path, query)[0]

    def get_page(self, path: str, query: Mapping[str, Any]) -> tuple[Any, Mapping[str, str]]:
        self.asked.append((path, dict(query)))
        name = path.rsplit("/", 1)[-1]
        if name not in self.answers:
            raise NotThere("shop.not_found", "The shop does not have it.")
        return self.answers[name], {"x-wp-totalpages": str(self.pages)}

    def send(self, method: str, path: str, body: Any) -> Any:
        self.sent.append((method, path.removeprefix("/wp-json/wc/v3"), body))


def woo(pages: int = 1, **answers: Any) -> tuple[WooCommerce, Recorded]:
    client = Recorded(pages, **answers)
    return WooCommerce(client, "USD", 2), client  # type: ignore[arg-type]


def test_a_simple_product_is_a_record_of_one_variant_at_its_regular_price() -> None:
    shop, _ = woo(products=[SIMPLE])

    assert shop.products(None).items[0].record == {
        "external_id": "794",
        "name": "Premium Quality",
        "changed_at": "2026-11-23T20:01:14.000Z",
        "deleted": False,
        "variants": [
            {
                "external_id": "794",
                "name": None,
                "sku": "PQ",
                "barcode": "8991002101234",
                "price": 2199,
                "track_stock": True,
            }
        ],
    }


def test_a_variable_product_has_its_variations_and_is_as_new_as_they_are() -> None:
    shop, _ = woo(products=[VARIABLE], variations=[VARIATION])

    record = shop.products(None).items[0].record

    assert record is not None and record["changed_at"] == "2026-11-24T03:04:05.000Z"
    assert [(one["external_id"], one["name"], one["price"]) for one in record["variants"]] == [("733", "Black", 900)]


def test_what_kasir_cannot_sell_says_so() -> None:
    for found, code in (
        ({**SIMPLE, "type": "grouped"}, "product.kind"),
        ({**SIMPLE, "regular_price": ""}, "variant.priceless"),
    ):
        shop, _ = woo(products=[found])
        problem = shop.products(None).items[0].problem
        assert problem is not None and problem.code == code


def test_what_was_changed_since_is_asked_for_in_utc_page_by_page() -> None:
    shop, client = woo(2, products=[SIMPLE])

    first = shop.products(None)
    second = shop.products(first.cursor)
    shop.products(second.cursor)

    assert [first.last, second.last] == [False, True]
    assert [query["page"] for _, query in client.asked] == [1, 2, 1]
    last = client.asked[2][1]
    assert (last["modified_after"], last["dates_are_gmt"]) == ("2026-11-23T20:00:14.000", "true")


def test_changes_are_told_to_the_product_and_to_each_variation() -> None:
    shop, client = woo()

    shop.push(Change("794", {"name": "Best", "variants/794/price": 2500, "variants/794/name": "x"}))
    shop.push(Change("22", {"variants/733/price": 950}))
    shop.push(Change("794", retired=True))
    with pytest.raises(Refused, match="deletes nothing"):
        shop.push(Change("22", {"variants/733": False}))

    assert client.sent == [
        ("PUT", "/products/794", {"name": "Best", "regular_price": "25.00"}),
        ("PUT", "/products/22/variations/733", {"regular_price": "9.50"}),
        ("PUT", "/products/794", {"status": "draft"}),
    ]


def test_stock_is_that_of_products_and_variations_that_have_one_of_their_own() -> None:
    inherits = {**VARIATION, "id": 734, "manage_stock": "parent"}
    shop, client = woo(products=[SIMPLE, VARIABLE], variations=[VARIATION, inherits])

    levels = shop.levels(None).items
    shop.set_level(levels[1], Decimal(4))

    assert [(one.product_id, one.variant_id, int(one.available)) for one in levels] == [
        ("794", "794", 5),
        ("22", "733", 13),
    ]
    assert client.sent == [("PUT", "/products/22/variations/733", {"stock_quantity": 4})]


def test_an_order_has_its_lines_with_tax_and_its_shipping() -> None:
    shop, client = woo(orders=[ORDER])

    [order] = shop.orders(shop.from_moment("2026-11-22T00:00:00.000Z")).items

    assert (order.total, order.paid, order.placed_at) == (2935, True, "2026-11-22T19:28:02.000Z")
    figures = [
        (line.product_id, line.variant_id, int(line.price * line.quantity) - line.discount) for line in order.lines
    ]
    assert figures == [("93", "93", 645), ("22", "23", 1290), (None, None, 1000)]
    assert sum(amount for *_, amount in figures) == order.total
    assert "pending" not in client.asked[0][1]["status"]


@pytest.mark.parametrize(
    ("status", "paid", "cancelled"),
    [("on-hold", False, False), ("completed", True, False), ("cancelled", False, True)],
)
def test_how_far_an_order_has_come(status: str, paid: bool, cancelled: bool) -> None:
    shop, _ = woo(orders=[{**ORDER, "status": status}])

    [order] = shop.orders_of(["727"])

    assert (order.paid, order.cancelled) == (paid, cancelled)


def test_a_shop_in_another_currency_is_said_before_anything_comes() -> None:
    shop, _ = woo(current={"code": "EUR"})

    with pytest.raises(Refused, match="EUR"):
        shop.check()


def test_what_is_gone_is_deleted() -> None:
    shop, _ = woo(products=[{"id": 794}])

    assert shop.product("9").record == {"external_id": "9", "deleted": True}
    assert shop.missing(["794", "9"]) == ["9"]
