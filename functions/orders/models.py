"""What the orders service takes and answers."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from catalog.models import Component, SourceName
from customers.models import LoyaltyTerms
from inventory.models import Cause, SoldShare
from pos.audit import AuditEntry
from pos.clock import MIDNIGHT, business_date
from pos.documents import Document
from pos.model import Amount, Code, Id, Input, Listing, Moment, Note, Output, Percent, Quantity, StoredDecimal, Text
from pos.money import MAX_AMOUNT
from pos.outbox import Part
from shifts.models import Entry
from staff.models import CashRoundingStep, Currency, RoundingMode, TaxRounding

MAX_LINES = 500

Status = Literal["open", "preparing", "ready", "completed", "cancelled"]
PaymentStatus = Literal["unpaid", "partly_paid", "paid", "partly_refunded", "refunded"]
TakenMethod = Literal["cash", "card", "qris", "transfer", "points", "voucher", "other"]
Method = Literal[TakenMethod, "exchange"]
PaymentState = Literal["pending", "authorized", "captured", "declined", "voided"]
RESERVED: Collection[PaymentState] = ("pending", "authorized")
PaymentEvent = Literal["payment.created", "payment.updated", "payment.voided"]
RefundState = Literal["completed", "pending", "declined"]


# --- what comes in ----------------------------------------------------------------------------------------------------


class DiscountInput(Input):
    """`percent` or `amount` off a line or the order; with `applies_to` net it is taken off the amount without included
    taxes.
    """

    name: Text = "Discount"
    percent: Percent | None = None
    amount: Annotated[Amount, Field(gt=0)] | None = None
    applies_to: Literal["gross", "net"] = "gross"

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("give either percent or amount")
        return self


class ServiceChargeInput(Input):
    """`percent` or `amount` on top, of the lines after (`discounted`) or before discounts, taxed like the lines if
    `taxable`; or of the `total` after tax, itself untaxed.
    """

    name: Text = "Service"
    percent: Percent | None = None
    amount: Amount | None = None
    taxable: bool = False
    on: Literal["discounted", "undiscounted", "total"] = "discounted"

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("give either percent or amount")
        if self.taxable and self.on == "total":
            raise ValueError("a charge on the total comes after tax: it is not taxable")
        return self


class ModifierInput(Input):
    """A change to each unit of the line: one that the product offers, by `id`, or one of the caller's by name and price
    (below 0 for leaving something out).
    """

    id: Code | None = None
    name: Text | None = None
    price: Annotated[int, Field(ge=-MAX_AMOUNT, le=MAX_AMOUNT)] | None = None
    quantity: Annotated[int, Field(ge=1, le=1000)] = 1

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.id is None) == (self.name is None):
            raise ValueError("give either id or name")
        if self.id is not None and self.price is not None:
            raise ValueError("a modifier of the catalog has its price there")
        return self


def _each_once(tax_ids: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(tax_ids)) < len(tax_ids):
        raise ValueError("names a tax twice")
    return tax_ids


class CustomItem(Input):
    """Something that is not in the catalog."""

    name: Text
    price: Amount
    tax_ids: Annotated[tuple[Id, ...], Field(max_length=10), AfterValidator(_each_once)] = ()


class LineInput(Input):
    """One line: a variant by its id, sku or barcode, or a custom item. `price` overrides the catalog's, by permission.

    A scale's barcode has the quantity in it; with one, `quantity` may be left out, and otherwise counts labels.
    """

    variant_id: Id | None = None
    sku: Code | None = None
    barcode: Code | None = None
    custom: CustomItem | None = None
    quantity: Quantity | None = None
    price: Amount | None = None
    modifiers: Annotated[tuple[ModifierInput, ...], Field(max_length=50)] = ()
    discounts: Annotated[tuple[DiscountInput, ...], Field(max_length=20)] = ()
    note: Note | None = None

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        if sum(one is not None for one in (self.variant_id, self.sku, self.barcode, self.custom)) != 1:
            raise ValueError("name exactly one of variant_id, sku, barcode, custom")
        if self.custom is not None and self.price is not None:
            raise ValueError("a custom item has its price in custom.price")
        return self


class PaymentInput(Input):
    """Money offered: `amount` toward the order; for cash also `tendered`, what was handed over, from which change is
    given. Of a voucher, `reference` is the code.
    """

    method: TakenMethod
    amount: Annotated[Amount, Field(gt=0)]
    tendered: Amount | None = None
    reference: Code | None = None

    @model_validator(mode="after")
    def _tendered_is_cash(self) -> Self:
        if self.method == "voucher" and self.reference is None:
            raise ValueError("a voucher is named by its code in reference")
        if self.tendered is None:
            return self
        if self.method != "cash":
            raise ValueError("only cash is tendered")
        if self.tendered < self.amount:
            raise ValueError("tendered is less than amount")
        return self


class NewOrder(Input):
    """A sale. `id` may be the register's own, so that an offline register can name its sales and repeat them safely.

    `name` is what people call the ticket by: a table, a customer's name. `occurred_at` is when an offline register
    sold, at most 90 days ago: the sale's business day and hour are those of that moment. `number` is the receipt number
    that the register gave out itself (`R1-20261124-0001`), after the last that it knows of; it is used once.
    `apply_promotions: false` leaves promotions off, until the order is changed to have them. `external_ids` are its ids
    in other applications, by the source's name: of the one that it was placed in, which is its channel.
    """

    id: Annotated[str, StringConstraints(pattern=r"^ord_[0-9A-Za-z_-]{8,64}$")] | None = None
    location_id: Id
    register_id: Id | None = None
    customer_id: Id | None = None
    number: Code | None = None
    occurred_at: Moment | None = None
    name: Text | None = None
    note: Note | None = None
    lines: Annotated[tuple[LineInput, ...], Field(min_length=1, max_length=MAX_LINES)]
    discounts: Annotated[tuple[DiscountInput, ...], Field(max_length=20)] = ()
    service_charges: Annotated[tuple[ServiceChargeInput, ...], Field(max_length=10)] = ()
    tip: Amount = 0
    payments: Annotated[tuple[PaymentInput, ...], Field(max_length=20)] = ()
    apply_promotions: bool = True
    external_ids: Annotated[dict[SourceName, Code], Field(max_length=10)] = Field(default_factory=dict)
    complete: bool = False


class NewLines(Input):
    """Lines to add to an open order."""

    lines: Annotated[tuple[LineInput, ...], Field(min_length=1, max_length=MAX_LINES)]


class LineChange(Input):
    """What to change of a line; what is left out stays. `price` is by permission, unless the line is a custom item."""

    quantity: Quantity = Decimal(1)
    price: Amount = 0
    modifiers: Annotated[tuple[ModifierInput, ...], Field(max_length=50)] = ()
    discounts: Annotated[tuple[DiscountInput, ...], Field(max_length=20)] = ()
    note: Note | None = None


class OrderChange(Input):
    """What to change of an open order as a whole; what is left out stays."""

    name: Text | None = None
    note: Note | None = None
    discounts: Annotated[tuple[DiscountInput, ...], Field(max_length=20)] = ()
    service_charges: Annotated[tuple[ServiceChargeInput, ...], Field(max_length=10)] = ()
    tip: Amount = 0
    customer_id: Id | None = None
    apply_promotions: bool = True


class SplitLine(Input):
    """How much of a line goes to the new order."""

    line_id: Code
    quantity: Quantity


class Split(Input):
    """What goes to a new order."""

    lines: Annotated[tuple[SplitLine, ...], Field(min_length=1, max_length=MAX_LINES)]


class Merge(Input):
    """The order whose lines come over."""

    from_order_id: Id


class PolicyInput(Input):
    """Other rules than the merchant's, to try in a preview; what is left out is the merchant's."""

    currency: Currency | None = None
    tax_rounding: TaxRounding | None = None
    rounding_mode: RoundingMode | None = None
    cash_rounding_step: CashRoundingStep | None = None


class PreviewOrder(NewOrder):
    """An order to compute, and optionally other rules to compute it by."""

    policy: PolicyInput | None = None


class StatusChange(Input):
    """The status to move to."""

    status: Status


class Cancellation(Input):
    """Why the order is cancelled."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class RefundLineInput(Input):
    """How much of a line comes back, and whether to stock, if that is not as for the refund as a whole."""

    line_id: Code
    quantity: Quantity
    restock: bool | None = None


