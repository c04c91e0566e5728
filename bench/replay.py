"""Real baskets rung up through the API, as registers do: most are sold at once, some step by step, some cancelled."""

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, tzinfo
from enum import StrEnum

from tqdm import tqdm  # type: ignore[import-untyped]

from bench.api import Api, ApiError, Json
from bench.groceries import Basket, Line

_TOO_LARGE = "order.too_many_lines"


class Course(StrEnum):
    """What becomes of a basket's order."""

    SOLD = "sold"
    REPEATED = "sold, the request repeated"
    STEPPED = "sold step by step"
    CANCELLED_OPEN = "cancelled while open"
    CANCELLED_PREPARING = "cancelled while preparing"
    CANCELLED_COMPLETED = "cancelled after completion"


_SHARES = {
    Course.SOLD: 72,
    Course.REPEATED: 10,
    Course.STEPPED: 8,
    Course.CANCELLED_OPEN: 3,
    Course.CANCELLED_PREPARING: 3,
    Course.CANCELLED_COMPLETED: 4,
}
_AT_ONCE = {Course.SOLD, Course.REPEATED, Course.CANCELLED_COMPLETED}
_CANCELLED = {Course.CANCELLED_OPEN, Course.CANCELLED_PREPARING, Course.CANCELLED_COMPLETED}
_STEPS = {Course.STEPPED: ["preparing", "ready", "completed"], Course.CANCELLED_PREPARING: ["preparing"]}


class WrongAnswer(Exception):
    """The API answered with success, but not what it promises."""


@dataclass(frozen=True, slots=True)
class Shop:
    """Where the baskets are sold; variant ids are by product id."""

    location_id: str
    time_zone: tzinfo
    variants: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a basket's order ended: `day` is the shop's day of the sale, None if it was cancelled or refused."""

    basket_id: int
    course: Course
    day: date | None
    refused: bool = False


def plan_courses(baskets: int, seed: int) -> list[Course]:
    """What becomes of each of so many baskets: always the same for a seed."""
    return random.Random(seed).choices(list(_SHARES), list(_SHARES.values()), k=baskets)


def replay(api: Api, shop: Shop, baskets: Sequence[Basket], courses: Sequence[Course], clients: int) -> list[Outcome]:
    """Ring the baskets up, in order, as so many registers at once. Raises ApiError and WrongAnswer."""
    run = f"{time.time_ns():x}"
    with ThreadPoolExecutor(clients) as pool:
        jobs = [
            pool.submit(ring_up, api, shop, basket, course, f"ord_{run}_{basket.id}")
            for basket, course in zip(baskets, courses, strict=True)
        ]
        try:
            return [job.result() for job in tqdm(jobs, "baskets")]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def ring_up(api: Api, shop: Shop, basket: Basket, course: Course, order_id: str) -> Outcome:
    """Take one basket through its course, under this order id. Raises ApiError and WrongAnswer."""
    body = build_order(order_id, basket, shop, complete=course in _AT_ONCE)
    try:
        order = api.post("/v1/orders", body, key=order_id).body
    except ApiError as error:
        if error.code != _TOO_LARGE:
            raise
        return Outcome(basket.id, course, None, refused=True)
    if order["total"] != basket.paid:
        raise WrongAnswer(f"{order_id}: the API's total is {order['total']}, the basket's {basket.paid}")
    if course is Course.REPEATED:
        _repeat(api, body, order)
    for status in _STEPS.get(course, []):
        order = api.post(f"/v1/orders/{order_id}/status", {"status": status}).body
    if course in _CANCELLED:
        order = api.post(f"/v1/orders/{order_id}/cancel", {"reason": "demo"}).body
    expected = "cancelled" if course in _CANCELLED else "completed"
    if order["status"] != expected:
        raise WrongAnswer(f"{order_id} should be {expected}, but is {order['status']}")
    return Outcome(basket.id, course, None if course in _CANCELLED else date.fromisoformat(order["business_date"]))


def build_order(order_id: str, basket: Basket, shop: Shop, *, complete: bool) -> Json:
    """The body of POST /v1/orders for a basket, paid exactly."""
    return {
        "id": order_id,
        "location_id": shop.location_id,
        "lines": [_build_line(line, shop.variants[line.product_id]) for line in basket.lines],
        "payments": [{"method": "card", "amount": basket.paid}] if basket.paid else [],
        "complete": complete,
    }


def _build_line(line: Line, variant_id: str) -> Json:
    discounts = [{"name": "Loyalty card", "amount": line.discount}] if line.discount else []
    return {"variant_id": variant_id, "quantity": str(line.quantity), "price": line.price, "discounts": discounts}


def _repeat(api: Api, body: Json, order: Json) -> None:
    """Send the very request again, as a register does whose network failed, and once more under another key, as one
    does that was restarted meanwhile and knows the order's id only: both must get the first one's answer."""
    for key in (body["id"], None):
        again = api.post("/v1/orders", body, key=key)
        if not again.replayed or again.body != order:
            raise WrongAnswer(f"{body['id']}: a repeated request was not answered as the first")
