"""What an order costs and how it is paid: the rules one by one, and what holds for every order."""

import doctest
from collections.abc import Iterator
from copy import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from orders.pricing import (
    CASH,
    Discount,
    Line,
    Modifier,
    Policy,
    Pricing,
    ServiceCharge,
    Settlement,
    Tax,
    TaxRounding,
    Tender,
    Ticket,
    price_ticket,
    settle,
)
from pos.errors import Invalid
from pos.money import MAX_AMOUNT, Rounding, round_ratio, round_to_step

PPN = Tax("tax_ppn", "PPN", Decimal(11), included=True)
PBJT = Tax("tax_pbjt", "PBJT", Decimal(10), included=False)
RUPIAH = Policy("IDR")
PER_ORDER = Policy("IDR", tax_rounding="per_order")
COINS_OF_5 = Policy("CAD", cash_rounding_step=5)


def line(price: int, quantity: str = "1", *taxes: Tax, discounts: tuple[Discount, ...] = ()) -> Line:
    return Line(price, Decimal(quantity), discounts=discounts, taxes=taxes)


def priced(*lines: Line, policy: Policy = RUPIAH, **order: Any) -> Pricing:
    return price_ticket(Ticket(lines, **order), policy)


class TestLines:
    def test_modifiers_join_the_price_before_the_quantity_and_it_is_rounded_once(self) -> None:
        sold = priced(Line(333, Decimal("2.5"), (Modifier("shot", 50, quantity=2), Modifier("no ice", -10))))

        assert sold.subtotal == sold.total == 1058  # 423 x 2.5 = 1057.5

    def test_a_line_of_a_zero_price_costs_nothing(self) -> None:
        assert priced(line(0, "3", PPN, PBJT)).total == 0

    def test_an_order_without_lines_costs_its_tip(self) -> None:
        assert priced(tip=500).total == 500


class TestDiscounts:
    def test_percentages_come_off_before_amounts_whatever_their_order(self) -> None:
        amount, tenth = Discount("coupon", amount=100), Discount("member", percent=Decimal(10))

        first = priced(line(1000, discounts=(amount, tenth))).lines[0]
        second = priced(line(1000, discounts=(tenth, amount))).lines[0]

        assert first.discounts == (100, 100)  # 10 % of 1000, then 100; not 10 % of 900
        assert first.total == second.total == 800

    def test_each_percentage_is_of_what_is_left(self) -> None:
        off = Discount("half", percent=Decimal(50))

        assert priced(line(1000, discounts=(off, off))).lines[0].discounts == (500, 250)

    def test_it_is_the_price_after_a_percentage_that_is_rounded(self) -> None:
        tenth = Discount("member", percent=Decimal(10))

        assert (
            priced(line(915, discounts=(tenth,)), policy=Policy("JPY", rounding_mode=Rounding.HALF_EVEN)).total == 824
        )

    def test_an_order_discount_comes_off_the_discounted_lines_and_is_spread_by_them(self) -> None:
        half = Discount("half", percent=Decimal(50))
        sold = priced(line(1000, discounts=(half,)), line(500), discounts=(Discount("voucher", amount=333),))

        assert [it.order_discount for it in sold.lines] == [167, 166]  # both weigh 500: the odd unit to the earlier
        assert [it.discount for it in sold.lines] == [667, 166]
        assert (sold.discounts[0].amount, sold.discount_total, sold.total) == (333, 833, 667)

    def test_several_order_discounts_each_say_what_they_took(self) -> None:
        sold = priced(
            line(1000), discounts=(Discount("voucher", amount=300), Discount("happy hour", percent=Decimal(20)))
        )

        assert [(it.name, it.amount) for it in sold.discounts] == [("voucher", 300), ("happy hour", 200)]

    def test_a_discount_on_the_net_takes_its_tax_off_too(self) -> None:
        included = Tax("tax", "GST", Decimal(14), included=True)
        off_net = Discount("rebate", amount=10000, applies_to="net")

        sold = priced(line(5000, "100", included), discounts=(off_net,))

        assert (sold.lines[0].net, sold.tax_total, sold.total) == (428596, 60003, 488599)  # ERPNext, case B09
        assert sold.discounts[0].amount == 11401

    def test_a_discount_on_the_net_leaves_the_lines_it_does_not_fall_on(self) -> None:
        included = Tax("tax", "IVA", Decimal(19), included=True)
        off_net = Discount("rebate", amount=100, applies_to="net")

        sold = priced(line(10920, "1", included), line(10_000_000, "1", included), discounts=(off_net,))

        assert [it.discount for it in sold.lines] == [0, 119]  # though 9176 + 19 % would make 10919 of 10920

    def test_a_discount_of_everything_leaves_nothing_to_tax(self) -> None:
        sold = priced(line(999, "1", PPN, PBJT), discounts=(Discount("free", percent=Decimal(100)),))

        assert (sold.total, sold.tax_total, sold.discount_total) == (0, 0, 999)


