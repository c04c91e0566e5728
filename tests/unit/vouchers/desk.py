"""What the tests of vouchers do again and again: issue them, pay with them, and look at their ledgers."""

from typing import Any

from orders import create_order
from tests.support.shop import Reply, Shop
from tests.unit.orders.till import custom
from vouchers import create_voucher, get_voucher, list_voucher_entries


def issue(shop: Shop, amount: int = 10_000, **fields: Any) -> str:
    """Issue a voucher; its code."""
    made = shop.call(create_voucher.handler, {"amount": amount, **fields})
    assert made.status == 201, made.text
    return str(made.json["code"])


def buy(shop: Shop, code: str, amount: int, total: int = 10_000, **fields: Any) -> Reply:
    """Sell something for a voucher and, of the rest, cash."""
    payments: list[dict[str, Any]] = [{"method": "voucher", "amount": amount, "reference": code}]
    if total > amount:
        payments.append({"method": "cash", "amount": total - amount})
    body = {"location_id": shop.location_id, "lines": [custom(total)], "payments": payments, "complete": True}
    return shop.call(create_order.handler, body | fields)


def balance(shop: Shop, code: str) -> int:
    """What a voucher has, which its ledger has to sum to."""
    voucher = shop.call(get_voucher.handler, path={"code": code}).json
    page = shop.call(list_voucher_entries.handler, path={"code": code}, query={"limit": "200"}).json
    assert page["balance"] == voucher["balance"] == sum(entry["amount"] for entry in page["items"])
    assert [entry["balance"] for entry in page["items"]][:1] == [voucher["balance"]]
    assert all(entry["balance"] >= 0 for entry in page["items"])
    return int(voucher["balance"])


def ledger(shop: Shop, code: str) -> list[tuple[str, int]]:
    """What moved a voucher's balance, oldest first."""
    page = shop.call(list_voucher_entries.handler, path={"code": code}, query={"limit": "200"}).json
    return [(entry["type"], entry["amount"]) for entry in reversed(page["items"])]
