"""Medusa's answers, as 2.21.2 gave them (shortened), and what is asked of it (sync.connectors.medusa)"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Product
from sync.connectors.client import NotThere
from sync.connectors.interface import Change, Origin, Refused
from sync.connectors.medusa import Medusa, minor

type Json = dict[str, Any]

PRODUCT: Json = {
    "id": "prod_1",
    "title": "Kopi Gayo",
    "status": "published",
    "updated_at": "2026-11-29T05:43:07.986Z",
    "deleted_at": None,
    "variants": [
        {
            "id": "variant_1",
            "title": "S",
            "sku": "KOPI-S",
            "barcode": "8991",
            "ean": None,
            "upc": None,
            "manage_inventory": True,
            "updated_at": "2026-11-29T05:43:28.606Z",
            "prices": [
                {"id": "price_0", "amount": 1.5, "currency_code": "eur", "min_quantity": None, "rules": {}},
                {"id": "price_1", "amount": 18000, "currency_code": "idr", "min_quantity": None, "rules": {}},
                {
                    "id": "price_2",
                    "amount": 9,
                    "currency_code": "idr",
                    "min_quantity": None,
                    "rules": {"region_id": "x"},
                },
                {"id": "price_3", "amount": 8, "currency_code": "idr", "min_quantity": 10, "rules": {}},
            ],
        }
    ],
}
ORDER: Json = {
    "id": "order_1",
    "display_id": 12,
    "status": "pending",
    "currency_code": "idr",
    "created_at": "2026-11-29T05:44:17.578Z",
    "updated_at": "2026-11-29T05:44:17.579Z",
    "total": 47000,
    "shipping_total": 9000,
    "payment_status": "authorized",
    "items": [
        {
            "product_title": "Kopi Gayo",
            "variant_title": "S",
            "variant_id": "variant_1",
            "product_id": "prod_1",
            "quantity": 2,
            "unit_price": 19000,
            "original_total": 38000,
            "total": 38000,
        }
    ],
    "shipping_methods": [{"name": "Kurir"}],
}
ITEM: Json = {
    "id": "iitem_1",
    "location_levels": [
        {"location_id": "sloc_2", "stocked_quantity": 99, "reserved_quantity": 0},
        {"location_id": "sloc_1", "stocked_quantity": 12, "reserved_quantity": 2},
    ],
    "variants": [{"id": "variant_1", "product_id": "prod_1"}],
}


class Recorded:
    """A client that answers what was recorded, and keeps what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[Json] = []
        self.sent: list[tuple[str, Any]] = []

    def get(self, path: str, **query: Any) -> Any:
        return self.get_page(path, query)[0]

    def get_page(self, path: str, query: Mapping[str, Any]) -> tuple[Any, Mapping[str, str]]:
        self.asked.append(dict(query))
        for name, answer in self.answers.items():
            if path.split("/")[2].startswith(name.replace("_", "-")):
                return answer, {}
        raise NotThere("shop.not_found", "The shop does not have it.")

    def send(self, method: str, path: str, body: Any) -> Any:
        self.sent.append((path, body))
        return self.answers.get("products")


def medusa(digits: int = 0, **answers: Any) -> tuple[Medusa, Recorded]:
    client = Recorded(**answers)
    return Medusa(client, "sloc_1", "IDR", digits), client  # type: ignore[arg-type]


def changed(**fields: Any) -> Json:
    return {**PRODUCT, "variants": [{**PRODUCT["variants"][0], **fields}]}


def test_a_product_is_a_record_with_the_plain_price_in_our_currency() -> None:
    shop, client = medusa(products={"products": [PRODUCT]})

    page = shop.products(None)

    [product] = page.items
    assert product.record == {
        "external_id": "prod_1",
        "name": "Kopi Gayo",
        "changed_at": "2026-11-29T05:43:28.606Z",  # the variant's: a price changes nothing else
        "deleted": False,
        "variants": [
            {
                "external_id": "variant_1",
                "name": "S",
                "sku": "KOPI-S",
                "barcode": "8991",
                "price": 18000,
                "track_stock": True,
            }
        ],
    }
    assert page.last and "$or[0][updated_at][$gte]" not in client.asked[0]


def test_the_next_question_begins_a_little_before_the_latest_change_and_goes_on_by_pages() -> None:
    shop, client = medusa(products={"products": [PRODUCT] * 100})

    first = shop.products(None)
    second = shop.products(first.cursor)
    client.answers = {"products": {"products": [PRODUCT]}}
    third = shop.products(second.cursor)
    shop.products(third.cursor)

    assert [first.last, second.last, third.last] == [False, False, True]
    assert [asked["offset"] for asked in client.asked] == [0, 100, 200, 0]
    assert client.asked[3]["$or[1][variants][updated_at][$gte]"] == "2026-11-29T05:42:28.606Z"


