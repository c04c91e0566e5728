"""Promotions to try things with."""

from typing import Any

from catalog import create_promotion
from tests.support.shop import Shop

HAPPY_HOUR = {"name": "Happy hour", "percent_off": {"percent": "20"}}


def add_promotion(shop: Shop, **fields: Any) -> Any:
    """A promotion of this shop, as the API answers it: 20 % off everything unless `fields` say otherwise."""
    kinds = {"percent_off", "buy_x_get_y", "order_over"}
    body = {"name": "Promo", **({} if kinds & fields.keys() else {"percent_off": {"percent": "20"}}), **fields}
    reply = shop.call(create_promotion.handler, body)
    assert reply.status == 201, reply.text
    return reply.json
