"""What orders and movements of stock come to in which totals: pure, so that exactness can be proved by trying.

Totals are the sum of what orders come to (`effect`): each version of an order adds how that differs from the version
before it. What goods cost is not known to orders; the movements that they cause say it. docs/reports.md says what each
figure means.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from pos.clock import business_date
from reports.models import HistoryEntry, Refund, RefundLine, Sale, SoldLine, StockMovement
from reports.sheets import (
    ANY,
    BASKETS,
    LATE,
    LEVELS,
    Figures,
    Place,
    Posting,
    SheetKey,
    part_of,
    product_dimension,
    product_sheet,
)

type Shares = Iterator[tuple[Place, Figures]]

PRODUCTS_OF_A_BASKET = 20
"""How many different products a basket is remembered by at most: those that came to most."""

_NOT_OF_CUSTOMERS = ("cash_rounding", "manual_discount", "untracked_net", "customer_orders")

_ORDERS_MOVE = ("sale", "cancel", "refund")


def tells_of_order(event_type: str, ordinal: int) -> bool:
    """Whether an event stands for a version of an order: of those that one version makes, the first does."""
    return ordinal == 0 and event_type.startswith("order.")


def tells_of_movement(event_type: str) -> bool:
    """Whether an event stands for a movement of stock."""
    return event_type == "inventory.updated"


def post(page: int, before: Sale | None, after: Sale) -> list[Posting]:
    """What a version of an order adds: what the order comes to with it, less what it came to `before` (None: nothing);
    and what of that changes days that were over by then.

    Raises ValueError or LookupError for an order that lacks what it implies.
    """
    sums = effect(after)
    for place, figures in (effect(before) if before else {}).items():
        sums[place].subtract(figures)
    return _postings(page, {**sums, **_late(sums, after)})


def _late(changed: Mapping[Place, Figures], after: Sale) -> dict[Place, Figures]:
    """What a version changed of days that were over when it was made, by the hour (UTC) of that: sales of an offline
    register that came up later, cancellations, what a provider answered.
    """
    today, hour = _day(after, after.updated_at).isoformat(), f"{after.updated_at[:13]}:00:00Z"
    return {
        Place(place.sheet, LATE, hour): Counter({**figures, "changes": 1})
        for place, figures in changed.items()
        if place.sheet.book == place.dimension == "day" and place.sheet.day < today and any(figures.values())
    }


def began_today(sale: Sale) -> bool:
    """Whether all versions of an order were made on the day that it began: then none of them is late."""
    return _day(sale, sale.updated_at) <= _day(sale, sale.occurred_at or sale.created_at)


def post_movement(page: int, movement: StockMovement) -> list[Posting]:
    """What a movement of stock adds. Raises ValueError for one that is not exact."""
    sums: defaultdict[Place, Figures] = defaultdict(Counter)
    for place, figures in (*_moved(movement), *_cost_of_goods(movement)):
        sums[place].update(figures)
    return _postings(page, sums)


def effect(sale: Sale) -> defaultdict[Place, Figures]:
    """What an order, as it is, comes to in all totals.

    What it sold belongs to the day, hour, person and register of its completion, a payment to those of its capture,
    what was taken back or given back to those of that act. A cancelled sale is only counted.
    """
    sums: defaultdict[Place, Figures] = defaultdict(Counter)
    for place, figures in (*_sold(sale), *_cancelled(sale), *_paid(sale), *_refunded(sale)):
        sums[place].update(figures)
    return sums


def _postings(page: int, sums: Mapping[Place, Figures]) -> list[Posting]:
    return [Posting(page, place, figures) for place, figures in sums.items() if any(figures.values())]


# --- orders ----------------------------------------------------------------------------------------------------------


def _sold(sale: Sale) -> Shares:
    if sale.completed_at is None:
        return
    if sale.business_date is None:
        raise ValueError("a completed order without business_date")
    sheet = _sheet(sale, sale.business_date)
    whole = Counter(
        gross=sale.subtotal,
        discount=sale.discount_total,
        manual_discount=sum(amount for promotion, _, amount in _discounts(sale) if not promotion),
        net=sale.total - sale.tax_total - sale.service_charge_total - sale.tip,
        untracked_net=sum(_line(line)["untracked_net"] for line in sale.lines),
        service_charge=sale.service_charge_total,
        tax=sale.tax_total,
        tip=sale.tip,
        total=sale.total,
        cash_rounding=sale.cash_rounding,
        quantity=sum(_thousandths(line.quantity) for line in sale.lines),
        lines=len(sale.lines),
        customer_orders=int(sale.customer_id is not None),
    )
    shares = [
        *_whole(sheet, sale, sale.completed_at, _completed_by(sale), sale.register_id, whole),
        *_of_customer(sale, sheet, whole),
        *_taxed(sale, sheet),
        *((place, _line(line)) for line in sale.lines for place in _items(sheet, line)),
        *(
            (Place(sheet, "discount", f"{promotion}@{name}"), Counter(times=1, amount=amount))
            for promotion, name, amount in _discounts(sale)
        ),
    ]
    for place, figures in _summed_up(shares):
        yield place, Counter(cancelled=1) if sale.cancelled_at else Counter({"orders": 1, **figures})
    if not sale.cancelled_at:
        yield Place(sheet._replace(book="basket"), BASKETS, sale.id), _basket(sale)


def _of_customer(sale: Sale, sheet: SheetKey, whole: Figures) -> Shares:
    if sale.customer_id is None:
        return
    yield _customer(sheet, sale.customer_id), _without(whole, _NOT_OF_CUSTOMERS)
    yield Place(buyer_sheet(sale.customer_id, sheet.currency), "day", sheet.day), Counter()


def buyer_sheet(customer_id: str, currency: str) -> SheetKey:
    """The sheet of all days on which a customer bought, anywhere."""
    return SheetKey("buyer", ANY, ANY, currency, customer_id)


def _customer(sheet: SheetKey, customer_id: str) -> Place:
    return Place(sheet._replace(book="customer", part=part_of("customer", customer_id)), "customer", customer_id)


def _without(figures: Figures, names: Collection[str]) -> Figures:
    return Counter({name: sum for name, sum in figures.items() if name not in names})


def _taxed(sale: Sale, sheet: SheetKey) -> Shares:
    for tax in sale.taxes:
        yield Place(sheet, "tax_rate", tax.group), Counter(base=tax.base, amount=tax.amount)
    for line in sale.lines:
        if not line.tax_ids:
            yield Place(sheet, "tax_rate", ""), Counter(base=_line(line)["net"])


def _discounts(sale: Sale) -> list[tuple[str, str, int]]:
    """Each discount's promotion (or ""), name, and what it took off."""
    given = [*sale.discounts, *(discount for line in sale.lines for discount in line.discounts)]
    return [(one.promotion_id or "", one.name, one.applied) for one in given]