def test_a_product_without_our_price_or_variants_says_so() -> None:
    for found, code in (
        (changed(prices=[]), "variant.priceless"),
        ({**PRODUCT, "variants": []}, "product.no_variants"),
    ):
        shop, _ = medusa(products={"products": [found]})
        problem = shop.products(None).items[0].problem
        assert problem is not None and problem.code == code


def test_one_that_is_gone_is_deleted() -> None:
    shop, _ = medusa()

    assert shop.product("prod_9").record == {"external_id": "prod_9", "deleted": True}


def test_a_price_is_told_with_all_others_that_the_variant_has() -> None:
    variant = {"variant": PRODUCT["variants"][0]}
    shop, client = medusa(products=variant)

    shop.push(Change("prod_1", {"name": "Kopi", "variants/variant_1/price": 21000, "variants/variant_1/sku": "K"}))

    [(path, own), (at, told)] = client.sent
    assert (path, own) == ("/admin/products/prod_1", {"title": "Kopi"})
    assert (at, told["sku"]) == ("/admin/products/prod_1/variants/variant_1", "K")
    assert told["prices"] == [
        {"id": "price_0", "currency_code": "eur", "amount": 1.5},
        {"id": "price_2", "currency_code": "idr", "amount": 9, "rules": {"region_id": "x"}},
        {"id": "price_3", "currency_code": "idr", "amount": 8, "min_quantity": 10},
        {"currency_code": "idr", "amount": 21000, "id": "price_1"},
    ]


def test_what_is_retired_here_is_a_draft_there_and_variants_are_left_to_people() -> None:
    shop, client = medusa()

    shop.push(Change("prod_1", retired=True))
    with pytest.raises(Refused, match="deletes nothing"):
        shop.push(Change("prod_1", {"variants/variant_1": False}))

    assert client.sent == [("/admin/products/prod_1", {"status": "draft"})]


def of_ours(*variants: Json) -> Product:
    rows = [{"id": f"var_{at}", "price": 18000, "track_stock": True, **one} for at, one in enumerate(variants, 1)]
    return Product.model_validate_json(json.dumps(BLANK | {"variants": rows}))


BLANK: Json = {
    "id": "prd_01M8KN5XHA",
    "name": "Kopi Susu (Dingin)",
    "tax_ids": [],
    "version": 3,
    "created_at": "2026-11-29T05:43:07.986Z",
    "updated_at": "2026-11-29T05:43:07.986Z",
}
BY_DEFAULT: Json = {
    "stores": {"stores": [{"id": "store_1", "default_sales_channel_id": "sc_1"}]},
    "shipping-profiles": {"shipping_profiles": [{"id": "sp_1"}]},
}


def created(product: Product) -> Json:
    """What is sent to have it created; Medusa answers with one of its own."""
    client = Recorded(products={"products": [], "product": PRODUCT}, **BY_DEFAULT)
    Medusa(client, "sloc_1", "IDR", 0).create(product)  # type: ignore[arg-type]
    [(path, body)] = client.sent
    assert path == "/admin/products"
    sent: Json = body
    return sent


def test_a_product_of_ours_is_a_draft_there_that_can_be_sold_where_the_shop_sells() -> None:
    assert created(of_ours({"sku": "SUSU", "barcode": "8991"})) == {
        "title": "Kopi Susu (Dingin)",
        "handle": "kopi-susu-dingin-m8kn5xha",
        "external_id": "prd_01M8KN5XHA",
        "status": "draft",
        "metadata": {"kasir_version": 3},
        "options": [{"title": "Default option", "values": ["Default option value"]}],
        "variants": [
            {
                "title": "Default variant",
                "sku": "SUSU",
                "barcode": "8991",
                "manage_inventory": True,
                "options": {"Default option": "Default option value"},
                "metadata": {"kasir_variant": "var_1"},
                "prices": [{"currency_code": "idr", "amount": 18000}],
            }
        ],
        "sales_channels": [{"id": "sc_1"}],
        "shipping_profile_id": "sp_1",
    }


@pytest.mark.parametrize(
    ("variants", "options", "chosen"),
    [
        (
            [{"options": {"Size": "S", "Milk": "Oat"}}, {"options": {"Size": "L", "Milk": "Oat"}}],
            [{"title": "Size", "values": ["S", "L"]}, {"title": "Milk", "values": ["Oat"]}],
            [{"Size": "S", "Milk": "Oat"}, {"Size": "L", "Milk": "Oat"}],
        ),
        (  # not all have the same ones
            [{"name": "Small", "options": {"Size": "S"}}, {"sku": "SUSU-L"}],
            [{"title": "Default option", "values": ["Small", "SUSU-L"]}],
            [{"Default option": "Small"}, {"Default option": "SUSU-L"}],
        ),
        (  # nothing tells them apart
            [{"options": {"Size": "S"}}, {"options": {"Size": "S"}}],
            [{"title": "Default option", "values": ["Default option value 1", "Default option value 2"]}],
            [{"Default option": "Default option value 1"}, {"Default option": "Default option value 2"}],
        ),
    ],
)
def test_variants_are_told_apart_by_options_whatever_ours_have(
    variants: list[Json], options: list[Json], chosen: list[Json]
) -> None:
    sent = created(of_ours(*variants))

    assert (sent["options"], [one["options"] for one in sent["variants"]]) == (options, chosen)


