"""Tickets that several registers edit at once, and previews that say what an order will be, on the deployed stack."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.stack.support import Answer, Json, Shop

pytestmark = pytest.mark.stack

REGISTERS, LINES_EACH = 2, 4
OF_THE_ORDER_ALONE = ("at", "captured_at", "id")
"""What a preview cannot know of a payment: when it is taken, and its id, which follows from the order's."""


@pytest.fixture(scope="module")
def restaurant(open_shop: Callable[..., Shop]) -> Shop:
    """A merchant for tests that look at nothing but orders which they made."""
    return open_shop(name="Warung Uji")


def tea(name: str, **more: Any) -> Json:
    """A line that its name tells from the others."""
    return {"custom": {"name": name, "price": 3000}, "quantity": "1"} | more


def at_each_register(work: Callable[[str], list[Answer]]) -> list[Answer]:
    """The answers that the registers get who do this work at once."""
    with ThreadPoolExecutor(REGISTERS) as registers:
        answers = registers.map(work, [f"R{number}" for number in range(1, REGISTERS + 1)])
        return [answer for register in answers for answer in register]


def expected_names() -> set[str]:
    return {"Tea", *(f"R{number} {line}" for number in range(1, REGISTERS + 1) for line in range(LINES_EACH))}


class TestTwoRegistersAtOneTicket:
    def test_lose_no_line_and_no_stock(self, restaurant: Shop) -> None:
        variant = restaurant.make_product(price=5000, stock="100")["variants"][0]["id"]
        path = f"/v1/orders/{restaurant.sell(tea('Tea'))['id']}"

        def add(register: str) -> list[Answer]:
            return [
                restaurant.api.post(
                    f"{path}/lines",
                    {"lines": [tea(f"{register} {line}"), {"variant_id": variant, "quantity": "1"}]},
                    idempotency_key=f"{path}-{register}-{line}",
                )
                for line in range(LINES_EACH)
            ]

        answers = at_each_register(add)

        assert {answer.status for answer in answers} == {200}
        ticket = restaurant.api.get(path).json
        custom = [line["name"] for line in ticket["lines"] if line["variant_id"] is None]
        edits = REGISTERS * LINES_EACH
        assert (set(custom), len(custom)) == (expected_names(), 1 + edits)
        assert len({line["id"] for line in ticket["lines"]}) == 1 + 2 * edits
        assert ticket["version"] == 1 + edits
        assert sorted(answer.json["version"] for answer in answers) == list(range(2, 2 + edits))
        assert ticket["total"] == 3000 * (1 + edits) + 5000 * edits
        assert restaurant.on_hand(variant) == str(100 - edits)

    def test_change_and_remove_lines_while_the_other_adds(self, restaurant: Shop) -> None:
        ticket = restaurant.sell(*[tea(f"Round {number}") for number in range(2 * LINES_EACH)])
        path = f"/v1/orders/{ticket['id']}"
        ids = [line["id"] for line in ticket["lines"]]

        def work(register: str) -> list[Answer]:
            if register == "R1":
                return [
                    restaurant.api.post(f"{path}/lines", {"lines": [tea(f"R1 {line}")]}) for line in range(LINES_EACH)
                ]
            changed, removed = ids[:LINES_EACH], ids[LINES_EACH:]
            return [
                *[restaurant.api.patch(f"{path}/lines/{line}", {"quantity": "2"}) for line in changed],
                *[restaurant.api.delete(f"{path}/lines/{line}") for line in removed],
            ]

        answers = at_each_register(work)

        assert {answer.status for answer in answers} == {200}
        left = restaurant.api.get(path).json
        assert {(line["name"], line["quantity"]) for line in left["lines"]} == {
            *((f"Round {number}", "2") for number in range(LINES_EACH)),
            *((f"R1 {number}", "1") for number in range(LINES_EACH)),
        }
        assert left["total"] == 3000 * 3 * LINES_EACH

    def test_who_names_a_version_is_told_of_the_other_and_repeats(self, restaurant: Shop) -> None:
        path = f"/v1/orders/{restaurant.sell(tea('Tea'))['id']}"

        def add(register: str) -> list[Answer]:
            answers = []
            for line in range(LINES_EACH):
                while True:
                    version = restaurant.api.get(path).headers["etag"]
                    body = {"lines": [tea(f"{register} {line}")]}
                    answers.append(restaurant.api.post(f"{path}/lines", body, if_match=version))
                    if answers[-1].status == 200:
                        break
            return answers

        answers = at_each_register(add)

        assert {(answer.status, answer.code) for answer in answers} <= {(200, None), (412, "request.stale_version")}
        ticket = restaurant.api.get(path).json
        assert {line["name"] for line in ticket["lines"]} == expected_names()
        assert ticket["version"] == len(ticket["lines"]) == 1 + REGISTERS * LINES_EACH

    def test_of_two_that_saw_the_same_version_one_is_told(self, restaurant: Shop) -> None:
        path = f"/v1/orders/{restaurant.sell(tea('Tea'))['id']}"

        def add(register: str) -> list[Answer]:
            return [restaurant.api.post(f"{path}/lines", {"lines": [tea(f"{register} 0")]}, if_match='"1"')]

        answers = at_each_register(add)

        outcomes = sorted((answer.status, answer.code) for answer in answers)
        assert outcomes == [(200, None), (412, "request.stale_version")]
        assert len(restaurant.api.get(path).json["lines"]) == 2


