"""Orders that were placed there: each arrives here once, takes its stock, and is cancelled or paid when it is there."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import batched
from typing import TYPE_CHECKING

from orders import cancelling, placing
from orders import store as orders
from orders.models import (
    Cancellation,
    CustomItem,
    DiscountInput,
    LineInput,
    NewOrder,
    Order,
    PaymentInput,
)
from payments import taking
from payments.models import NewPayment
from pos import dynamo
from pos.errors import DomainError
from pos.http import Call
from pos.ids import derived_id
from sync.connectors import rules, store
from sync.connectors.interface import Refused, RemoteLine, RemoteOrder
from sync.connectors.models import OrderLink
from sync.models import Link
from sync.rules import segment
from sync.store import link_ref

if TYPE_CHECKING:
    from sync.connectors.running import Run

_WATCHED = 50
_MOST_WATCHED = 500
_LEVELS = 90  # a transaction takes 100 items


def take(run: "Run") -> bool:
    """Bring over what was placed or changed there since the connecting; False if the time is over."""
    if not run.connected.connector.take_orders:
        return True
    again = [id for kind, direction, id in run.stuck() if (kind, direction) == ("order", "in")]
    for some in batched([*again, *run.state.watched], _WATCHED, strict=False):
        if run.late():
            return False
        for order in run.shop.orders_of(some):
            _take_one(run, order)
    while not run.late():
        page = run.shop.orders(run.state.cursors.get("orders") or run.shop.from_moment(_connected_at(run)))
        for order in page.items:
            _take_one(run, order)
        run.advance("orders", page.cursor)
        if page.last:
            return True
    return False


def take_order(run: "Run", order: RemoteOrder) -> None:
    """Bring one order over, or up to date here. Raises `Refused` for what cannot be."""
    if order.problem is not None:
        raise order.problem
    link = dynamo.get(store.order_ref(run.merchant_id, run.name, order.external_id))
    if link is None:
        if order.cancelled or order.placed_at < _connected_at(run):
            return
        link = _place(run, order)
    ours = orders.get_order(run.merchant_id, link.order_id)
    link = _count(run, order, link, ours, returned=False)
    if order.cancelled and ours.status != "cancelled":
        ours = _cancel(run, order, ours)
    if ours.status == "cancelled" and order.cancelled:
        link = _count(run, order, link, ours, returned=True)
    elif order.paid and ours.status not in ("completed", "cancelled"):
        ours = _pay(run, order, ours)
    if order.refunded and not order.cancelled and not ours.refunds:
        detail = f"Money of order {order.number} went back there: refund it here too."
        raise Refused("order.refunded_there", detail)
    _watch(run, order.external_id, ours.status in ("open", "preparing", "ready"))


def _take_one(run: "Run", order: RemoteOrder) -> None:
    try:
        take_order(run, order)
        run.free("order", "in", order.external_id)
    except Refused as problem:
        run.stick("order", "in", order.external_id, problem, order.number)
    except DomainError as problem:
        if problem.status >= 500:
            raise
        run.stick("order", "in", order.external_id, Refused(problem.code, problem.detail), order.number)


def _connected_at(run: "Run") -> str:
    return run.connected.connector.connected_at


def _watch(run: "Run", external_id: str, unfinished: bool) -> None:
    """Look at an unfinished order in every run: not all that happens to one shows in the shop's list of changes."""
    others = tuple(id for id in run.state.watched if id != external_id)
    watched = (*others, external_id)[-_MOST_WATCHED:] if unfinished else others
    run.state = run.state.model_copy(update={"watched": watched})


# --- placing ---------------------------------------------------------------------------------------------------------


def _place(run: "Run", order: RemoteOrder) -> OrderLink:
    """Make the order here. Its id follows from its id there, so that a repeat finds it."""
    id = derived_id("ord", run.merchant_id, run.name, order.external_id)
    link = OrderLink(version=1, order_id=id)
    if dynamo.get(orders.order_ref(run.merchant_id, id)) is None:
        if order.currency != run.merchant.currency:
            detail = f"Order {order.number} is in {order.currency}; the merchant's currency is {run.merchant.currency}."
            raise Refused("order.other_currency", detail)
        placing.place(_call(run, order, id), id, name=id, elsewhere=True)
        run.count("orders.created")
    try:
        store.commit([store.order_write(run.merchant_id, run.name, order.external_id, link)])
    except store.Overtaken:
        return dynamo.get(store.order_ref(run.merchant_id, run.name, order.external_id)) or link
    return link


def _call(run: "Run", order: RemoteOrder, id: str) -> Call[NewOrder, None]:
    """What is asked for here, so that it comes to what the customer pays there."""
    variants = _variants(run, order.lines)
    tried = new_order(run, order, id, variants, 0).model_copy(update={"payments": (), "complete": False})
    change, _ = placing.placed(run.call("create_order", tried), id)
    return run.call("create_order", new_order(run, order, id, variants, order.total - change.order.total))


