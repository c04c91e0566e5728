"""What goes back of an order: by its own figures, its share of what is left, and never more than was paid."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import pricing, refunding, rules
from orders.models import (
    Method,
    NewRefund,
    Order,
    OrderDiscount,
    OrderLine,
    OrderServiceCharge,
    OrderTax,
    Payment,
    Policy,
    Refund,
    RefundTender,
    RefundTenderInput,
    Status,
)
from orders.refunding import Repayment
from pos.errors import DomainError, Invalid
from pos.money import Rounding
from tests.support.arithmetic import BY_ID, Example
from tests.unit.orders.test_arithmetic_cases import price_and_settle

TAXES = {
    name: OrderTax(tax_id=name, name=name, rate=Decimal(rate), included=included, base=0, amount=0, **more)
    for name, rate, included, more in (
        ("ppn", "11", True, {}),
        ("pb1", "10", False, {}),
        ("gst", "5", False, {"compound": True}),
        ("ppn12", "12", False, {"base_fraction": "11/12"}),
    )
}
AT = "2026-11-24T03:00:00.000Z"


def policy(**fields: Any) -> Policy:
    defaults: dict[str, Any] = {"tax_rounding": "per_line", "rounding_mode": "half_up", "cash_rounding_step": 0}
    return Policy(currency="CAD", minor_units=2, **defaults | fields)


def line(price: int, quantity: str = "1", *tax_ids: str, **fields: Any) -> OrderLine:
    given: dict[str, Any] = dict.fromkeys(("gross", "discount", "service_charge", "net", "tax", "total"), 0)
    given |= {"id": "lin_0", "variant_id": "var_1", "product_id": None, "sku": None, "name": "Kopi"}
    given |= {"quantity": Decimal(quantity), "price": price, "tax_ids": tax_ids, "stock_tracked": True}
    return OrderLine(**given | fields)


def order(
    *lines: OrderLine,
    rules_of_it: Policy | None = None,
    discounts: tuple[OrderDiscount, ...] = (),
    charges: tuple[OrderServiceCharge, ...] = (),
    tip: int = 0,
    paid_by: tuple[tuple[Method, int], ...] | None = None,
    status: Status = "completed",
) -> Order:
    """A completed order of these lines, paid (in cash, if nothing else is said) to the end."""
    kept = rules_of_it or policy()
    numbered = [one.model_copy(update={"id": f"lin_{number}"}) for number, one in enumerate(lines, start=1)]
    figures = rules.figured(numbered, discounts, charges, tip, TAXES, kept)
    in_cash: tuple[tuple[Method, int], ...] = (("cash", figures["total"]),) if figures["total"] else ()
    paid = in_cash if paid_by is None else paid_by
    tenders = [pricing.Tender(*one) for one in paid]
    settled = pricing.settle(
        figures["total"],
        tenders,
        pricing.Policy(kept.currency, kept.tax_rounding, Rounding(kept.rounding_mode), kept.cash_rounding_step),
    )
    payments = tuple(
        Payment(id=f"pay_000{number}", method=method, amount=one.amount, at=AT)
        for number, (one, (method, _)) in enumerate(zip(settled.tenders, paid, strict=True), start=1)
    )
    return Order(
        id="ord_1",
        version=1,
        created_at=AT,
        updated_at=AT,
        location_id="loc_1",
        register_id=None,
        payments=payments,
        number="R1",
        status=status,
        time_zone="UTC",
        line_count=len(lines),
        policy=kept,
        **figures,
        **rules.settled_anew(payments, figures["total"], kept),
    )


def refund_of(sale: Order, *, tenders: tuple[RefundTenderInput, ...] = (), **new: Any) -> tuple[Order, Refund]:
    """The order after a refund, and the refund."""
    wanted = NewRefund.model_validate_json(json.dumps({"reason": "Broken", **new}))
    wanted = wanted.model_copy(update={"tenders": tenders})
    where: dict[str, Any] = {"register_id": None, "business_date": "2026-11-24"}
    refund = refunding.refund(sale, wanted, refund_id=f"ref_{len(sale.refunds)}", at=AT, actor="key_till", **where)
    return sale.model_copy(update=refunding.refunded(sale, refund)), refund


def some(line_id: str, quantity: str, **fields: Any) -> dict[str, Any]:
    return {"line_id": line_id, "quantity": quantity, **fields}


def everything(sale: Order) -> list[dict[str, Any]]:
    return [some(one.id, str(one.quantity - (one.refunded or 0))) for one in sale.lines if one.quantity != one.refunded]


def sums(refunds: tuple[Refund, ...]) -> Counter[str]:
    """Every figure of these refunds, added up."""
    found = Counter[str]()
    for refund in refunds:
        found.update({"tip": refund.tip, "total": refund.total, "cash_rounding": refund.cash_rounding})
        found["given"] += refund.given
        for one in refund.lines:
            found.update(gross=one.gross, discount=one.discount, service_charge=one.service_charge, tax=one.tax)
            for tax in one.taxes:
                found.update({f"{tax.tax_id} base": tax.base, f"{tax.tax_id} amount": tax.amount})
    return found


def figures(sale: Order) -> Counter[str]:
    """The same figures of the sale."""
    found = Counter(
        tip=sale.tip,
        total=sale.total,
        gross=sale.subtotal,
        discount=sale.discount_total,
        service_charge=sale.service_charge_total,
        tax=sale.tax_total,
        cash_rounding=sale.cash_rounding,
        given=sale.paid,
    )
    for tax in sale.taxes:
        found.update({f"{tax.tax_id} base": tax.base, f"{tax.tax_id} amount": tax.amount})
    return found


# --- properties -------------------------------------------------------------------------------------------------------

LINES = st.lists(
    st.builds(
        lambda price, quantity, taxes, off: line(price, str(quantity), *taxes, discounts=off),
        st.integers(0, 30) | st.integers(0, 10**6),
        st.integers(1, 5) | st.decimals("0.001", 9, places=3),
        st.lists(st.sampled_from(sorted(TAXES)), unique=True, max_size=3),
        st.sampled_from([(), (OrderDiscount(name="off", percent=Decimal(13), applied=0),)]),
    ),
    min_size=1,
    max_size=4,
)
POLICIES = st.builds(
    policy,
    tax_rounding=st.sampled_from(["per_line", "per_order"]),
    rounding_mode=st.sampled_from(["half_up", "half_even", "down"]),
    cash_rounding_step=st.sampled_from([0, 5, 100]),
)
CHARGES = st.lists(
    st.builds(
        lambda percent, amount, taxable, on: OrderServiceCharge(
            name="service", percent=percent, amount=amount, taxable=taxable and on != "total", on=on, tax=0
        ),
        st.none() | st.decimals(1, 20, places=1),
        st.integers(0, 500),
        st.booleans(),
        st.sampled_from(["discounted", "undiscounted", "total"]),
    ),
    max_size=2,
).map(tuple)


@st.composite
def sales(draw: st.DrawFn, *, by_card: bool = False) -> Order:
    """A sale that was paid in cash, by card, or both."""
    lines, kept, charges = draw(LINES), draw(POLICIES), draw(CHARGES)
    off = draw(st.sampled_from([(), (OrderDiscount(name="all", percent=Decimal("7.5"), applied=0),)]))
    tip = draw(st.sampled_from([0, 500]))
    total = order(*lines, rules_of_it=kept, charges=charges, discounts=off, tip=tip).total
    card = total if by_card else draw(st.integers(0, total))
    methods: tuple[tuple[Method, int], ...] = (("card", card), ("cash", total - card))
    paid_by = tuple(one for one in methods if one[1])
    return order(*lines, rules_of_it=kept, charges=charges, discounts=off, tip=tip, paid_by=paid_by)


@st.composite
def parts(draw: st.DrawFn, sale: Order) -> dict[str, Any]:
    """Something that may be refunded of what is left."""
    left = refunding.refundable(sale)
    if left and draw(st.booleans()):
        of_lines = left - sale.tip + sum(one.tip for one in sale.refunds)
        if of_lines > 0:
            return {"amount": draw(st.integers(1, of_lines))}
    lines = []
    for one in everything(sale):
        thousandths = int(Decimal(one["quantity"]) * 1000)
        some_of_it = draw(st.integers(0, thousandths))
        if some_of_it:
            lines.append(some(one["line_id"], str(Decimal(some_of_it).scaleb(-3))))
    return {"lines": lines} if lines else {"tip": True}


@given(sales(by_card=True), st.data())
def test_refunds_of_everything_sum_to_every_figure_of_the_sale(sale: Order, data: st.DataObject) -> None:
    after = sale
    for _ in range(data.draw(st.integers(0, 4))):
        after, _ = refund_of(after, **data.draw(parts(after)))
    after, _ = refund_of(after, lines=everything(after), tip=True)

    found, expected = sums(after.refunds), figures(sale)
    assert found == expected
    assert after.payment_status == ("refunded" if sale.total else sale.payment_status)
    assert refunding.refundable(after) == refunding.money_left(after) == 0


@given(sales(), st.data())
def test_no_refund_has_a_figure_below_0_or_gives_back_more_than_was_paid(sale: Order, data: st.DataObject) -> None:
    after = sale
    for _ in range(data.draw(st.integers(1, 5))):
        after, refund = refund_of(after, **data.draw(parts(after)))

        assert refund.given == refund.total + refund.cash_rounding
        assert refund.total == sum(one.total for one in refund.lines) + refund.tip
        for one in refund.lines:
            included = sum(tax.amount for tax in one.taxes if TAXES[tax.tax_id].included)
            assert one.net + included == one.gross - one.discount + one.service_charge
            assert one.total == one.net + one.tax
            assert one.tax == sum(tax.amount for tax in one.taxes)
            assert min(one.gross, one.discount, one.service_charge, one.net, one.tax, one.total) >= 0
            assert all(tax.amount >= 0 and tax.base >= 0 for tax in one.taxes)
        assert all(tender.amount > 0 for tender in refund.tenders)
        assert after.refunded == sum(one.given for one in after.refunds)
        assert 0 <= refunding.money_left(after) == after.paid - after.refunded
        for name, amount in sums(after.refunds).items():
            if name not in ("cash_rounding", "given"):
                assert amount <= figures(sale)[name]


@given(LINES, POLICIES, st.data())
def test_refunds_in_parts_give_back_the_coins_that_were_paid_whatever_else_was_paid_by(
    lines: list[OrderLine], kept: Policy, data: st.DataObject
) -> None:
    sale = after = order(*lines, rules_of_it=kept)
    if sale.total > 1 and data.draw(st.booleans()):
        by_card = data.draw(st.integers(1, sale.total - 1))
        sale = after = order(*lines, rules_of_it=kept, paid_by=(("card", by_card), ("cash", sale.total - by_card)))
    for _ in range(data.draw(st.integers(0, 4))):
        after, _ = refund_of(after, **data.draw(parts(after)))
    if everything(after):
        after, _ = refund_of(after, lines=everything(after))

    assert sums(after.refunds)["given"] == sale.paid
    assert sums(after.refunds)["cash_rounding"] == sale.cash_rounding
    step = kept.cash_rounding_step
    in_cash = [tender for refund in after.refunds for tender in refund.tenders if tender.method == "cash"]
    assert all(tender.amount % step == 0 for tender in in_cash if step)


# --- examples ---------------------------------------------------------------------------------------------------------


def test_a_full_return_negates_every_figure_as_odoo_has_it() -> None:
    """Case G03 of tests/cases/arithmetic.json."""
    example = Example(BY_ID["G03"], price_and_settle)
    taxes: dict[str, OrderTax] = {}
    lines = []
    for sold in example.ticket.lines:
        for one in sold.taxes:
            taxes[one.id] = OrderTax(
                tax_id=one.id, name=one.name, rate=one.rate, included=one.included, base=0, amount=0
            )
        lines.append(line(sold.price, str(sold.quantity), *(one.id for one in sold.taxes)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(globals(), "TAXES", taxes)
        sale = order(*lines, paid_by=(("card", example.bill().total),))
    after, refund = refund_of(sale, lines=everything(sale))

    amounts = Counter[str]()
    for returned in refund.lines:
        for tax in returned.taxes:
            amounts[taxes[tax.tax_id].name] += tax.amount
    published = {"sale_total": sale.total, "refund_total": -refund.given}
    assert published | {name: -amount for name, amount in amounts.items()} == example.expected
    assert sums(after.refunds) == figures(sale)


def test_of_three_pieces_one_takes_a_third_and_the_last_the_rest() -> None:
    sale = order(line(333, "3", "ppn", discounts=(OrderDiscount(name="off", amount=1, applied=0),)))
    totals = []
    for _ in range(3):
        sale, refund = refund_of(sale, lines=[some("lin_1", "1")])
        totals.append(refund.total)

    assert totals == [333, 333, 332]
    assert sale.lines[0].refunded == 3
    with pytest.raises(Invalid) as refusal:
        refund_of(sale, lines=[some("lin_1", "0.001")])
    assert (refusal.value.code, refusal.value.errors[0].pointer) == ("refund.quantity_exceeded", "/lines/0/quantity")


def test_after_an_amount_went_back_the_goods_bring_back_the_rest() -> None:
    sale = order(line(1000, "2", "pb1"))
    sale, by_amount = refund_of(sale, amount=600)
    sale, half = refund_of(sale, lines=[some("lin_1", "1")])
    sale, rest = refund_of(sale, lines=[some("lin_1", "1")])

    assert [one.total for one in (by_amount, half, rest)] == [600, 800, 800]
    assert by_amount.lines[0].quantity == 0
    assert by_amount.lines[0].tax == 55


def test_what_is_left_unpaid_is_not_given_back() -> None:
    sale = order(line(1000, "2"), paid_by=(("card", 1500),))
    with pytest.raises(Invalid) as refusal:
        refund_of(sale, lines=everything(sale))
    assert refusal.value.code == "refund.exceeds_paid"

    after, _ = refund_of(sale, lines=[some("lin_1", "1")])
    assert (after.payment_status, after.amount_due) == ("partly_refunded", 500)


def test_money_goes_back_into_the_largest_payment_first() -> None:
    sale = order(line(1000, "3"), paid_by=(("card", 700), ("transfer", 1300), ("cash", 1000)))
    after, first = refund_of(sale, amount=1500)
    after, second = refund_of(after, amount=1500)

    assert [(one.method, one.amount) for one in first.tenders] == [("transfer", 1300), ("cash", 200)]
    assert [(one.method, one.amount, one.payment_id) for one in second.tenders] == [
        ("card", 700, "pay_0001"),
        ("cash", 800, None),
    ]
    assert after.payment_status == "refunded"


@pytest.mark.parametrize(("price", "by_card", "in_cash"), [(79_274, 26_424, 52_900), (79_234, 26_424, 52_800)])
def test_a_full_return_gives_back_what_coins_rounded_and_all_of_the_card(
    price: int, by_card: int, in_cash: int
) -> None:
    coins = policy(cash_rounding_step=100)
    sale = order(line(price), rules_of_it=coins, paid_by=(("card", by_card), ("cash", in_cash)))
    _, back = refund_of(sale, lines=everything(sale))

    assert {(one.method, one.amount) for one in back.tenders} == {("card", by_card), ("cash", in_cash)}
    assert back.cash_rounding == sale.cash_rounding


def tender(method: str, amount: int, **fields: Any) -> RefundTenderInput:
    return RefundTenderInput.model_validate({"method": method, "amount": amount, **fields})


@pytest.mark.parametrize(
    ("code", "tenders"),
    [
        ("refund.tenders_mismatch", [tender("cash", 999)]),
        ("refund.tenders_mismatch", [tender("transfer", 999)]),
        ("refund.tenders_mismatch", [tender("transfer", 600), tender("voucher", 600)]),
        ("refund.tender_unmatched", [tender("card", 701)]),
        ("refund.tender_unmatched", [tender("qris", 100), tender("cash", 900)]),
        ("refund.tender_unmatched", [tender("card", 700, payment_id="pay_none"), tender("cash", 300)]),
        ("refund.tender_unmatched", [tender("transfer", 1000, payment_id="pay_0001")]),
    ],
)
def test_tenders_that_do_not_fit_are_refused(code: str, tenders: list[RefundTenderInput]) -> None:
    sale = order(line(1000, "3"), paid_by=(("card", 700), ("cash", 2300)))

    with pytest.raises(Invalid) as refusal:
        refund_of(sale, amount=1000, tenders=tuple(tenders))
    assert refusal.value.code == code


def test_a_cash_sale_may_go_back_by_transfer_but_not_the_cents_that_coins_waived() -> None:
    sale = order(line(492), rules_of_it=policy(cash_rounding_step=5))
    assert (sale.paid, sale.cash_rounding) == (490, -2)

    after, refund = refund_of(sale, amount=492, tenders=(tender("transfer", 490),))

    assert (refund.given, refund.cash_rounding, after.payment_status) == (490, -2, "refunded")


def test_what_was_paid_for_an_open_order_goes_back_and_is_due_again() -> None:
    ticket = order(line(1000, "3"), status="open", paid_by=(("cash", 3000),))
    after, refund = refund_of(ticket, amount=1000)

    assert (refund.due_again, refund.lines) == (True, ())
    assert (after.paid, after.refunded, after.amount_due, after.payment_status) == (2000, 0, 1000, "partly_paid")
    smaller = rules.settled_anew(after.payments, 2000, after.policy, after.refunds)
    assert (smaller["amount_due"], smaller["payment_status"]) == (0, "paid")
    with pytest.raises(DomainError, match="2000 is paid"):
        rules.settled_anew(after.payments, 1999, after.policy, after.refunds)
    with pytest.raises(DomainError) as refusal:
        refund_of(ticket, lines=everything(ticket))
    assert refusal.value.code == "order.not_refundable"


def test_a_declined_tender_counts_as_not_given_back() -> None:
    given_back = Repayment((RefundTender(method="card", amount=700, payment_id="pay_0001", status="declined"),), 0)
    sale = order(line(1000), paid_by=(("card", 1000),))
    _, refund = refund_of(sale, amount=700)

    declined = refund.model_copy(update={"tenders": given_back.tenders})

    assert refunding.refunded(sale, declined)["refunded"] == 0
