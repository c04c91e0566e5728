"""tests/cases/promotions.json: tickets with promotions as the API computes them, which the register's own arithmetic
(ui/src/register/promotions.ts) is held to. `python -m tests.unit.orders.test_offline_cases` writes it anew.
"""

import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from catalog import promotions
from catalog.models import BuyXGetY, OrderOver, PercentOff, Promotion, Sellable
from orders import rules
from orders.models import LineInput, NewOrder, Policy
from orders.selling import Sold
from pos.errors import Invalid

FILE = Path(__file__).parents[2] / "cases/promotions.json"
_ZONE, _LOCATION = "Asia/Jakarta", "loc_0001"
_START = datetime(2026, 11, 23, tzinfo=UTC)
_PARENTS = {"cat_0001": None, "cat_0002": "cat_0001", "cat_0003": None}


def test_the_cases_are_what_the_api_makes_of_them() -> None:
    assert json.loads(FILE.read_text("utf-8")) == cases()


def cases() -> dict[str, Any]:
    """The same tickets each time."""
    chance = random.Random(20261129)
    return {
        "zone": _ZONE,
        "location": _LOCATION,
        "categories": [{"id": id, "parent_id": parent} for id, parent in _PARENTS.items()],
        "cases": [_case(chance) for _ in range(150)],
    }


def _case(chance: random.Random) -> dict[str, Any]:
    at = _START + timedelta(minutes=chance.randrange(14 * 24 * 60))
    offers = [_promotion(chance, f"prm_000{position}") for position in range(chance.randint(1, 4))]
    running = promotions.running(offers, _LOCATION, at, _ZONE)
    lines = [_line(chance) for _ in range(chance.randint(1, 6))]
    policy = Policy(
        currency="IDR",
        minor_units=0,
        tax_rounding="per_line",
        rounding_mode=chance.choice(["half_up", "half_even", "down"]),
        cash_rounding_step=chance.choice([0, 5, 100]),
    )
    given = [_discount(chance, 1) for _ in range(chance.randint(0, 1))]
    asked = [{name: line[name] for name in ("variant_id", "quantity", "discounts")} for line in lines]
    new = NewOrder.model_validate_json(json.dumps({"location_id": _LOCATION, "lines": asked, "discounts": given}))
    sold = [_sold(line, one, running) for line, one in zip(lines, new.lines, strict=True)]
    return {
        "at": at.isoformat(),
        "rounding": policy.rounding_mode,
        "cash_rounding_step": policy.cash_rounding_step,
        "promotions": [
            json.loads(one.model_dump_json(exclude_none=True, exclude={"created_at", "updated_at", "version"}))
            for one in offers
        ],
        "lines": lines,
        "discounts": given,
        "expected": _computed(new, sold, policy, running),
    }


def _computed(new: NewOrder, sold: list[Sold], policy: Policy, running: list[Promotion]) -> dict[str, int] | None:
    """What the order comes to; None if it is refused, for a discount that takes more than there is."""
    try:
        order = rules.compute(new, sold, {}, policy, "2026-11-29T00:00:00.000Z", "ord_0001", "key_0001", running)
    except Invalid:
        return None
    return {
        "subtotal": order.subtotal,
        "discount": order.discount_total,
        "total": order.total,
        "cash_due": order.cash_due,
    }


def _promotion(chance: random.Random, id: str) -> Promotion:
    targets: dict[str, Any] = chance.choice(
        [
            {},
            {},
            {"category_ids": (chance.choice(list(_PARENTS)),)},
            {"product_ids": ("prd_0001",)},
            {"variant_ids": ("var_0002",)},
        ]
    )
    percent = Decimal(chance.choice(["5", "12.5", "33.33", "50", "100"]))
    kind: dict[str, Any] = chance.choice(
        [
            {"percent_off": PercentOff(percent=percent, **targets)},
            {"buy_x_get_y": BuyXGetY(buy=chance.randint(1, 2), get=chance.randint(1, 2), percent=percent, **targets)},
            {"order_over": OrderOver(minimum=chance.choice([1, 30_000]), percent=percent)},
            {"order_over": OrderOver(minimum=20_000, amount=chance.choice([999, 20_000]))},
        ]
    )
    hours: dict[str, Any] = chance.choice(
        [{}, {}, {"from_time": "09:00", "to_time": "17:00"}, {"from_time": "20:00", "to_time": "03:00"}]
    )
    period: dict[str, Any] = chance.choice(
        [{}, {}, {"starts_at": "2026-11-29T17:00:00.000Z"}, {"ends_at": "2026-11-29T17:00:00.000Z"}]
    )
    return Promotion(
        id=id,
        version=1,
        created_at="2026-11-01T00:00:00.000Z",
        updated_at="2026-11-01T00:00:00.000Z",
        name="Promotion",
        active=chance.random() < 0.9,
        weekdays=chance.choice([(), (), ("mon", "tue", "sat")]),
        location_ids=chance.choice([(), (), (_LOCATION,), ("loc_0002",)]),
        **hours,
        **period,
        **kind,
    )


def _line(chance: random.Random) -> dict[str, Any]:
    number = chance.randint(1, 3)
    return {
        "variant_id": f"var_000{number}",
        "product_id": f"prd_000{chance.choice([number, 1])}",
        "category_id": chance.choice([None, *_PARENTS]),
        "price": chance.choice([333, 5_000, 8_990, 15_000]),
        "quantity": chance.choice(["1", "2", "3", "0.755"]),
        "amount": chance.choice([None, None, None, 12_345]),
        "discounts": [_discount(chance, 7)] if chance.random() < 0.2 else [],
    }


def _discount(chance: random.Random, amount: int) -> dict[str, Any]:
    return chance.choice([{"percent": "10"}, {"percent": "2.5"}, {"amount": amount}])


def _sold(line: dict[str, Any], asked: LineInput, running: list[Promotion]) -> Sold:
    sellable = Sellable(
        variant_id=line["variant_id"],
        product_id=line["product_id"],
        category_id=line["category_id"],
        name="Thing",
        sku=None,
        barcode=None,
        price=line["price"],
        tax_ids=(),
        track_stock=False,
        stock_policy=None,
    )
    return Sold(
        line=asked,
        sellable=sellable,
        quantity=Decimal(line["quantity"]),
        price=line["price"],
        modifiers=(),
        amount=line["amount"],
        promotion_ids=tuple(promotions.covering(running, sellable, _PARENTS)),
    )


if __name__ == "__main__":
    all_of_it = cases()
    rows = ",\n".join(json.dumps(one) for one in all_of_it.pop("cases"))
    FILE.write_text(f'{json.dumps(all_of_it)[:-1]}, "cases": [\n{rows}\n]}}\n', "utf-8")