class RefundTenderInput(Input):
    """How money goes back: into the payment that it came from (`payment_id`, or the first of this method with room), in
    cash, or onto a voucher: the one whose code is the `reference`, or else a new one.
    """

    method: TakenMethod
    amount: Annotated[Amount, Field(gt=0)]
    payment_id: Id | None = None
    reference: Code | None = None


class NewRefund(Input):
    """What is refunded, and why: quantities of lines, or an `amount` without goods; with `tip` also what is left of it;
    or with `declined` what a provider declined to give back for an earlier refund (the order's `refund_due`), by other
    `tenders` or by asking again.

    `restock` says whether the goods return to stock. Without `tenders` the money goes back to where it came from, the
    largest payment first. `register_id` is the till, if it is not the order's own.
    """

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    lines: Annotated[tuple[RefundLineInput, ...], Field(max_length=MAX_LINES)] = ()
    amount: Annotated[Amount, Field(gt=0)] | None = None
    restock: bool = True
    tip: bool = False
    declined: bool = False
    tenders: Annotated[tuple[RefundTenderInput, ...], Field(max_length=20)] = ()
    register_id: Id | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if self.declined and (self.lines or self.amount is not None or self.tip):
            raise ValueError("what was declined is given back by itself")
        if bool(self.lines) and self.amount is not None:
            raise ValueError("give either lines or an amount")
        if not self.lines and self.amount is None and not self.tip and not self.declined:
            raise ValueError("give lines, an amount, tip: true or declined: true")
        return self