def new_order(
    run: "Run", order: RemoteOrder, id: str, variants: Mapping[tuple[str | None, str | None], str], difference: int
) -> NewOrder:
    """The order as our API takes it; `difference` is what the total there is above that of the lines: taxes on top,
    fees, rounding. It is a line, or a discount, of its own, so that what was paid there is paid here.
    """
    label = f"{run.connected.source.name or run.name} {order.number}"
    lines = [_line(one, variants.get((one.product_id, one.variant_id))) for one in order.lines]
    if difference > 0:
        lines.append(
            LineInput(custom=CustomItem(name=f"Difference to {label}"[:200], price=difference), quantity=Decimal(1))
        )
    discounts = (DiscountInput(name=f"Difference to {label}"[:200], amount=-difference),) if difference < 0 else ()
    paid = order.paid and order.total > 0
    payments = (PaymentInput(method="other", amount=order.total, reference=label[:100]),) if paid else ()
    return NewOrder(
        id=id,
        location_id=run.location_id,
        occurred_at=order.placed_at,
        name=label[:200],
        lines=tuple(lines),
        discounts=discounts,
        payments=payments,
        apply_promotions=False,
        external_ids={run.name: order.external_id},
        complete=order.paid,
    )


def _line(line: RemoteLine, variant_id: str | None) -> LineInput:
    """A line; of what is not known here it is a custom item, for the sale is made all the same."""
    discounts = (DiscountInput(name="Discount", amount=line.discount),) if line.discount else ()
    if variant_id is None and line.sku is not None:
        return LineInput(sku=line.sku, price=line.price, quantity=line.quantity, discounts=discounts)
    if variant_id is None:
        custom = CustomItem(name=line.name[:200] or "?", price=line.price)
        return LineInput(custom=custom, quantity=line.quantity, discounts=discounts)
    return LineInput(variant_id=variant_id, price=line.price, quantity=line.quantity, discounts=discounts)


def _variants(run: "Run", lines: Sequence[RemoteLine]) -> dict[tuple[str | None, str | None], str]:
    """Which variant of ours each line sells, by product and variant there."""
    links = {
        one.product_id: link_ref(run.merchant_id, run.name, "product", one.product_id)
        for one in lines
        if one.product_id is not None
    }
    found = dynamo.fetch(links.values())
    known: dict[str, Link | None] = {id: dynamo.resolve(ref, found) for id, ref in links.items()}
    variants: dict[tuple[str | None, str | None], str] = {}
    for one in lines:
        link = known.get(one.product_id) if one.product_id is not None else None
        variant_id = (
            link.parts.get(segment(one.variant_id)) if link is not None and one.variant_id is not None else None
        )
        if variant_id is not None:
            variants[one.product_id, one.variant_id] = variant_id
    return variants


# --- what happens to it later ----------------------------------------------------------------------------------------


def _cancel(run: "Run", order: RemoteOrder, ours: Order) -> Order:
    reason = Cancellation(reason=f"Cancelled in {run.connected.source.name or run.name}"[:500])
    try:
        cancelling.cancel(run.call("cancel_order", reason, id=ours.id))
    except DomainError as refused:
        if refused.status >= 500:
            raise
        detail = f"Order {order.number} was cancelled there, and cannot be here any more: refund it. {refused.detail}"
        if ours.refunds:
            return ours
        raise Refused("order.cancelled_there", detail) from refused
    run.count("orders.cancelled")
    return orders.get_order(run.merchant_id, ours.id)


def _pay(run: "Run", order: RemoteOrder, ours: Order) -> Order:
    label = f"{run.connected.source.name or run.name} {order.number}"
    payment = NewPayment(method="other", amount=ours.amount_due, reference=label[:100], complete=ours.status == "open")
    taking.take(run.call("create_payment", payment, id=ours.id))
    run.count("orders.paid")
    return orders.get_order(run.merchant_id, ours.id)


def _count(run: "Run", order: RemoteOrder, link: OrderLink, ours: Order, *, returned: bool) -> OrderLink:
    """Have the links of stock know that both sides have taken what the order sells (or took it back), each once."""
    known = set(link.returned if returned else link.counted)
    quantities: dict[str, Decimal] = {}
    for line in ours.lines:
        if line.variant_id is not None and line.stock_tracked and not line.components and line.variant_id not in known:
            quantities[line.variant_id] = quantities.get(line.variant_id, Decimal(0)) + line.quantity
    for some in batched(quantities.items(), _LEVELS, strict=False):
        link = _count_some(run, order.external_id, link, dict(some), returned=returned)
    return link


def _count_some(
    run: "Run", external_id: str, link: OrderLink, quantities: Mapping[str, Decimal], *, returned: bool
) -> OrderLink:
    refs = {id: store.level_ref(run.merchant_id, run.name, id) for id in quantities}
    found = dynamo.fetch(refs.values())
    writes = []
    for id, quantity in quantities.items():
        level = dynamo.resolve(refs[id], found)
        if level is not None:  # else both sides agree on it for the first time after this
            taken = rules.both_took(level, -quantity if returned else quantity)
            taken = taken.model_copy(update={"version": level.version + 1})
            writes.append(store.level_write(run.merchant_id, run.name, id, taken))
    names = "returned" if returned else "counted"
    following = link.model_copy(update={"version": link.version + 1, names: (*getattr(link, names), *quantities)})
    store.commit([*writes, store.order_write(run.merchant_id, run.name, external_id, following)])
    return following
