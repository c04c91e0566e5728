"""Points to try things with."""

from typing import Any

from customers import adjust_points, list_points, update_loyalty_program
from tests.support.shop import Shop


def start_program(shop: Shop, **terms: Any) -> Any:
    """A loyalty program: a point for every 10 000, worth 100."""
    body = {"earn_points": 1, "earn_per": 10_000, "point_value": 100, **terms}
    reply = shop.call(update_loyalty_program.handler, body)
    assert reply.status == 200, reply.text
    return reply.json


def adjust(shop: Shop, customer: Any, points: int) -> None:
    """Give or take points."""
    reply = shop.call(adjust_points.handler, {"points": points, "reason": "test"}, id=customer["id"])
    assert reply.status == 201, reply.text


def balance(shop: Shop, customer: Any) -> int:
    """How many points a customer has: what is answered, which is the sum of the ledger and not negative."""
    reply = shop.call(list_points.handler, id=customer["id"])
    assert reply.status == 200, reply.text
    known: int = reply.json["balance"]
    assert known == sum(entry["points"] for entry in ledger(shop, customer))
    assert known >= 0
    return known


def ledger(shop: Shop, customer: Any) -> list[Any]:
    """A customer's entries, newest first."""
    query: dict[str, str] = {}
    entries: list[Any] = []
    while True:
        page = shop.call(list_points.handler, id=customer["id"], query=query).json
        entries += page["items"]
        if page["next_cursor"] is None:
            return entries
        query = {"cursor": page["next_cursor"]}