class TestTaxes:
    def test_an_included_tax_is_rounded_and_the_net_is_the_rest(self) -> None:
        sold = priced(line(10920, "1", Tax("iva", "IVA", Decimal(19), included=True)))

        assert (sold.lines[0].net, sold.lines[0].tax, sold.total) == (9176, 1744, 10920)
        assert (sold.taxes[0].base, sold.included_tax_total) == (9176, 1744)

    def test_an_added_tax_is_figured_on_the_net_of_an_included_one(self) -> None:
        # Odoo's test_taxes_computation.py, random case 3: 15 % on 2300 with 5.5 % in it
        sold = priced(
            line(230000, "1", Tax("a", "A", Decimal(15), included=False), Tax("b", "B", Decimal("5.5"), included=True))
        )

        assert [it.amount for it in sold.taxes] == [32701, 11991]
        assert (sold.lines[0].net, sold.total) == (218009, 262701)

    def test_a_compound_tax_joins_the_base_of_the_later_ones(self) -> None:
        # Odoo's test_percent_taxes_for_l10n_in: 6 % that joins, 6 % that joins, 3 %
        first, second = (Tax(id, id, Decimal(6), included=False, compound=True) for id in ("a", "b"))
        sold = priced(line(10000, "1", first, second, Tax("c", "c", Decimal(3), included=False)))

        assert [(it.base, it.amount) for it in sold.taxes] == [(10000, 600), (10600, 636), (11236, 337)]

    def test_an_included_compound_tax_joins_the_base_of_an_added_one(self) -> None:
        # the same test: 106 with 6 % in it that joins, then 6 % and 3 % on top
        first = Tax("a", "a", Decimal(6), included=True, compound=True)
        others = [Tax(id, id, Decimal(rate), included=False) for id, rate in (("b", 6), ("c", 3))]

        sold = priced(line(10600, "1", first, *others))

        assert [(it.base, it.amount) for it in sold.taxes] == [(10000, 600), (10600, 636), (10600, 318)]
        assert sold.total == 11554

    def test_a_base_fraction_shows_the_base_it_taxes(self) -> None:
        ppn = Tax("ppn", "PPN", Decimal(12), included=False, base_fraction=(11, 12))
        sold = priced(line(20_000_000, "1", ppn))

        assert (sold.taxes[0].base, sold.taxes[0].amount) == (18_333_333, 2_200_000)

    def test_per_order_the_lines_parts_of_a_tax_sum_to_it(self) -> None:
        taxed = [line(5, "1", PBJT) for _ in range(3)]  # 0.5 each: 3 per line, 1.5 in all

        assert priced(*taxed).tax_total == 3
        assert [it.tax for it in priced(*taxed, policy=PER_ORDER).lines] == [1, 1, 0]

    def test_per_order_several_included_taxes_never_exceed_what_a_line_costs(self) -> None:
        taxes = [Tax(id, id, Decimal(14), included=True) for id in "ab"]
        sold = priced(*(line(1, "1", *taxes) for _ in range(10)), policy=PER_ORDER)

        assert [it.amount for it in sold.taxes] == [1, 1]
        assert min(it.net for it in sold.lines) == 0

    def test_tax_of_one_rate_but_two_ids_is_told_apart(self) -> None:
        sold = priced(line(100, "1", PBJT), line(100, "1", replace(PBJT, id="tax_other")))

        assert [(it.tax_id, it.amount) for it in sold.taxes] == [("tax_pbjt", 10), ("tax_other", 10)]

    def test_exempt_and_zero_rated_lines_differ_in_what_is_reported_only(self) -> None:
        zero = Tax("zero", "Export", Decimal(0), included=False)
        sold = priced(line(1000), line(2000, "1", zero))

        assert [(it.name, it.base, it.amount) for it in sold.taxes] == [("Export", 2000, 0)]


