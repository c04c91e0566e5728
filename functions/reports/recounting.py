"""What orders and movements of stock come to, counted a second time: the audit's own arithmetic, from their JSON alone.

It shares no code with the projection that it is held against: neither how an order is read, nor how figures are summed.
Only the names of figures and dimensions are the same, since docs/reports.md defines them.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pos.clock import business_date

type Document = Mapping[str, Any]
"""An order as the API answers it, or the data of a movement's event, parsed."""

EVERYWHERE = "-"
"""The location, or the currency, of what is counted whatever they are."""

LEVEL = "level"
"""The dimension in which the latest movement of a day counts, not the sum."""

BASKET = "basket"
"""The dimension of which totals keep a sample only."""


class Row(NamedTuple):
    """Where figures are counted: a group of a dimension, on a day (YYYY-MM-DD) at a location, in a currency."""

    day: str
    location_id: str
    currency: str
    dimension: str
    group: str


type Sums = defaultdict[Row, Counter[str]]
"""Row -> figure -> its sum: money in minor units, quantities in thousandths, costs in billionths of a minor unit."""

type _Counted = Iterator[tuple[Row, Mapping[str, int]]]


def read(document: bytes) -> Document:
    """The order or movement in a stored document."""
    parsed: Document = json.loads(document)
    return parsed


def empty() -> Sums:
    """Nothing counted yet."""
    return defaultdict(Counter)


def add(sums: Sums, more: Mapping[Row, Mapping[str, int]], times: int = 1) -> None:
    """Count so many times more (-1 takes it off). Of a level, what is newer counts instead."""
    for row, figures in more.items():
        there = sums[row]
        if row.dimension == LEVEL:
            if figures["version"] > there["version"]:
                sums[row] = Counter(figures)
            continue
        for name, amount in figures.items():
            there[name] += times * amount


def first_day(order: Document) -> str:
    """The business day on which an order began, before which nothing that it counts for can be."""
    return _date(order, order.get("occurred_at") or order["created_at"])


def last_day(order: Document) -> str:
    """The business day on which an order was changed last."""
    return _date(order, order["updated_at"])


# --- orders ----------------------------------------------------------------------------------------------------------


def recount(order: Document) -> Sums:
    """All that an order, as it is, comes to."""
    sums = empty()
    for row, figures in (*_sale(order), *_called_off(order), *_payments(order), *_refunds(order)):
        sums[row].update(figures)
    return sums


def recount_late(before: Document | None, after: Document) -> Sums:
    """What a version of an order changed of business days that were over when it was made."""
    changed = recount(after)
    if before is not None:
        add(changed, recount(before), -1)
    hour = f"{after['updated_at'][:13]}:00:00Z"
    sums = empty()
    for row, figures in changed.items():
        if row.dimension == "day" and row.day < last_day(after) and any(figures.values()):
            sums[row._replace(dimension="late", group=hour)].update(figures, changes=1)
    return sums


def _sale(order: Document) -> _Counted:
    if order["completed_at"] is None:
        return
    figures: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    lines = order["lines"]
    goods = sum(_net(line) for line in lines)
    charges = order["service_charge_total"]
    whole = {
        "gross": sum(line["gross"] for line in lines),
        "discount": sum(line["discount"] for line in lines),
        "manual_discount": sum(one["applied"] for one in _discounts(order) if not one.get("promotion_id")),
        "net": goods,
        "untracked_net": sum(_net(line) for line in lines if not _takes_stock(line)),
        "service_charge": charges,
        "tax": order["total"] - order["tip"] - charges - goods,
        "tip": order["tip"],
        "total": order["total"],
        "cash_rounding": order["cash_rounding"],
        "quantity": sum(_thousandths(line["quantity"]) for line in lines),
        "lines": len(lines),
        "customer_orders": int(order["customer_id"] is not None),
    }
    for place in _places(order, order["completed_at"], _completer(order), order["register_id"]):
        figures[place].update(whole)
    if order["customer_id"] is not None:
        figures["customer", order["customer_id"]].update(_of_customer(whole))
    for tax in order["taxes"]:
        figures["tax_rate", _tax(tax)].update(base=tax["base"], amount=tax["amount"])
    for line in lines:
        if not line["tax_ids"]:
            figures["tax_rate", ""].update(base=_net(line))
        for place in _of_line(line):
            figures[place].update(_line(line))
            if not _takes_stock(line):
                figures[place].update(untracked_net=_net(line))
    for one in _discounts(order):
        figures["discount", f"{one.get('promotion_id') or ''}@{one['name']}"].update(times=1, amount=one["applied"])
    kept = order["cancelled_at"] is None
    for (dimension, group), counted in figures.items():
        row = _row(order, order["business_date"], dimension, group)
        yield row, {"orders": 1, **counted} if kept else {"cancelled": 1}
    if order["customer_id"] is not None:
        bought = Row(order["business_date"], EVERYWHERE, order["policy"]["currency"], "buyer", order["customer_id"])
        yield bought, {"orders": 1} if kept else {"cancelled": 1}
    if kept:
        yield _row(order, order["business_date"], BASKET, order["id"]), _basket(lines)