def _basket(sale: Sale) -> Figures:
    """The products of a sale, "" standing for custom items."""
    worth: Counter[str] = Counter()
    for line in sale.lines:
        worth[line.variant_id or ""] += line.total
    most = sorted(worth, key=lambda product: (-worth[product], product))
    return Counter(most[:PRODUCTS_OF_A_BASKET])


def _cancelled(sale: Sale) -> Shares:
    merged = not sale.lines  # what went to another order is not lost
    if sale.cancelled_at is None or merged:
        return
    if sale.completed_at is None:
        figures = Counter(cancelled_open=1, cancelled_open_total=sale.total)
    else:
        figures = Counter(cancellations=1, cancelled_total=sale.total)
    sheet = _sheet(sale, _day(sale, sale.cancelled_at))
    yield from _whole(sheet, sale, sale.cancelled_at, _done_by(sale, "cancelled"), sale.register_id, figures)


def _paid(sale: Sale) -> Shares:
    for payment in sale.payments:
        taken = payment.captured_at or (payment.at if payment.status == "captured" else None)
        if taken is None:
            continue  # not taken yet, or never
        sheet = _sheet(sale, _day(sale, taken))
        method = Place(sheet, "payment_method", payment.method)
        if payment.status != "captured":
            yield method, Counter(voided=1)
            yield from _voided(sale, payment.voided_at or taken, payment.amount)
            continue
        yield method, Counter(payments=1, amount=payment.amount)
        paid = Counter(paid=payment.amount)
        yield from _whole(sheet, sale, taken, payment.actor or "", payment.register_id, paid)