class TestServiceChargesAndTips:
    def test_a_taxable_charge_is_taxed_with_the_lines_it_is_spread_over(self) -> None:
        service = ServiceCharge("service", percent=Decimal(5), taxable=True)
        sold = priced(line(60000, "1", PBJT), line(20000), service_charges=(service,))

        assert [it.service_charge for it in sold.lines] == [3000, 1000]
        assert [it.tax for it in sold.lines] == [6300, 0]
        assert (sold.service_charges[0].amount, sold.service_charges[0].tax) == (4000, 300)
        assert (sold.taxes[0].base, sold.total) == (63000, 90300)

    def test_an_included_tax_is_contained_in_a_taxable_charge(self) -> None:
        service = ServiceCharge("service", percent=Decimal(10), taxable=True)
        sold = priced(line(11100, "1", PPN), service_charges=(service,))

        assert sold.total == 12210
        assert (sold.tax_total, sold.service_charges[0].tax) == (1210, 110)

    def test_an_untaxed_charge_stays_off_the_lines(self) -> None:
        sold = priced(line(1000, "1", PBJT), service_charges=(ServiceCharge("delivery", amount=240),))

        assert (sold.lines[0].service_charge, sold.tax_total, sold.total) == (0, 100, 1340)

    def test_a_charge_can_be_figured_before_discounts(self) -> None:
        half = Discount("half", percent=Decimal(50))
        charges = [ServiceCharge("service", percent=Decimal(10), on=on) for on in ("discounted", "undiscounted")]
        sold = priced(line(1000, discounts=(half,)), service_charges=tuple(charges))

        assert [it.amount for it in sold.service_charges] == [50, 100]  # and the second is not charged on the first

    def test_a_fixed_taxable_charge_is_taxed_though_the_lines_are_free(self) -> None:
        free, charge = Discount("free", percent=Decimal(100)), ServiceCharge("cover", amount=1000, taxable=True)

        assert priced(line(500, "1", PBJT, discounts=(free,)), service_charges=(charge,)).total == 1100

    def test_a_charge_on_the_total_is_of_everything_but_the_tip_and_untaxed(self) -> None:
        vat = Tax("tax_1", "VAT", Decimal(10), included=False)
        charges = (ServiceCharge("delivery", amount=100), ServiceCharge("card", percent=Decimal(2), on="total"))

        sold = priced(line(1_000, "1", vat), service_charges=charges, tip=50)

        assert [charge.amount for charge in sold.service_charges] == [100, 24]
        assert (sold.tax_total, sold.total) == (100, 1_000 + 100 + 100 + 24 + 50)

    def test_a_tip_is_not_taxed(self) -> None:
        assert priced(line(1000, "1", PBJT), tip=150).total == 1250


REFUSED: list[tuple[str, str, Ticket]] = [
    ("order.quantity_invalid", "/lines/1/quantity", Ticket((line(1), line(1, "0")))),
    ("order.quantity_invalid", "/lines/0/quantity", Ticket((line(1, "-1"),))),
    ("order.quantity_invalid", "/lines/0/quantity", Ticket((line(1, "0.0001"),))),
    ("order.price_negative", "/lines/0/price", Ticket((Line(100, Decimal(1), (Modifier("less", -101),)),))),
    ("order.tax_repeated", "/lines/0/taxes", Ticket((line(1, "1", PPN, PPN),))),
    ("order.amount_too_large", "/lines/0", Ticket((line(MAX_AMOUNT, "1.001"),))),
    ("order.amount_too_large", "/lines", Ticket((line(MAX_AMOUNT), line(1)))),
    ("order.amount_too_large", "/lines", Ticket((line(MAX_AMOUNT, "1", PBJT),))),
    (
        "order.discount_too_large",
        "/lines/1/discounts/0",
        Ticket((line(5), line(1000, discounts=(Discount("too much", amount=901), Discount("x", percent=Decimal(10)))))),
    ),
    ("order.discount_too_large", "/discounts/0", Ticket((line(100),), (Discount("too much", amount=101),))),
    (
        "order.discount_too_large",
        "/discounts/0",
        Ticket((line(111, "1", PPN),), (Discount("more than the net", amount=101, applies_to="net"),)),
    ),
    ("order.discount_invalid", "/discounts/0", Ticket((line(100),), (Discount("x", percent=Decimal("100.01")),))),
    ("order.discount_invalid", "/discounts/0", Ticket((line(100),), (Discount("x", percent=Decimal(-1)),))),
    ("order.discount_invalid", "/discounts/0", Ticket((line(100),), (Discount("x", amount=-1),))),
    (
        "order.service_charge_negative",
        "/service_charges/0",
        Ticket((line(100),), service_charges=(ServiceCharge("x", amount=-1),)),
    ),
    ("order.tip_negative", "/tip", Ticket((line(100),), tip=-1)),
]