class Exchange(Input):
    """Goods that come back, and the `order` that is sold for them. What the goods are worth pays the order as far as it
    goes; the order's own `payments` pay the rest, or else `tenders` say how the rest goes back, as in a refund.
    """

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    lines: Annotated[tuple[RefundLineInput, ...], Field(min_length=1, max_length=MAX_LINES)]
    restock: bool = True
    tenders: Annotated[tuple[RefundTenderInput, ...], Field(max_length=20)] = ()
    order: NewOrder


class OrderListing(Listing):
    """Which orders: all of them by creation, newest first; `active` ones only are those not completed or cancelled;
    `customer_id` names whose.
    """

    active: bool = False
    customer_id: Id | None = None
    from_: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None


# --- what goes out ----------------------------------------------------------------------------------------------------


_IfAny = Field(exclude_if=lambda value: value is None)
"""Few orders have it: the others do not tell of it, for every sale pays by its size."""


class Policy(Output):
    """The rules that an order was computed by; kept on it, so that a refund next year follows them."""

    currency: str
    minor_units: int
    tax_rounding: TaxRounding
    rounding_mode: RoundingMode
    cash_rounding_step: int


class OrderDiscount(Output):
    """A discount as it was given, and what it came to (`applied`); `promotion_id` if nobody gave it by hand."""

    name: str
    percent: StoredDecimal | None = None
    amount: int | None = None
    applies_to: Literal["gross", "net"] = "gross"
    applied: int
    promotion_id: str | None = None


class OrderPromotion(Output):
    """A promotion as the order first got it: what changes the order follows it.

    With `buy` and `get` it is one of these; with `minimum` it is for whole orders, and then `fixed` once a split or
    merge has made what it took an amount; else `percent` is off each line.
    """

    promotion_id: str
    name: str
    percent: StoredDecimal | None = None
    amount: int | None = None
    buy: int | None = None
    get: int | None = None
    minimum: int | None = None
    fixed: bool = False


class OrderServiceCharge(Output):
    """A service charge as it was given, and what it came to; `tax` is the part of the order's tax that falls on it."""

    name: str
    percent: StoredDecimal | None = None
    taxable: bool
    on: Literal["discounted", "undiscounted", "total"] = "discounted"
    amount: int
    tax: int


class OrderModifier(Output):
    """An addition to each unit of a line; `id` if it is the catalog's. What one of it takes from stock are the
    `components` that it had when the line was added.
    """

    id: str | None = None
    name: str
    price: int
    quantity: int
    components: Annotated[tuple[Component, ...], Field(exclude_if=lambda components: not components)] = ()


class OrderLine(Output):
    """A line: `gross` = (price + modifiers) x quantity; `discount` its own and its part of the order's; `total` with
    tax.

    `tax` is all tax on the line, included and added. docs/money.md has the identities. `id` names the line
    on this order. `amount` is what a scale's label says that it costs: then `gross` is that. What a bundle takes from
    stock are its `components`, each so often for one of the line's quantity. `promotion_ids` are of the promotions that
    covered it when it was added.
    """

    id: str
    variant_id: str | None
    product_id: str | None
    category_id: str | None = None
    sku: str | None
    name: str
    quantity: StoredDecimal
    price: int
    amount: int | None = None
    modifiers: tuple[OrderModifier, ...] = ()
    discounts: tuple[OrderDiscount, ...] = ()
    tax_ids: tuple[str, ...] = ()
    gross: int
    discount: int
    service_charge: int
    net: int
    tax: int
    total: int
    stock_tracked: bool
    components: tuple[Component, ...] = ()
    promotion_ids: tuple[str, ...] = ()
    note: str | None = None
    refunded: Annotated[StoredDecimal | None, _IfAny] = None
    """How much of the quantity came back."""
    list_price: Annotated[int | None, _IfAny] = None
    """What the catalog asked for one, where somebody set another price."""