def _of_customer(whole: Mapping[str, int]) -> dict[str, int]:
    """The figures of an order that are kept by customer."""
    left_out = ("cash_rounding", "manual_discount", "untracked_net", "customer_orders")
    return {name: amount for name, amount in whole.items() if name not in left_out}


def _basket(lines: Iterable[Document]) -> dict[str, int]:
    """The products of a basket, twenty at most: those that came to most."""
    worth: Counter[str] = Counter()
    for line in lines:
        worth[line["variant_id"] or ""] += line["total"]
    ranked = sorted(worth.items(), key=lambda item: (-item[1], item[0]))
    return {product: 1 for product, _ in ranked[:20]}


def _called_off(order: Document) -> _Counted:
    if order["cancelled_at"] is None or not order["lines"]:
        return
    if order["completed_at"] is None:
        figures = {"cancelled_open": 1, "cancelled_open_total": order["total"]}
    else:
        figures = {"cancellations": 1, "cancelled_total": order["total"]}
    yield from _at(order, order["cancelled_at"], _doer(order, "cancelled"), order["register_id"], figures)


def _payments(order: Document) -> _Counted:
    for payment in order["payments"]:
        status = payment.get("status", "captured")
        moment = payment.get("captured_at") or (payment["at"] if status == "captured" else None)
        if moment is None:
            continue
        tender = _row(order, _date(order, moment), "payment_method", payment["method"])
        if status == "captured":
            yield tender, {"payments": 1, "amount": payment["amount"]}
            paid = {"paid": payment["amount"]}
            yield from _at(order, moment, payment.get("actor") or "", payment.get("register_id"), paid)
            continue
        yield tender, {"voided": 1}
        voided_at = payment.get("voided_at") or moment
        doer = _doer(order, "payment_voided", voided_at) or _doer(order, "cancelled")
        voided = {"voids": 1, "voided_amount": payment["amount"]}
        yield from _at(order, voided_at, doer, order["register_id"], voided)


def _refunds(order: Document) -> _Counted:
    for refund in order.get("refunds", ()):
        day = refund["business_date"]
        tenders = [one for one in refund["tenders"] if one.get("status", "completed") != "declined"]
        for one in tenders:
            yield _row(order, day, "payment_method", one["method"]), {"refunds": 1, "refunded": one["amount"]}
        places = _places(order, refund["at"], refund["actor"], refund["register_id"])
        for dimension, group in places:
            yield _row(order, day, dimension, group), {"refunded": sum(one["amount"] for one in tenders)}
        if refund["due_again"]:
            continue
        # one that only gives back what a provider declined for another is not counted again
        times = int(bool(refund["lines"] or refund["tip"]))
        for (dimension, group), counted in _returned(order, refund, places).items():
            given = {f"refunded_{name}": amount for name, amount in counted.items()}
            yield _row(order, day, dimension, group), {"refunds": times, **given}


def _returned(
    order: Document, refund: Document, places: list[tuple[str, str]]
) -> Mapping[tuple[str, str], Mapping[str, int]]:
    figures: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    whole = Counter(tip=refund["tip"], total=refund["tip"], cash_rounding=refund["cash_rounding"])
    for line in refund["lines"]:
        whole.update(_line(line))
    for place in places:
        figures[place].update(whole)
    if order["customer_id"] is not None:
        figures["customer", order["customer_id"]].update(_of_customer(whole))
    sold = {line["id"]: line for line in order["lines"]}
    taxes = {tax["tax_id"]: _tax(tax) for tax in order["taxes"]}
    for line in refund["lines"]:
        for place in _of_line(sold[line["line_id"]]):
            figures[place].update(_line(line))
        for tax in line["taxes"]:
            figures["tax_rate", taxes[tax["tax_id"]]].update(base=tax["base"], amount=tax["amount"])
        if not sold[line["line_id"]]["tax_ids"]:
            figures["tax_rate", ""].update(base=_net(line))
    return figures