@pytest.mark.parametrize(("code", "pointer", "ticket"), REFUSED)
def test_what_cannot_be_priced_is_refused_naming_the_field(code: str, pointer: str, ticket: Ticket) -> None:
    with pytest.raises(Invalid) as refusal:
        price_ticket(ticket, RUPIAH)

    assert (refusal.value.code, refusal.value.pointer, refusal.value.status) == (code, pointer, 422)


def test_a_refused_discount_is_named() -> None:
    with pytest.raises(Invalid, match=r"'Lunch deal' takes 901 off, but only 900 is left"):
        priced(line(900, discounts=(Discount("Lunch deal", amount=901),)))


@pytest.mark.parametrize("given", [{}, {"percent": Decimal(1), "amount": 1}])
def test_a_discount_or_charge_is_either_a_percentage_or_an_amount(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        priced(line(100), discounts=(Discount("x", **given),))
    with pytest.raises(ValueError):
        priced(line(100), service_charges=(ServiceCharge("x", **given),))


class TestSettling:
    def test_nothing_paid_leaves_the_total_due_and_says_what_cash_would_be(self) -> None:
        settled = settle(492, [], COINS_OF_5)

        assert (settled.amount_due, settled.cash_due, settled.cash_rounding, settled.paid) == (492, 490, 0, 0)

    @pytest.mark.parametrize("amount", [492, 490])
    def test_cash_of_the_exact_or_the_rounded_amount_pays_what_coins_can(self, amount: int) -> None:
        settled = settle(492, [Tender(CASH, amount)], COINS_OF_5)

        assert (settled.paid, settled.cash_rounding, settled.amount_due, settled.change) == (490, -2, 0, 0)

    @pytest.mark.parametrize("amount", [493, 495])
    def test_the_exact_amount_pays_also_when_coins_round_up(self, amount: int) -> None:
        settled = settle(493, [Tender(CASH, amount)], COINS_OF_5)

        assert (settled.paid, settled.cash_rounding, settled.change) == (495, 2, 0)

    def test_change_is_given_from_what_was_handed_over(self) -> None:
        settled = settle(493, [Tender(CASH, 493, tendered=1000)], COINS_OF_5)

        assert (settled.tenders[0].amount, settled.tenders[0].tendered, settled.change) == (495, 1000, 505)

    def test_a_card_pays_to_the_cent(self) -> None:
        settled = settle(492, [Tender("card", 492)], COINS_OF_5)

        assert (settled.paid, settled.cash_rounding, settled.amount_due) == (492, 0, 0)

    @pytest.mark.parametrize(
        "tenders", [[Tender("bank", 68), Tender(CASH, 1504)], [Tender(CASH, 1504), Tender("bank", 68)]]
    )
    def test_only_the_part_paid_in_cash_is_rounded(self, tenders: list[Tender]) -> None:
        settled = settle(1572, tenders, COINS_OF_5)  # Odoo's test_pos_cash_rounding.py, bank and cash

        assert (settled.paid, settled.cash_rounding) == (1573, 1)

    def test_part_payments_in_cash_are_rounded_once_at_the_end(self) -> None:
        settled = settle(1572, [Tender(CASH, 1000), Tender(CASH, 572, tendered=600)], COINS_OF_5)

        assert [it.amount for it in settled.tenders] == [1000, 570]
        assert (settled.cash_rounding, settled.change) == (-2, 30)

    def test_a_part_payment_is_not_rounded_and_may_give_change(self) -> None:
        settled = settle(1572, [Tender(CASH, 1001, tendered=2000)], COINS_OF_5)

        assert (settled.paid, settled.change, settled.amount_due, settled.cash_rounding) == (1001, 999, 571, 0)
        assert settled.cash_due == 569  # with what was paid, it makes 1570

    def test_a_refund_mirrors_its_sale(self) -> None:
        refund = settle(-1572, [Tender(CASH, -1570)], COINS_OF_5)

        assert (refund.paid, refund.cash_rounding, refund.amount_due) == (-1570, 2, 0)

    def test_a_free_order_needs_no_payment(self) -> None:
        assert settle(0, [], RUPIAH).amount_due == 0

    @pytest.mark.parametrize(
        ("code", "pointer", "total", "tenders"),
        [
            ("payment.overpaid", "/payments/0/amount", 500, [Tender("card", 501)]),
            ("payment.overpaid", "/payments/1/amount", 500, [Tender("card", 300), Tender("qris", 201)]),
            ("payment.overpaid", "/payments/1/amount", 500, [Tender("card", 500), Tender(CASH, 1)]),
            ("payment.overpaid", "/payments/1/amount", 500, [Tender(CASH, 500), Tender(CASH, 5)]),
            ("payment.amount_invalid", "/payments/0/amount", 500, [Tender(CASH, -1)]),
            ("payment.amount_invalid", "/payments/0/amount", -500, [Tender(CASH, 500)]),
            ("payment.tendered_invalid", "/payments/0/tendered", 500, [Tender("card", 500, tendered=600)]),
            ("payment.tendered_invalid", "/payments/0/tendered", 500, [Tender(CASH, 300, tendered=200)]),
            ("payment.tendered_invalid", "/payments/0/tendered", 493, [Tender(CASH, 493, tendered=494)]),
        ],
    )
    def test_what_cannot_pay_is_refused_naming_the_field(
        self, code: str, pointer: str, total: int, tenders: list[Tender]
    ) -> None:
        with pytest.raises(Invalid) as refusal:
            settle(total, tenders, COINS_OF_5)

        assert (refusal.value.code, refusal.value.pointer) == (code, pointer)


def test_the_examples_in_the_documentation_hold() -> None:
    document = Path(__file__).parents[3] / "docs" / "money.md"

    outcome = doctest.testfile(str(document), module_relative=False, encoding="utf-8")

    assert outcome.attempted > 0 and outcome.failed == 0


# What holds for every order.

percents = st.decimals(0, 100, places=2)
taxes = st.lists(
    st.builds(
        Tax,
        st.sampled_from("abcd"),
        st.just("tax"),
        st.decimals(0, 1000, places=3) | st.sampled_from([Decimal(5), Decimal(11), Decimal(14)]),
        included=st.booleans(),
        compound=st.booleans(),
        base_fraction=st.none() | st.just((11, 12)),
    ),
    max_size=3,
    unique_by=lambda tax: tax.id,
).map(tuple)
bases = st.sampled_from(["gross", "net"])
discounts = st.lists(
    st.builds(Discount, st.just("off"), percents, st.none(), bases)
    | st.builds(Discount, st.just("off"), st.none(), st.integers(0, 300), bases),
    max_size=2,
).map(tuple)
ordered_lines = st.builds(
    Line,
    price=st.integers(0, 20) | st.integers(0, 10**7),
    quantity=st.integers(1, 5).map(Decimal) | st.decimals("0.001", 1000, places=3),
    modifiers=st.lists(st.builds(Modifier, st.just("extra"), st.integers(0, 500), st.integers(1, 3)), max_size=2).map(
        tuple
    ),
    discounts=discounts,
    taxes=taxes,
    amount=st.none() | st.integers(0, 10**7),
)
charged_on = st.sampled_from(["discounted", "undiscounted", "total"])
service_charges = st.lists(
    (
        st.builds(ServiceCharge, st.just("service"), percents, st.none(), st.booleans(), charged_on)
        | st.builds(ServiceCharge, st.just("service"), st.none(), st.integers(0, 5000), st.booleans(), charged_on)
    ).filter(lambda charge: not (charge.taxable and charge.on == "total")),
    max_size=2,
).map(tuple)
tickets = st.builds(
    Ticket,
    lines=st.lists(ordered_lines, max_size=6).map(tuple),
    discounts=discounts,
    service_charges=service_charges,
    tip=st.integers(0, 10**6),
)
policies = st.builds(
    Policy,
    currency=st.just("IDR"),
    tax_rounding=st.sampled_from(get_args(TaxRounding)),
    rounding_mode=st.sampled_from(Rounding),
    cash_rounding_step=st.sampled_from([0, 1, 5, 100]),
)


def price_or_reject(ticket: Ticket, policy: Policy) -> Pricing:
    """The price, leaving out tickets whose fixed discounts exceed what they come off."""
    try:
        return price_ticket(ticket, policy)
    except Invalid as refusal:
        assert refusal.code == "order.discount_too_large"  # noqa: PT017 - any other refusal is a failure
        reject()


@given(tickets, policies)
def test_the_parts_of_each_line_sum_to_its_whole(ticket: Ticket, policy: Policy) -> None:
    sold = price_or_reject(ticket, policy)

    for asked, it in zip(ticket.lines, sold.lines, strict=True):
        included = sum(one.amount for tax, one in zip(asked.taxes, it.taxes, strict=True) if tax.included)
        assert it.discount == sum(it.discounts) + it.order_discount
        assert it.tax == sum(one.amount for one in it.taxes)
        assert it.net + included == it.gross - it.discount + it.service_charge
        assert it.total == it.net + it.tax


@given(tickets, policies)
def test_the_order_is_the_sum_of_its_lines(ticket: Ticket, policy: Policy) -> None:
    sold = price_or_reject(ticket, policy)

    untaxed_charges = sold.service_charge_total - sum(it.service_charge for it in sold.lines)
    assert sold.subtotal == sum(it.gross for it in sold.lines)
    assert sold.discount_total == sum(it.discount for it in sold.lines)
    assert sum(it.amount for it in sold.discounts) == sum(it.order_discount for it in sold.lines)
    assert sold.service_charge_total == sum(it.amount for it in sold.service_charges)
    assert sold.tax_total == sum(it.tax for it in sold.lines) == sum(it.amount for it in sold.taxes)
    assert sold.total == sum(it.total for it in sold.lines) + untaxed_charges + sold.tip


@given(tickets, policies)
def test_included_and_added_taxes_reconcile(ticket: Ticket, policy: Policy) -> None:
    sold = price_or_reject(ticket, policy)

    added = sold.tax_total - sold.included_tax_total
    assert sold.included_tax_total == sum(it.amount for it in sold.taxes if it.included)
    assert sold.total == sold.subtotal - sold.discount_total + sold.service_charge_total + added + sold.tip
    assert sum(it.tax for it in sold.service_charges) <= sold.tax_total


@given(tickets, policies)
def test_no_figure_is_negative(ticket: Ticket, policy: Policy) -> None:
    assert min(_amounts(price_or_reject(ticket, policy))) >= 0


@given(tickets, policies)
def test_taxable_charges_are_spread_over_the_lines_without_loss(ticket: Ticket, policy: Policy) -> None:
    assume(ticket.lines)
    sold = price_or_reject(ticket, policy)

    taxable = sum(
        it.amount for asked, it in zip(ticket.service_charges, sold.service_charges, strict=True) if asked.taxable
    )
    assert sum(it.service_charge for it in sold.lines) == taxable


@given(tickets, st.sampled_from(Rounding), st.data())
def test_per_order_the_order_of_lines_taxed_alike_does_not_change_the_totals(
    ticket: Ticket, mode: Rounding, data: st.DataObject
) -> None:
    assume(ticket.lines)
    policy = Policy("IDR", "per_order", mode)
    alike = tuple(replace(it, taxes=ticket.lines[0].taxes) for it in ticket.lines)
    gross_only = tuple(replace(it, applies_to="gross") for it in ticket.discounts)
    ticket = replace(ticket, lines=alike, discounts=gross_only)

    sold = price_or_reject(ticket, policy)
    shuffled = price_ticket(replace(ticket, lines=tuple(data.draw(st.permutations(alike)))), policy)

    assert _totals(shuffled) == _totals(sold)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), percents, st.booleans(), st.sampled_from(Rounding))