def test_one_that_was_created_before_is_found_with_what_it_was_made_of() -> None:
    variant = {**PRODUCT["variants"][0], "title": "Default variant", "metadata": {"kasir_variant": "var_1"}}
    before = {**PRODUCT, "external_id": "prd_01M8KN5XHA", "metadata": {"kasir_version": 3}, "variants": [variant]}
    shop, client = medusa(products={"products": [before]})

    found = shop.create(of_ours({}))

    assert client.sent == []
    assert client.asked[0]["external_id"] == "prd_01M8KN5XHA"
    assert found.origin == Origin("prd_01M8KN5XHA", 3, {"variant_1": "var_1"})
    assert found.record is not None and found.record["variants"][0]["name"] is None


def test_an_external_id_that_is_not_of_our_making_is_no_origin() -> None:
    shop, _ = medusa(products={"products": [{**PRODUCT, "external_id": "erp-7", "metadata": {"color": "red"}}]})

    assert shop.products(None).items[0].origin is None


def test_what_can_be_sold_is_what_is_there_without_what_is_promised() -> None:
    kit = {**ITEM, "variants": [*ITEM["variants"], {"id": "variant_2", "product_id": "prod_1"}]}
    fresh = {**ITEM, "id": "iitem_2", "location_levels": []}
    shop, client = medusa(inventory_items={"inventory_items": [ITEM, kit, fresh], "count": 3})

    [level, other] = shop.levels(None).items
    shop.set_level(level, Decimal(7))
    shop.set_level(other, Decimal(3))

    assert (level.variant_id, int(level.available), int(other.available)) == ("variant_1", 10, 0)
    at = "/admin/inventory-items/iitem_{}/location-levels"
    assert client.sent == [
        (f"{at.format(1)}/sloc_1", {"stocked_quantity": 9}),
        (at.format(2), {"location_id": "sloc_1", "stocked_quantity": 3}),
    ]


def test_an_order_has_its_lines_with_tax_its_shipping_and_what_is_paid() -> None:
    shop, _ = medusa(orders={"orders": [ORDER]})

    [order] = shop.orders(shop.from_moment("2026-11-29T00:00:00.000Z")).items

    assert (order.number, order.total, order.currency, order.paid) == ("12", 47000, "IDR", True)
    assert [(line.name, int(line.quantity), line.price, line.variant_id) for line in order.lines] == [
        ("Kopi Gayo S", 2, 19000, "variant_1"),
        ("Kurir", 1, 9000, None),
    ]


@pytest.mark.parametrize(("gross", "total", "price", "discount"), [(10000, 10000, 3334, 2), (9000, 6000, 3000, 3000)])
def test_a_line_comes_to_its_total_whatever_divides(gross: int, total: int, price: int, discount: int) -> None:
    item = {**ORDER["items"][0], "quantity": 3, "original_total": gross, "total": total}
    shop, _ = medusa(orders={"orders": [{**ORDER, "items": [item], "shipping_total": 0}]})

    [line] = shop.orders_of(["order_1"])[0].lines

    assert (line.price, line.discount) == (price, discount)
    assert line.price * 3 - line.discount == total


@pytest.mark.parametrize(
    ("status", "payment", "paid", "cancelled", "refunded"),
    [
        ("pending", "not_paid", False, False, False),
        ("pending", "captured", True, False, False),
        ("canceled", "canceled", False, True, False),
        ("completed", "partially_refunded", True, False, True),
    ],
)
def test_how_far_an_order_has_come(status: str, payment: str, paid: bool, cancelled: bool, refunded: bool) -> None:
    shop, _ = medusa(orders={"orders": [{**ORDER, "status": status, "payment_status": payment}]})

    [order] = shop.orders_of(["order_1"])

    assert (order.paid, order.cancelled, order.refunded) == (paid, cancelled, refunded)


def test_amounts_are_whole_minor_units_or_refused() -> None:
    assert (minor(19.99, 2), minor("0.1", 1), minor(18000, 0)) == (1999, 1, 18000)
    for amount in (1.5, -1):
        with pytest.raises(Refused):
            minor(amount, 0)


def test_a_stock_location_that_is_not_there_is_said() -> None:
    shop, _ = medusa()

    with pytest.raises(Refused, match="remote_location_id"):
        shop.check()