@pytest.fixture(scope="module")
def menu(open_shop: Callable[..., Shop]) -> tuple[Shop, dict[str, str]]:
    """A restaurant with taxes of all kinds and something of each way to sell; ids by name."""
    shop = open_shop(name="Restoran Uji")
    assert shop.api.patch("/v1/merchant", {"cash_rounding_step": 100}).status == 200
    ids = {}
    taxes: dict[str, Json] = {
        "pbjt": {"rate": "10"},
        "ppn": {"rate": "12", "base_fraction": "11/12"},
        "included": {"rate": "11", "included": True},
        "compound": {"rate": "2.5", "compound": True},
    }
    for name, tax in taxes.items():
        answer = shop.api.post("/v1/taxes", {"name": name} | tax)
        assert answer.status == 201, answer
        ids[name] = answer.json["id"]
    fish = shop.api.post(
        "/v1/products",
        {
            "name": "Ikan bakar",
            "tax_ids": [ids["pbjt"], ids["compound"]],
            "variants": [{"price": 87_500, "weighed": True}],
            "modifier_groups": [
                {
                    "id": "sambal",
                    "name": "Sambal",
                    "min": 1,
                    "max": 2,
                    "modifiers": [{"id": "matah", "name": "Matah", "price": 3500}],
                }
            ],
        },
    )
    assert fish.status == 201, fish
    ids["fish"] = fish.json["variants"][0]["id"]
    drink = shop.api.post(
        "/v1/products", {"name": "Es teh", "tax_ids": [ids["included"]], "variants": [{"price": 8333}]}
    )
    ids["drink"] = drink.json["variants"][0]["id"]
    return shop, ids


def _rich_orders(ids: dict[str, str]) -> dict[str, Json]:
    fish = {"variant_id": ids["fish"], "quantity": "0.735", "modifiers": [{"id": "matah", "quantity": 2}]}
    drink = {"variant_id": ids["drink"], "quantity": "3"}
    cake = {"custom": {"name": "Kue", "price": 15_001, "tax_ids": [ids["ppn"]]}, "quantity": "2"}
    return {
        "everything at once": {
            "lines": [
                fish | {"discounts": [{"name": "Teman", "percent": "7.5"}, {"name": "Gores", "amount": 1234}]},
                drink | {"discounts": [{"name": "Bersih", "percent": "50", "applies_to": "net"}]},
                cake,
            ],
            "discounts": [{"name": "Member", "percent": "3.333"}, {"name": "Voucher", "amount": 9999}],
            "service_charges": [
                {"name": "Service", "percent": "5", "taxable": True},
                {"name": "Meja", "amount": 777},
                {"name": "Acara", "percent": "1", "on": "total"},
            ],
            "tip": 5000,
            "payments": [{"method": "qris", "amount": 20_000}, {"method": "cash", "amount": 50_000}],
        },
        "paid in cash, with change": {
            "lines": [drink],
            "payments": [{"method": "cash", "amount": 25_000, "tendered": 50_000}],
        },
        "free of charge": {"lines": [cake], "discounts": [{"name": "Rumah", "percent": "100"}]},
        "one thing on many lines": {"lines": [drink, drink, fish, drink], "discounts": [{"amount": 1}]},
        "another price and words": {
            "lines": [drink | {"price": 1, "note": "tanpa es"}],
            "name": "Meja 4",
            "note": "ulang tahun",
        },
    }


def test_a_preview_is_what_the_order_becomes(menu: tuple[Shop, dict[str, str]]) -> None:
    shop, ids = menu
    for name, rich in _rich_orders(ids).items():
        body = rich | {"location_id": shop.location_id}
        preview = shop.api.post("/v1/orders/preview", body)
        order = shop.api.post("/v1/orders", body)

        assert (preview.status, order.status) == (200, 201), (name, preview, order)
        made = {figure: order.json[figure] for figure in preview.json}
        assert _timeless(made) == _timeless(preview.json), name


def _timeless(figures: Json) -> Json:
    payments = [
        {key: value for key, value in payment.items() if key not in OF_THE_ORDER_ALONE}
        for payment in figures["payments"]
    ]
    return figures | {"payments": payments}