def test_per_order_a_tax_is_rounded_once_from_its_exact_sum(
    prices: list[int], rate: Decimal, included: bool, mode: Rounding
) -> None:
    tax = Tax("tax", "tax", rate, included)
    part = Fraction(rate) / 100
    exact = sum(prices) * (part / (1 + part) if included else part)

    sold = priced(*(line(price, "1", tax) for price in prices), policy=Policy("IDR", "per_order", mode))

    assert sold.tax_total == round_ratio(exact.numerator, exact.denominator, mode)


@given(st.integers(0, 10**9), percents, st.booleans(), st.sampled_from(Rounding))
def test_one_line_costs_the_same_per_line_and_per_order(
    price: int, rate: Decimal, included: bool, mode: Rounding
) -> None:
    one = line(price, "1", Tax("tax", "tax", rate, included))

    assert priced(one, policy=Policy("IDR", "per_line", mode)) == priced(one, policy=Policy("IDR", "per_order", mode))


@given(tickets, policies)
def test_included_taxes_do_not_change_what_is_paid(ticket: Ticket, policy: Policy) -> None:
    gross_only = tuple(replace(it, applies_to="gross") for it in ticket.discounts)
    lines = tuple(
        replace(
            it,
            discounts=tuple(replace(one, applies_to="gross") for one in it.discounts),
            taxes=tuple(replace(tax, included=True) for tax in it.taxes),
        )
        for it in ticket.lines
    )
    ticket = replace(ticket, lines=lines, discounts=gross_only)
    untaxed = replace(ticket, lines=tuple(replace(it, taxes=()) for it in lines))

    assert price_or_reject(ticket, policy).total == price_or_reject(untaxed, policy).total