class OrderTax(Output):
    """A tax over the whole order, and its definition as the order first used it: what changes the order follows it."""

    tax_id: str
    name: str
    rate: StoredDecimal
    included: bool
    compound: bool = False
    base_fraction: str | None = None
    base: int
    amount: int


class Payment(Output):
    """One tender: `amount` counts toward the order; of cash, `tendered` was handed over and `change` went back.

    Only what is `captured` is paid. What is `pending` (not known yet) or `authorized` (held for a later capture) is
    reserved: nothing else may take its place. `asked` is what the provider was asked to do and has not confirmed.
    docs/payments.md draws a payment's life.
    """

    id: str
    method: Method
    amount: int
    tendered: int | None = None
    change: int = 0
    reference: str | None = None
    at: str
    actor: str | None = None
    register_id: str | None = None
    status: PaymentState = "captured"
    captured_at: str | None = None
    voided_at: str | None = None
    version: int = 1
    provider: Annotated[str | None, _IfAny] = None
    provider_reference: Annotated[str | None, _IfAny] = None
    asked: Annotated[Literal["authorize", "capture", "void"] | None, _IfAny] = None
    declined_because: Annotated[str | None, _IfAny] = None
    completes: Annotated[bool | None, _IfAny] = None
    """Whether the order is to be completed once this pays it whole."""
    qr_payload: Annotated[str | None, _IfAny] = None

    @property
    def live(self) -> bool:
        """Whether it counts: paid, or reserved."""
        return self.status == "captured" or self.status in RESERVED

    def changed(self, **fields: Any) -> Self:
        """The next version of this payment."""
        return self.model_copy(update={**fields, "version": self.version + 1})

    def voided(self, at: str) -> Self:
        """This payment taken back; a provider is still to be told."""
        return self.changed(status="voided", voided_at=at, asked="void" if self.provider else None)


class PaymentData(Payment):
    """What the events of a payment carry: the payment, and of its order what tells where, when and whose it is."""

    order_id: str
    number: str
    location_id: str
    customer_id: str | None
    currency: str
    time_zone: str
    business_date: str


class RefundTax(Output):
    """What a refund gives back of a tax on a line; `base` is its part of the tax's base."""

    tax_id: str
    base: int
    amount: int


class RefundLine(Output):
    """What a refund gives back of a line, all figures above 0 and with the identities of the line itself; of a refund
    by amount, with quantity 0, this line's part.

    `service_charge` has its part of the charges that are not taxable, too: `net` = `gross` - `discount` +
    `service_charge` - included taxes, and `total` = `net` + `tax`. `restock` says that the quantity returned to stock.
    """

    line_id: str
    quantity: StoredDecimal
    gross: int
    discount: int
    service_charge: int
    net: int
    tax: int
    total: int
    restock: bool
    taxes: tuple[RefundTax, ...] = ()


class RefundTender(Output):
    """How much went back by a method, to which payment or voucher (`reference`; `issued` with this refund).

    What is `pending` was asked of a provider who has not confirmed it; it counts as given back. What is `declined`
    was not given back, and does not count.
    """

    method: Method
    amount: int
    payment_id: Annotated[str | None, _IfAny] = None
    reference: Annotated[str | None, _IfAny] = None
    issued: Annotated[bool | None, _IfAny] = None
    status: RefundState = "completed"

    @property
    def counts(self) -> bool:
        """Whether the money was given back, or may have been."""
        return self.status != "declined"


class Refund(Output):
    """Money given back, all figures above 0: `total` = the lines' totals + `tip`; the tenders come to `total` +
    `cash_rounding`. `amount` is set if it was refunded by amount. What only gives what providers declined for earlier
    refunds is of no goods: its `total` is 0.

    With `due_again` the order was not completed: what was paid was given back and is due again, so the sale is as it
    was, and no lines tell of it. Each `order.refunded` tells of the order's last refund.
    """

    id: str
    at: str
    actor: str
    reason: str
    register_id: str | None
    business_date: str
    lines: tuple[RefundLine, ...] = ()
    amount: int | None = None
    tip: int = 0
    total: int
    cash_rounding: int = 0
    tenders: tuple[RefundTender, ...] = ()
    due_again: bool = False
    approved_by: Annotated[str | None, _IfAny] = None

    @property
    def given(self) -> int:
        """The money that went back."""
        return sum(tender.amount for tender in self.tenders if tender.counts)


