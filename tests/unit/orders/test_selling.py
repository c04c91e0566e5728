"""What a line sells: prices by place, modifiers, scales' labels, bundles, periods."""

from typing import Any

import pytest

from catalog import create_category, create_product, update_product
from orders import update_order_line
from staff import create_location
from tests.unit.catalog.test_scales import ean13
from tests.unit.orders.till import Till, piece, set_clock, stored

GROUPS = [
    {
        "id": "size",
        "name": "Size",
        "min": 1,
        "max": 1,
        "modifiers": [{"id": "s", "name": "S"}, {"id": "l", "name": "L", "price": 500}],
    },
    {"id": "ice", "name": "Ice", "max": 2, "modifiers": [{"id": "none", "name": "No ice", "price": -200}]},
]


def offered(till: Till, price: int = 1000) -> str:
    body = {"name": "Kopi", "variants": [{"price": price}], "modifier_groups": GROUPS}
    return str(till.shop.call(create_product.handler, body).json["variants"][0]["id"])


def test_a_location_may_have_a_price_of_its_own(till: Till) -> None:
    kiosk = till.shop.call(create_location.handler, {"name": "Kiosk"}).json["id"]
    variant = till.product(1000, prices={kiosk: 1500})

    assert till.sell(piece(variant)).json["total"] == 1000
    assert till.sell(piece(variant), location_id=kiosk).json["total"] == 1500
    assert till.preview(piece(variant), location_id=kiosk).json["lines"][0]["price"] == 1500


def test_a_line_tells_its_category(till: Till) -> None:
    category = till.shop.call(create_category.handler, {"name": "Minuman"}).json["id"]
    body = {"name": "Kopi", "category_id": category, "variants": [{"price": 1, "sku": "K"}]}
    till.shop.call(create_product.handler, body)

    assert till.sell({"sku": "K", "quantity": "1"}).json["lines"][0]["category_id"] == category


@pytest.mark.parametrize("measured", [{}, {"unit": "kg"}, {"unit": "piece", "weighed": True}])
def test_pieces_are_sold_whole_and_what_is_measured_also_in_fractions(till: Till, measured: Any) -> None:
    whole, other = till.product(unit="piece"), till.product(**measured)
    assert till.sell(piece(other, "0.125")).status == 201

    reply = till.sell(piece(whole, "2.000"), piece(whole, "0.5"))

    assert (reply.status, reply.code, reply.pointers) == (422, "order.quantity_not_whole", ["/lines/1/quantity"])
    order = till.sell(piece(whole, "2.000")).json["id"]
    change = till.shop.call(update_order_line.handler, {"quantity": "0.5"}, path={"id": order, "line_id": "lin_1"})
    assert (change.code, change.pointers) == ("order.quantity_not_whole", ["/quantity"])


def test_a_line_says_how_much(till: Till) -> None:
    reply = till.sell({"variant_id": till.product()})

    assert (reply.status, reply.code, reply.pointers) == (422, "order.quantity_missing", ["/lines/0/quantity"])


@pytest.mark.parametrize(
    ("now", "sold"), [("2026-11-30T23:59:59Z", False), ("2026-12-01T00:00:00Z", True), ("2026-12-31T00:00:00Z", False)]
)
def test_a_product_is_sold_in_its_period(till: Till, monkeypatch: pytest.MonkeyPatch, now: str, sold: bool) -> None:
    body = {"name": "Parcel", "variants": [{"price": 1, "sku": "P"}]}
    period = {"active_from": "2026-12-01T00:00:00Z", "active_until": "2026-12-31T00:00:00Z"}
    till.shop.call(create_product.handler, body | period)
    set_clock(monkeypatch, now)

    reply = till.sell({"sku": "P", "quantity": "1"})

    assert reply.status == (201 if sold else 422)
    if not sold:
        assert (reply.code, reply.pointers) == ("product.not_active", ["/lines/0/sku"])


class TestModifiers:
    def test_the_catalog_names_and_prices_them(self, till: Till) -> None:
        line = piece(offered(till), "2", modifiers=[{"id": "l"}, {"id": "none"}, {"name": "To go", "price": 50}])

        sold = till.sell(line).json["lines"][0]

        assert [(one["id"], one["name"], one["price"]) for one in sold["modifiers"]] == [
            ("l", "L", 500),
            ("none", "No ice", -200),
            (None, "To go", 50),
        ]
        assert sold["gross"] == 2 * (1000 + 500 - 200 + 50)

    @pytest.mark.parametrize(
        ("modifiers", "code", "pointer"),
        [
            ([], "modifier.count_invalid", "/modifiers"),
            ([{"id": "s"}, {"id": "l"}], "modifier.count_invalid", "/modifiers"),
            ([{"id": "s", "quantity": 2}], "modifier.count_invalid", "/modifiers"),
            ([{"id": "s"}, {"id": "milk"}], "modifier.unknown", "/modifiers/1/id"),
            ([{"id": "s", "price": 5}], "request.invalid", "/modifiers/0"),
            ([{"price": 5}], "request.invalid", "/modifiers/0"),
            ([{"id": "s", "name": "S"}], "request.invalid", "/modifiers/0"),
        ],
    )
    def test_a_group_is_chosen_from_as_it_says(self, till: Till, modifiers: Any, code: str, pointer: str) -> None:
        variant, before = offered(till), stored()

        reply = till.sell(piece(till.product()), piece(variant, modifiers=modifiers))

        assert (reply.status, reply.code, reply.pointers) == (422, code, [f"/lines/1{pointer}"])
        assert stored()["test-orders"] == before["test-orders"]

    def test_they_never_make_a_price_negative(self, till: Till) -> None:
        reply = till.sell(piece(offered(till, 100), modifiers=[{"id": "s"}, {"id": "none"}]))

        assert (reply.status, reply.code, reply.pointers) == (422, "order.price_negative", ["/lines/0/price"])

    def test_an_open_order_takes_others(self, till: Till) -> None:
        order = till.sell(piece(offered(till), modifiers=[{"id": "s"}])).json["id"]
        path = {"id": order, "line_id": "lin_1"}

        changed = till.shop.call(update_order_line.handler, {"modifiers": [{"id": "l"}]}, path=path)
        refused = till.shop.call(update_order_line.handler, {"modifiers": []}, path=path)

        assert (changed.status, changed.json["total"]) == (200, 1500)
        assert (refused.code, refused.pointers) == ("modifier.count_invalid", ["/modifiers"])