def _voided(sale: Sale, moment: str, amount: int) -> Shares:
    """A payment that was taken back, where that was done; with a sale that is cancelled, by who cancelled it."""
    sheet = _sheet(sale, _day(sale, moment))
    by = _done_by(sale, "payment_voided", moment) or _done_by(sale, "cancelled")
    yield from _whole(sheet, sale, moment, by, sale.register_id, Counter(voids=1, voided_amount=amount))


def _refunded(sale: Sale) -> Shares:
    for refund in sale.refunds:
        sheet = _sheet(sale, refund.business_date)
        given = [tender for tender in refund.tenders if tender.status != "declined"]
        for tender in given:
            yield Place(sheet, "payment_method", tender.method), Counter(refunds=1, refunded=tender.amount)
        money = Counter(refunded=sum(tender.amount for tender in given))
        yield from _whole(sheet, sale, refund.at, refund.actor, refund.register_id, money)
        if not refund.due_again:
            yield from _returned(sale, refund, sheet)


def _returned(sale: Sale, refund: Refund, sheet: SheetKey) -> Shares:
    sold = {line.id: line for line in sale.lines}
    groups = {tax.tax_id: tax.group for tax in sale.taxes}
    whole: Figures = Counter(tip=refund.tip, total=refund.tip, cash_rounding=refund.cash_rounding)
    for line in refund.lines:
        whole.update(_amounts(line))
    shares = [
        *_whole(sheet, sale, refund.at, refund.actor, refund.register_id, whole),
        *((place, _amounts(line)) for line in refund.lines for place in _items(sheet, sold[line.line_id])),
    ]
    if sale.customer_id is not None:
        shares.append((_customer(sheet, sale.customer_id), _without(whole, _NOT_OF_CUSTOMERS)))
    for line in refund.lines:
        for tax in line.taxes:
            place = Place(sheet, "tax_rate", groups[tax.tax_id])
            shares.append((place, Counter(base=tax.base, amount=tax.amount)))
        if not sold[line.line_id].tax_ids:
            shares.append((Place(sheet, "tax_rate", ""), Counter(base=_amounts(line)["net"])))
    count = 1 if refund.lines or refund.tip else 0  # else it gives what a provider declined for another one
    for place, figures in _summed_up(shares):
        yield place, Counter({"refunds": count, **{f"refunded_{name}": sum for name, sum in figures.items()}})


def _summed_up(shares: Iterable[tuple[Place, Figures]]) -> Shares:
    """Each place once, so that whatever it has several shares of is counted there once."""
    sums: defaultdict[Place, Figures] = defaultdict(Counter)
    for place, figures in shares:
        sums[place].update(figures)
    yield from sums.items()


def _whole(sheet: SheetKey, sale: Sale, moment: str, staff: str, register: str | None, figures: Figures) -> Shares:
    yield Place(sheet, "day", ""), figures
    yield Place(sheet, "hour", _hour(sale, moment)), figures
    yield Place(sheet, "staff", staff), figures
    yield Place(sheet, "register", register or ""), figures


def _items(sheet: SheetKey, line: SoldLine) -> Iterator[Place]:
    return _sold_as(sheet, line.variant_id, line.category_id)


def _sold_as(sheet: SheetKey, variant_id: str | None, category_id: str | None) -> Iterator[Place]:
    product = variant_id or ""
    yield Place(sheet._replace(book="category"), "category", category_id or "")
    yield Place(product_sheet(sheet.day, sheet.location_id, product), product_dimension(sheet.currency), product)