class StockWarning(Output):
    """A line that took more than was known to be there, where the stock policy is to warn."""

    line: int
    variant_id: str
    on_hand: StoredDecimal


class HistoryEntry(Output):
    """Who did what to the order, and when; `order_id` is the other order of a split or merge. What the actor was not
    allowed to do alone has who approved it, and by which approval, which serves once.
    """

    at: str
    actor: str
    action: str
    reason: str | None = None
    order_id: str | None = None
    approved_by: Annotated[str | None, _IfAny] = None
    approval_id: Annotated[str | None, _IfAny] = None


class Computed(Output):
    """An order's figures, in minor units of the policy's currency."""

    location_id: str
    register_id: str | None
    lines: tuple[OrderLine, ...]
    discounts: tuple[OrderDiscount, ...]
    service_charges: tuple[OrderServiceCharge, ...]
    subtotal: int
    discount_total: int
    service_charge_total: int
    taxes: tuple[OrderTax, ...]
    tax_total: int
    included_tax_total: int
    tip: int
    total: int
    cash_rounding: int
    cash_due: int
    amount_due: int
    paid: int
    reserved: int = 0
    change: int
    payment_status: PaymentStatus
    payments: tuple[Payment, ...]
    apply_promotions: bool = True
    promotions: tuple[OrderPromotion, ...] = ()
    policy: Policy


class OrderLoyalty(LoyaltyTerms):
    """The terms of the loyalty program that an order was made under, and what its customer's ledger has of it.

    `points_short` were to be taken back when the order turned out not to have earned them, but were spent already.
    """

    points_earned: int = 0
    points_redeemed: int = 0
    points_short: int = 0


class Order(Computed, Document):
    """A sale. `status` is how far it has come, `payment_status` what was paid; `business_date` is the shop's day of
    completion, `shift_id` the shift in which it was completed. `line_count` is how many lines it ever had, from which
    new ones get their ids. `refunded` is the money that went back of what is `paid`; what was given back and became due
    again is not part of `paid` any more. `refund_due` is what a provider declined to give back: a refund with
    `declined: true` gives it. `external_ids` name it in other applications: the one that it was placed in is its
    channel.
    """

    KIND: ClassVar[str] = "order"

    number: str
    status: Status
    time_zone: str
    day_start: Annotated[str, Field(exclude_if=lambda start: start == MIDNIGHT)] = MIDNIGHT
    occurred_at: str | None = None
    customer_id: str | None = None
    loyalty: Annotated[OrderLoyalty | None, _IfAny] = None
    name: str | None = None
    note: str | None = None
    external_ids: Annotated[dict[str, str], Field(default_factory=dict, exclude_if=lambda ids: not ids)]
    line_count: int
    business_date: str | None = None
    completed_at: str | None = None
    refunds: Annotated[tuple[Refund, ...], Field(exclude_if=lambda refunds: not refunds)] = ()
    refunded: Annotated[int, Field(exclude_if=lambda refunded: not refunded)] = 0
    refund_due: Annotated[int, Field(exclude_if=lambda due: not due)] = 0
    shift_id: Annotated[str | None, _IfAny] = None
    cancelled_at: str | None = None
    warnings: tuple[StockWarning, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    fingerprint: Annotated[str | None, Field(exclude=True)] = None
    """Of the request that brought this id; kept beside the document, never shown."""

    def business_day(self, moment: datetime) -> str:
        """The business day (YYYY-MM-DD) that it is where the order was made, at that moment."""
        return business_date(moment, self.time_zone, self.day_start).isoformat()


# --- what is written together ----------------------------------------------------------------------------------------


class Move(Output):
    """A difference of a variant's stock at the order's place, and what it was sold as; with `block` it is refused below
    zero.
    """

    variant_id: str
    quantity: StoredDecimal
    sold: tuple[SoldShare, ...] = ()
    block: bool = False


class Counted(Output):
    """What an order's receipt number is made from; `number` is what the register counted to by itself."""

    register_code: str
    day: date
    number: int | None = None


class Change(Output):
    """An order's new version, the events that tell of it, of its `payments` (by id) and of its `parts`, the stock that
    moves with it, because of `cause`, its `entry` in the ledger of a shift, and what the owner is told (`audit`).
    """

    order: Order
    events: tuple[str, ...]
    payments: Mapping[str, PaymentEvent] = {}
    parts: tuple[Part, ...] = ()
    cause: Cause
    moves: tuple[Move, ...] = ()
    counted: Counted | None = None
    entry: Entry | None = None
    audit: tuple[AuditEntry, ...] = ()
