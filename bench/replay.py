"""Real baskets rung up through the API, as registers do: most are sold at once, some step by step, some are paid later,
some cancelled, and of some a part goes back.
"""

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
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
    PAID_LATER = "sold, then paid"
    RETURNED = "sold, the first line returned"
    REDUCED = "sold, a tenth of it refunded"
    CANCELLED_OPEN = "cancelled while open"
    CANCELLED_PREPARING = "cancelled while preparing"
    CANCELLED_COMPLETED = "cancelled after completion"


_SHARES = {
    Course.SOLD: 57,
    Course.REPEATED: 10,
    Course.STEPPED: 8,
    Course.PAID_LATER: 5,
    Course.RETURNED: 6,
    Course.REDUCED: 4,
    Course.CANCELLED_OPEN: 3,
    Course.CANCELLED_PREPARING: 3,
    Course.CANCELLED_COMPLETED: 4,
}
_STEP_BY_STEP = {Course.STEPPED, Course.CANCELLED_OPEN, Course.CANCELLED_PREPARING}
_CANCELLED = {Course.CANCELLED_OPEN, Course.CANCELLED_PREPARING, Course.CANCELLED_COMPLETED}
_STATUSES = {Course.STEPPED: ["preparing", "ready", "completed"], Course.CANCELLED_PREPARING: ["preparing"]}


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
    """How a basket's order ended: the shop's days of the sale, of its payment and of its refund, each None if there was
    none.
    """

    basket_id: int
    course: Course
    day: date | None = None
    paid_on: date | None = None
    refunded_on: date | None = None
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
    body = build_order(order_id, basket, shop, course)
    try:
        order = api.post("/v1/orders", body, key=order_id).body
    except ApiError as error:
        if error.code != _TOO_LARGE:
            raise
        return Outcome(basket.id, course, refused=True)
    if order["total"] != basket.paid:
        raise WrongAnswer(f"{order_id}: the API's total is {order['total']}, the basket's {basket.paid}")
    if course is Course.REPEATED:
        _repeat(api, body, order)
    for path, step in _steps(order, basket, course):
        order = api.post(f"/v1/orders/{order_id}/{path}", step).body
    expected = "cancelled" if course in _CANCELLED else "completed"
    if order["status"] != expected:
        raise WrongAnswer(f"{order_id} should be {expected}, but is {order['status']}")
    if course in _CANCELLED:
        return Outcome(basket.id, course)
    return Outcome(
        basket.id,
        course,
        day=date.fromisoformat(order["business_date"]),
        paid_on=_paid_on(order, shop),
        refunded_on=date.fromisoformat(order["refunds"][-1]["business_date"]) if order.get("refunds") else None,
    )


def _steps(order: Json, basket: Basket, course: Course) -> list[tuple[str, Json]]:
    """What is posted to the order after its creation: where, and what."""
    steps: list[tuple[str, Json]] = [("status", {"status": status}) for status in _STATUSES.get(course, [])]
    if course in _CANCELLED:
        steps.append(("cancel", {"reason": "demo"}))
    if course is Course.PAID_LATER and basket.paid:
        steps.append(("payments", {"method": "transfer", "amount": basket.paid}))
    if course is Course.RETURNED:
        line = {"line_id": order["lines"][0]["id"], "quantity": str(basket.lines[0].quantity)}
        steps.append(("refunds", {"reason": "demo", "lines": [line]}))
    if course is Course.REDUCED and reduction(basket.paid):
        steps.append(("refunds", {"reason": "demo", "amount": reduction(basket.paid)}))
    return steps


def reduction(paid: int) -> int:
    """How many cents of a basket that is reduced are given back: a tenth, rounded down."""
    return paid // 10


def _paid_on(order: Json, shop: Shop) -> date | None:
    if not order["payments"]:
        return None
    return datetime.fromisoformat(order["payments"][0]["captured_at"]).astimezone(shop.time_zone).date()


def build_order(order_id: str, basket: Basket, shop: Shop, course: Course) -> Json:
    """The body of POST /v1/orders for a basket, paid exactly or not at all."""
    pays = basket.paid > 0 and course is not Course.PAID_LATER
    return {
        "id": order_id,
        "location_id": shop.location_id,
        "lines": [_build_line(line, shop.variants[line.product_id]) for line in basket.lines],
        "payments": [{"method": "card", "amount": basket.paid}] if pays else [],
        "complete": course not in _STEP_BY_STEP,
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