def _line(line: SoldLine) -> Figures:
    figures = _amounts(line)
    if not line.takes_stock:
        figures["untracked_net"] = figures["net"]
    return figures


def _amounts(line: SoldLine | RefundLine) -> Figures:
    return Counter(
        gross=line.gross,
        discount=line.discount,
        net=line.total - line.tax - line.service_charge,
        service_charge=line.service_charge,
        tax=line.tax,
        total=line.total,
        quantity=_thousandths(line.quantity),
    )


def _sheet(sale: Sale, day: date) -> SheetKey:
    return SheetKey("day", day.isoformat(), sale.location_id, sale.policy.currency)


def _day(sale: Sale, moment: str) -> date:
    return business_date(datetime.fromisoformat(moment), sale.time_zone, sale.day_start)


def _hour(sale: Sale, moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(sale.time_zone)):%H}"


def _completed_by(sale: Sale) -> str:
    """Who completed the sale; one that was complete from the start was completed by who created it."""
    actors = {entry.action: entry.actor for entry in sale.history}
    return actors.get("completed") or actors["created"]


def _done_by(sale: Sale, action: str, at: str | None = None) -> str:
    """Who did something last, at a moment if it is given; "" if nobody did."""

    def is_it(entry: HistoryEntry) -> bool:
        return entry.action == action and at in (None, entry.at)

    return next((entry.actor for entry in reversed(sale.history) if is_it(entry)), "")


# --- movements of stock ----------------------------------------------------------------------------------------------


def _moved(movement: StockMovement) -> Shares:
    """What it moved, by cause, and what the level was then."""
    if not movement.change:
        return
    sheet = product_sheet(_day_of(movement), movement.location_id, movement.variant_id)
    cause = movement.cause
    name = f"{cause.type}.{cause.reason}" if cause.type == "adjustment" else cause.type
    side = "in" if movement.change > 0 else "out"
    moved = abs(_thousandths(movement.change))
    figures = Counter({f"{side}:{name}": moved, f"{side}:{name}:uncosted": moved})
    if movement.unit_cost is not None:
        figures = Counter({f"{side}:{name}": moved, f"{side}:{name}:cost": abs(_cost(movement.change, movement))})
    yield Place(sheet, "stock", movement.variant_id), figures
    level = Counter(version=movement.version, on_hand=_thousandths(movement.on_hand))
    if movement.average_cost is not None:
        level["average_cost"] = _millionths(movement.average_cost)
    yield Place(sheet, LEVELS, movement.variant_id), level


def _cost_of_goods(movement: StockMovement) -> Shares:
    """What goods that left because of sales cost, less what came back, by what they were sold as."""
    cause = movement.cause
    if cause.type not in _ORDERS_MOVE or cause.currency is None:
        return
    sheet = SheetKey("day", _day_of(movement), movement.location_id, cause.currency)
    for share in cause.sold:
        figures = Counter(cost=-_cost(share.quantity, movement))
        if movement.unit_cost is None:
            figures = Counter(uncosted=-_thousandths(share.quantity))
        yield Place(sheet, "day", ""), figures
        for place in _sold_as(sheet, share.variant_id, share.category_id):
            yield place, figures


def _day_of(movement: StockMovement) -> str:
    """The business day that the movement says; of one from before movements said it, the day in UTC."""
    if movement.cause.business_date is not None:
        return movement.cause.business_date
    return datetime.fromisoformat(movement.at).astimezone(UTC).date().isoformat()


def _cost(quantity: Decimal, movement: StockMovement) -> int:
    """What so much comes to at the movement's cost, in billionths of a minor unit."""
    return _thousandths(quantity) * _millionths(movement.unit_cost or Decimal(0))


def _thousandths(quantity: Decimal) -> int:
    return _scaled(quantity, 3)


def _millionths(cost: Decimal) -> int:
    return _scaled(cost, 6)


def _scaled(value: Decimal, places: int) -> int:
    exact = value.scaleb(places)
    if exact != int(exact):
        raise ValueError(f"a figure with more than {places} places")
    return int(exact)