class TestScales:
    def test_a_weight_is_the_quantity(self, till: Till) -> None:
        variant = till.product(40_000, plu="42", unit="kg", stock="10")

        line = till.sell({"barcode": ean13("210004201250")}, {"barcode": ean13("210004200500"), "quantity": "2"}).json

        assert [(one["quantity"], one["gross"], one["amount"]) for one in line["lines"]] == [
            ("1.25", 50_000, None),
            ("1", 40_000, None),
        ]
        assert till.on_hand(variant) == "7.75"

    def test_a_price_is_charged_as_printed_whatever_a_kilogram_costs_now(self, till: Till) -> None:
        variant = till.product(40_000, plu="42", unit="kg", stock="10")

        line = till.sell({"barcode": ean13("230004212345")}).json["lines"][0]

        assert (line["gross"], line["amount"], line["quantity"], line["price"]) == (12_345, 12_345, "0.309", 40_000)
        assert till.on_hand(variant) == "9.691"

    def test_a_label_that_is_not_sound_is_refused(self, till: Till) -> None:
        till.product(40_000, plu="42", unit="kg")
        good = ean13("210004201250")

        for barcode, code in (
            (good[:12] + str((int(good[12]) + 1) % 10), "barcode.check_digit"),
            (ean13("210004200000"), "barcode.empty"),
            (ean13("210004301250"), "variant.unknown"),
            (ean13("290004201250"), "variant.unknown"),
        ):
            reply = till.sell(piece(till.product()), {"barcode": barcode, "quantity": "1"})
            assert (reply.status, reply.code, reply.pointers) == (422, code, ["/lines/1/barcode"]), barcode

    def test_a_variant_with_the_whole_barcode_wins(self, till: Till) -> None:
        barcode = ean13("210004201250")
        till.product(1, plu="42", unit="kg")
        exact = till.product(7, barcode=barcode)

        line = till.sell({"barcode": barcode, "quantity": "3"}).json["lines"][0]

        assert (line["variant_id"], line["gross"]) == (exact, 21)


class TestBundles:
    def bundle(self, till: Till, parts: dict[str, str], **variant: Any) -> str:
        components = [{"variant_id": id, "quantity": quantity} for id, quantity in parts.items()]
        return till.product(5000, components=components, **variant)

    def test_it_moves_its_components_and_not_itself(self, till: Till) -> None:
        cup, sugar = till.product(stock="10"), till.product(stock="10", unit="kg")
        bundle = self.bundle(till, {cup: "2", sugar: "0.25"})

        order = till.sell(piece(bundle, "3"), piece(cup)).json

        assert (till.on_hand(cup), till.on_hand(sugar), till.on_hand(bundle)) == ("3", "9.25", None)
        assert till.cancel(order["id"]).status == 200
        assert (till.on_hand(cup), till.on_hand(sugar), till.on_hand(bundle)) == ("10", "10", None)

    def test_what_was_sold_returns_though_the_bundle_changed(self, till: Till) -> None:
        cup, plate = till.product(stock="10"), till.product(stock="10")
        body = {"name": "Set", "variants": [{"price": 1, "components": [{"variant_id": cup, "quantity": "2"}]}]}
        product = till.shop.call(create_product.handler, body).json
        order = till.sell(piece(product["variants"][0]["id"])).json["id"]
        changed = {**product["variants"][0], "components": [{"variant_id": plate, "quantity": "1"}]}
        assert till.shop.call(update_product.handler, {"variants": [changed]}, id=product["id"]).status == 200

        till.cancel(order)

        assert (till.on_hand(cup), till.on_hand(plate)) == ("10", "10")

    def test_it_is_refused_where_a_component_is_lacking(self, till: Till) -> None:
        cup = till.product(stock="3")
        bundle = self.bundle(till, {cup: "2"}, stock_policy="block")
        assert till.sell(piece(bundle)).status == 201

        reply = till.sell(piece(till.product()), piece(bundle))

        assert (reply.status, reply.code, reply.pointers) == (409, "stock.insufficient", ["/lines/1/quantity"])
        assert till.on_hand(cup) == "1"

    def test_the_strictest_policy_counts_for_what_two_lines_take(self, till: Till) -> None:
        cup = till.product(stock="1", stock_policy="block")
        bundle = self.bundle(till, {cup: "2"}, stock_policy="allow")

        assert till.sell(piece(bundle), piece(cup)).code == "stock.insufficient"

    def test_it_is_sold_whole(self, till: Till) -> None:
        reply = till.sell(piece(self.bundle(till, {till.product(): "1"}), "0.5"))

        assert (reply.status, reply.code) == (422, "order.quantity_not_whole")