methods = st.sampled_from([CASH, "card", "qris"])


@given(
    st.integers(0, 2000), st.lists(st.tuples(methods, st.integers(0, 2000), st.integers(0, 500)), max_size=4), policies
)
def test_settling_conserves_money(total: int, offered: list[tuple[str, int, int]], policy: Policy) -> None:
    tenders = [Tender(method, amount, amount + more if method == CASH else None) for method, amount, more in offered]
    settled = _settled_or_rejected(total, tenders, policy)

    assert settled.paid + settled.amount_due == total + settled.cash_rounding
    assert settled.paid == sum(it.amount for it in settled.tenders)
    assert settled.change == sum(it.change for it in settled.tenders)
    for asked, it in zip(tenders, settled.tenders, strict=True):
        assert it.amount + it.change == it.tendered
        assert it.change == 0 or it.method == CASH
        assert it.amount == asked.amount or it.method == CASH
    assert min(settled.amount_due, settled.cash_due, settled.paid, settled.change) >= 0
    assert settled.cash_rounding == 0 or settled.amount_due == 0


@given(st.integers(1, 2000), st.integers(0, 2000), policies)
def test_what_a_settlement_says_is_due_settles_it_in_cash_and_by_card(total: int, first: int, policy: Policy) -> None:
    paid = [Tender("card", min(first, total))]
    due = settle(total, paid, policy)
    assume(due.amount_due)

    by_card = settle(total, [*paid, Tender("card", due.amount_due)], policy)
    in_cash = settle(total, [*paid, Tender(CASH, due.cash_due)], policy)

    assert by_card.amount_due == in_cash.amount_due == by_card.cash_rounding == 0
    assert in_cash.tenders[1].amount == round_to_step(due.amount_due, policy.cash_rounding_step, policy.rounding_mode)


@given(st.integers(1, 2000), st.lists(st.tuples(methods, st.integers(0, 2000)), max_size=3), policies)
def test_a_refund_is_the_mirror_of_its_sale(total: int, offered: list[tuple[str, int]], policy: Policy) -> None:
    sale = _settled_or_rejected(total, [Tender(*one) for one in offered], policy)
    refund = settle(-total, [Tender(method, -amount) for method, amount in offered], policy)

    assert list(_amounts(refund)) == [-amount for amount in _amounts(sale)]


def _settled_or_rejected(total: int, tenders: list[Tender], policy: Policy) -> Settlement:
    try:
        return settle(total, tenders, policy)
    except Invalid as refusal:
        assert refusal.code in {"payment.overpaid", "payment.tendered_invalid"}  # noqa: PT017 - likewise
        reject()


def _totals(sold: Pricing) -> dict[str, Any]:
    return {name: figure for name, figure in sold._asdict().items() if name not in {"lines", "service_charges"}}


def _amounts(figures: object) -> Iterator[int]:
    """Every amount in a result, however deep."""
    if isinstance(figures, int):
        yield figures
    elif isinstance(figures, tuple):
        for one in figures:
            yield from _amounts(one)
