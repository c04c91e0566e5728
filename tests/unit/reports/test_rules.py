"""Rules of totals: however the feed is cut into pages and rounds, sheets hold each page once."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import rules
from reports.models import GroupBy, Sale
from reports.rules import EMPTY, Posting, Sheet, SheetKey
from tests.unit.reports.sales import Change, Plain, sell

lines = st.lists(
    st.tuples(
        st.sampled_from(["var_kopi", "var_gula", "var_water", "var_noodle", None]),
        st.sampled_from(["1", "2", "0.005", "12.75"]),
    ),
    min_size=1,
    max_size=3,
)
sales = st.builds(
    lambda lines, course, hours, tip: sell(lines, course=course, hours=hours, tip=tip),
    lines,
    st.sampled_from(["sold", "stepped", "cancelled", "dropped"]),
    st.integers(0, 60),
    st.integers(0, 900),
)
days = st.lists(sales, min_size=1, max_size=6).map(lambda many: [change for one in many for change in one])


def read(change: Change) -> Sale:
    """The change's order as the projector reads it."""
    return Sale.model_validate_json(change.order.json_bytes())


def postings_of(page: int, change: Change) -> list[Posting]:
    """What the change's events add."""
    return [
        posting
        for event_type in change.events
        if event_type in rules.EVENT_TYPES
        for posting in rules.post(page, event_type, read(change))
    ]


def by_sheet(postings: Iterable[Posting]) -> dict[SheetKey, list[Posting]]:
    """The postings of each sheet."""
    sheets = defaultdict(list)
    for posting in postings:
        sheets[posting.sheet].append(posting)
    return sheets


def figures(figures: Counter[str]) -> dict[str, object]:
    """Figures that are not 0, with the quantity in units."""
    exact = {name: Decimal(sum) / 1000 if name == "quantity" else sum for name, sum in figures.items()}
    return {name: sum for name, sum in exact.items() if sum}


@given(days, st.randoms(use_true_random=False))
def test_sheets_hold_each_page_once_however_rounds_overlap(changes: list[Change], random: random.Random) -> None:
    pages = list(enumerate(changes, 1))
    sheets: dict[SheetKey, Sheet] = {}
    done = 0
    while done < len(pages):
        through = random.randint(done + 1, len(pages))
        postings = [posting for page, change in pages[done:through] for posting in postings_of(page, change)]
        whole = True
        for key, some in by_sheet(postings).items():
            if random.random() > 0.7:  # the projector died before it wrote this sheet
                whole = False
                continue
            sheets[key] = rules.sheet_after(sheets.get(key, EMPTY), some, through)
        done = through if whole else done

    plain = Plain(changes)
    for group_by in ("day", "hour", "staff", "payment_method", "product"):
        sums = rules.summed([one for one in sheets.items() if one[0].book == rules.book_of(group_by)], group_by)
        assert {group: figures(sum) for group, sum in sums.items()} == plain.by(group_by)


@given(days)
def test_dimensions_agree_with_each_other(changes: list[Change]) -> None:
    postings = [posting for change in changes for posting in postings_of(1, change)]
    sheets = [(key, rules.sheet_after(EMPTY, some, 1)) for key, some in by_sheet(postings).items()]
    total = rules.totals([one for one in sheets if one[0].book == "day"])

    def across(group_by: GroupBy, figure: str) -> int:
        of_book = [one for one in sheets if one[0].book == rules.book_of(group_by)]
        return sum(sums[figure] for sums in rules.summed(of_book, group_by).values())

    for group_by in ("day", "hour", "location", "staff"):
        assert across(group_by, "total") == total.total
        assert across(group_by, "orders") == total.orders
    for figure in ("gross", "discount", "net", "tax"):
        assert across("product", figure) == across("category", figure) == getattr(total, figure)
    assert across("payment_method", "amount") == total.paid
    assert across("tax_rate", "amount") == total.tax
    assert (total.net or 0) + (total.service_charge or 0) + (total.tax or 0) + (total.tip or 0) == total.total


def test_the_same_posting_again_leaves_the_very_same_sheet() -> None:
    postings = [one for one in postings_of(4, sell([("var_kopi", "1")])[0]) if one.sheet.book == "day"]
    sheet = rules.sheet_after(EMPTY, postings, 4)

    assert rules.sheet_after(sheet, postings, 9) is sheet


def test_a_payment_voided_before_the_sale_was_cancelled_was_never_counted() -> None:
    *_, cancelled = sell([("var_kopi", "5")], course="cancelled")
    card, cash = cancelled.order.payments
    payments = (card.model_copy(update={"voided_at": "2026-11-24T00:59:00.000Z"}), cash)
    order = cancelled.order.model_copy(update={"payments": payments})

    taken_off = rules.post(1, rules.CANCELLED, read(Change(order, cancelled.events)))

    methods = {one.group: one.figures["amount"] for one in taken_off if one.dimension == "payment_method"}
    assert methods == {"cash": -cash.amount}


def test_an_hour_is_the_shops_own_and_winter_time_comes_twice() -> None:
    [sold] = sell([("var_kopi", "1")])
    hours = []
    for completed_at in ("2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"):
        order = sold.order.model_copy(update={"time_zone": "Europe/Berlin", "completed_at": completed_at})
        postings = rules.post(1, rules.COMPLETED, read(Change(order, sold.events)))
        hours += [one.group for one in postings if one.dimension == "hour"]

    assert hours == ["02", "02"]


@pytest.mark.parametrize(
    ("event_type", "lacks"),
    [
        (rules.COMPLETED, {"completed_at": None}),
        (rules.COMPLETED, {"business_date": None}),
        (rules.COMPLETED, {"history": ()}),
        (rules.CANCELLED, {"completed_at": None, "cancelled_at": None}),
    ],
)
def test_an_order_that_lacks_what_its_event_implies_is_refused(event_type: str, lacks: dict[str, object]) -> None:
    [sold] = sell([("var_kopi", "1")])
    order = sold.order.model_copy(update=lacks)

    with pytest.raises((ValueError, LookupError)):
        rules.post(1, event_type, read(Change(order, sold.events)))