def _at(order: Document, moment: str, actor: str, register_id: str | None, figures: Mapping[str, int]) -> _Counted:
    """Figures of a whole order at a moment."""
    for dimension, group in _places(order, moment, actor, register_id):
        yield _row(order, _date(order, moment), dimension, group), figures


def _places(order: Document, moment: str, actor: str, register_id: str | None) -> list[tuple[str, str]]:
    """The groups to which figures of a whole order belong."""
    hour = datetime.fromisoformat(moment).astimezone(ZoneInfo(order["time_zone"])).strftime("%H")
    return [("day", ""), ("hour", hour), ("staff", actor), ("register", register_id or "")]


def _of_line(line: Document) -> list[tuple[str, str]]:
    """The groups to which a line's figures belong."""
    return [("category", line.get("category_id") or ""), ("product", line["variant_id"] or "")]


def _line(line: Document) -> dict[str, int]:
    figures = {name: line[name] for name in ("gross", "discount", "service_charge", "tax", "total")}
    return {**figures, "net": _net(line), "quantity": _thousandths(line["quantity"])}


def _net(line: Document) -> int:
    net: int = line["total"] - line["tax"] - line["service_charge"]
    return net


def _takes_stock(line: Document) -> bool:
    parts = [line, *line.get("modifiers", ())]
    return line["stock_tracked"] or any(part.get("components") for part in parts)


def _discounts(order: Document) -> list[Document]:
    return [*order["discounts"], *(one for line in order["lines"] for one in line["discounts"])]


def _tax(tax: Document) -> str:
    return f"{tax['tax_id']}@{tax['rate']}@{'included' if tax['included'] else 'added'}@{tax['name']}"


def _row(order: Document, day: str, dimension: str, group: str) -> Row:
    return Row(day, order["location_id"], order["policy"]["currency"], dimension, group)


def _completer(order: Document) -> str:
    made = [entry for entry in order["history"] if entry["action"] in ("created", "completed")]
    last: str = made[-1]["actor"]
    return last


def _doer(order: Document, action: str, at: str | None = None) -> str:
    done = [entry["actor"] for entry in order["history"] if entry["action"] == action and at in (None, entry["at"])]
    return done[-1] if done else ""


def _date(order: Document, moment: str) -> str:
    return business_date(
        datetime.fromisoformat(moment), order["time_zone"], order.get("day_start", "00:00")
    ).isoformat()


# --- movements of stock ----------------------------------------------------------------------------------------------


def recount_movement(movement: Document) -> Sums:
    """All that a movement of stock comes to."""
    sums = empty()
    for row, figures in (*_moved(movement), *_cost_of_goods(movement)):
        sums[row].update(figures)
    return sums


def _moved(movement: Document) -> _Counted:
    change, cause = _thousandths(movement["change"]), movement["cause"]
    if not change:
        return
    name = "in:" if change > 0 else "out:"
    name += f"adjustment.{cause['reason']}" if cause["type"] == "adjustment" else cause["type"]
    figures = {name: abs(change), f"{name}:uncosted": abs(change)}
    if movement.get("unit_cost") is not None:
        figures = {name: abs(change), f"{name}:cost": abs(change * _millionths(movement["unit_cost"]))}
    place = moved_on(movement), movement["location_id"], EVERYWHERE
    yield Row(*place, "stock", movement["variant_id"]), figures
    level = {"version": movement["version"], "on_hand": _thousandths(movement["on_hand"])}
    if movement.get("average_cost") is not None:
        level["average_cost"] = _millionths(movement["average_cost"])
    yield Row(*place, LEVEL, movement["variant_id"]), level


def _cost_of_goods(movement: Document) -> _Counted:
    cause = movement["cause"]
    if cause["type"] not in ("sale", "cancel", "refund") or cause.get("currency") is None:
        return
    place = moved_on(movement), movement["location_id"], cause["currency"]
    for share in cause.get("sold", ()):
        sold = -_thousandths(share["quantity"])
        figures = {"uncosted": sold}
        if movement.get("unit_cost") is not None:
            figures = {"cost": sold * _millionths(movement["unit_cost"])}
        for dimension, group in (("day", ""), *_of_line(share)):
            yield Row(*place, dimension, group), figures


def moved_on(movement: Document) -> str:
    """The business day to which a movement belongs."""
    day: str | None = movement["cause"].get("business_date")
    return day or datetime.fromisoformat(movement["at"]).astimezone(UTC).date().isoformat()


def _thousandths(quantity: str) -> int:
    return int(Decimal(quantity).scaleb(3))


def _millionths(cost: str) -> int:
    return int(Decimal(cost).scaleb(6))
