"""Rules of totals: however the feed is cut into pages and rounds, sheets hold each page once."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import parting
from reports import effects, rules
from reports.models import GroupBy, Sale
from reports.sheets import EMPTY, Posting, Sheet, SheetKey, sheet_after
from tests.unit.reports.sales import EXTRAS, LINES, OPENING, Change, Plain, Step, go_on, histories, sell, stories

GROUPS: tuple[GroupBy, ...] = get_args(GroupBy)


def read(change: Change) -> Sale:
    """The change's order as the projector reads it."""
    return Sale.model_validate_json(change.order.json_bytes())


def postings_of(page: int, change: Change, before: Change | None) -> list[Posting]:
    """What the change adds to an order that was so before."""
    return effects.post(page, read(before) if before else None, read(change))


def paged(changes: Iterable[Change]) -> list[list[Posting]]:
    """What each of the changes adds, the first one on page 1."""
    last: dict[str, Change] = {}
    pages = []
    for page, change in enumerate(changes, 1):
        pages.append(postings_of(page, change, last.get(change.order.id)))
        last[change.order.id] = change
    return pages


def summed(changes: Iterable[Change]) -> list[tuple[SheetKey, Sheet]]:
    """The sheets of these changes."""
    postings = [posting for page in paged(changes) for posting in page]
    return [(key, sheet_after(EMPTY, some, len(postings))) for key, some in by_sheet(postings).items()]


def by_sheet(postings: Iterable[Posting]) -> dict[SheetKey, list[Posting]]:
    """The postings of each sheet."""
    sheets = defaultdict(list)
    for posting in postings:
        sheets[posting.place.sheet].append(posting)
    return sheets


def figures(figures: Counter[str]) -> dict[str, object]:
    """Figures that are not 0, with the quantity in units."""
    exact = {name: Decimal(sum) / 1000 if "quantity" in name else sum for name, sum in figures.items()}
    return {name: sum for name, sum in exact.items() if sum}


def rows(sheets: Iterable[tuple[SheetKey, Sheet]], group_by: GroupBy) -> dict[str, dict[str, object]]:
    """A dimension's rows as `Plain` has them."""
    sums = rules.summed([one for one in sheets if one[0].book == rules.book_of(group_by)], group_by, "IDR")
    part = {"tax_rate": 1, "discount": 1}.get(group_by, 0)
    return {group.split("@")[part] if group else "": figures(sum) for group, sum in sums.items()}


@given(histories, st.randoms(use_true_random=False))
def test_sheets_hold_each_page_once_however_rounds_overlap(changes: list[Change], random: random.Random) -> None:
    pages = paged(changes)
    sheets: dict[SheetKey, Sheet] = {}
    done = 0
    while done < len(pages):
        through = random.randint(done + 1, len(pages))
        postings = [posting for page in pages[done:through] for posting in page]
        whole = True
        for key, some in by_sheet(postings).items():
            if random.random() > 0.7:  # the projector died before it wrote this sheet
                whole = False
                continue
            sheets[key] = sheet_after(sheets.get(key, EMPTY), some, through)
        done = through if whole else done

    plain = Plain(changes)
    for group_by in GROUPS:
        assert rows(sheets.items(), group_by) == plain.by(group_by), group_by


@given(stories)
def test_an_orders_versions_add_up_to_what_its_last_one_comes_to(changes: list[Change]) -> None:
    sums: defaultdict[Any, Counter[str]] = defaultdict(Counter)
    for page in paged(changes):
        for posting in page:
            sums[posting.place].update(posting.figures)

    assert {at: figures(sum) for at, sum in sums.items() if figures(sum)} == {
        at: figures(sum) for at, sum in effects.effect(read(changes[-1])).items() if figures(sum)
    }


@given(histories)
def test_dimensions_agree_with_each_other(changes: list[Change]) -> None:
    sheets = summed(changes)
    total = rules.totals([one for one in sheets if one[0].book == "day"])

    def across(group_by: GroupBy, figure: str) -> int:
        of_book = [one for one in sheets if one[0].book == rules.book_of(group_by)]
        return sum(sums[figure] for sums in rules.summed(of_book, group_by, "IDR").values())

    for group_by in ("day", "month", "hour", "weekday_hour", "location", "staff", "register"):
        for figure in (
            "orders",
            "cancelled_total",
            "voids",
            "manual_discount",
            "total",
            "paid",
            "refunds",
            "refunded_total",
            "refunded",
        ):
            assert across(group_by, figure) == getattr(total, figure)
    for figure in ("gross", "discount", "net", "tax"):
        for name in (figure, f"refunded_{figure}"):
            assert across("product", name) == across("category", name) == getattr(total, name)
    assert across("payment_method", "amount") == total.paid
    assert across("payment_method", "refunded") == total.refunded
    assert across("discount", "amount") == total.discount
    assert across("tax_rate", "amount") == total.tax
    assert across("tax_rate", "refunded_amount") == total.refunded_tax
    for of in ("", "refunded_"):
        parts = [getattr(total, f"{of}{name}") for name in ("net", "service_charge", "tax", "tip")]
        assert sum(parts) == getattr(total, f"{of}total")


@given(LINES, EXTRAS, st.lists(st.integers(1, 3), max_size=4))
def test_a_sale_that_comes_back_whole_leaves_nothing_but_counts(
    lines: list[tuple[str, str]], more: dict[str, Any], parts: list[int]
) -> None:
    changes = go_on(sell(lines, **more), [("return", quarters, 1) for quarters in (*parts, 4)])

    total = rules.totals(summed(changes))

    for name in ("gross", "discount", "net", "service_charge", "tax", "tip", "total", "quantity"):
        assert getattr(total, name) == getattr(total, f"refunded_{name}"), name
    assert total.refunded == (total.refunded_total or 0) + (total.refunded_cash_rounding or 0)


def test_the_same_posting_again_leaves_the_very_same_sheet() -> None:
    postings = [one for one in paged(sell([("var_kopi", "1")]))[0] if one.place.sheet.book == "day"]
    sheet = sheet_after(EMPTY, postings, 1)

    assert sheet_after(sheet, postings, 9) is sheet


def test_of_the_events_of_a_version_one_stands_for_it() -> None:
    events = ["order.created", "order.completed", "payment.created", "payment.created"]

    assert [effects.tells_of_order(one, ordinal) for ordinal, one in enumerate(events)] == [True, False, False, False]
    assert not effects.tells_of_order("product.updated", 0)


def test_a_change_that_moves_no_money_adds_nothing() -> None:
    [sold] = sell([("var_kopi", "1")])
    noted = Change(sold.order.model_copy(update={"version": 2, "note": "no sugar"}), ("order.updated",))

    assert postings_of(2, noted, sold) == []


def test_a_payment_taken_later_is_of_its_own_day_and_touches_no_other_sheet() -> None:
    lent, paid = go_on(sell([("var_kopi", "1")], course="lent"), [("pay", 4, 26)])

    added = postings_of(2, paid, lent)

    assert {(one.place.sheet.book, one.place.sheet.day) for one in added} == {("day", "2026-11-25")}
    assert {(one.place.dimension, one.place.group) for one in added} == {
        ("day", ""),
        ("hour", "10"),
        ("register", ""),
        ("staff", "key_0"),
        ("payment_method", "transfer"),
    }


def test_what_a_provider_has_not_answered_is_not_paid_yet_and_counts_when_it_is() -> None:
    lent, asked, taken = go_on(sell([("var_kopi", "1")], course="lent"), [("ask", 2, 1), ("answer", 4, 25)])

    assert postings_of(2, asked, lent) == []
    assert {one.place.sheet.day for one in postings_of(3, taken, asked)} == {"2026-11-25"}


def test_a_voided_payment_is_taken_off_and_counted() -> None:
    lent, paid, voided = go_on(sell([("var_kopi", "1")], course="lent"), [("pay", 2, 1), ("void", 1, 1)])

    assert rows(summed([lent, paid, voided]), "payment_method") == {"card": {"voided": 1}}


def test_a_payment_that_goes_to_another_order_counts_once() -> None:
    [one] = sell([("var_kopi", "1")], course="stepped")[:1]
    [other] = sell([("var_noodle", "2")], course="stepped")[:1]
    grown = one.order.changed(OPENING, **parting.merged(one.order, other.order))
    gone = other.order.changed(
        OPENING, **parting.emptied(other.order), status="cancelled", cancelled_at=one.order.created_at
    )
    merged = [
        one,
        other,
        Change(grown, ("order.updated",), dict.fromkeys((paid.id for paid in other.order.payments), "payment.updated")),
        Change(gone, ("order.cancelled",)),
    ]

    assert rows(summed(merged), "day") == {"2026-11-24": {"paid": one.order.paid + other.order.paid}}


def test_what_a_provider_declines_to_give_back_was_not_given_back() -> None:
    steps: list[Step] = [("ask", 2, 1), ("answer", 4, 1), ("return", 1, 24), ("decline", 1, 48)]
    changes = go_on(sell([("var_kopi", "4")], course="lent"), steps)
    assert len(changes) == 1 + len(steps)

    before, after = rows(summed(changes[:-1]), "day"), rows(summed(changes), "day")

    assert before["2026-11-25"]["refunded"] == 19_800
    assert after["2026-11-25"] == {name: sum for name, sum in before["2026-11-25"].items() if name != "refunded"}


def test_money_given_back_before_the_sale_is_no_return_of_goods() -> None:
    changes = go_on(
        sell([("var_kopi", "1")], course="stepped")[:1], [("reduce", 4, 1), ("pay", 1, 1), ("complete", 1, 1)]
    )

    [day] = rows(summed(changes), "day").values()

    assert (day["paid"], day["refunded"], "refunds" in day) == (24_750, 19_800, False)


def test_an_hour_is_the_shops_own_and_winter_time_comes_twice() -> None:
    [sold] = sell([("var_kopi", "1")], course="lent")
    hours = []
    for completed_at in ("2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"):
        order = sold.order.model_copy(update={"time_zone": "Europe/Berlin", "completed_at": completed_at})
        postings = postings_of(1, Change(order, sold.events), None)
        hours += [one.place.group for one in postings if one.place.dimension == "hour"]

    assert hours == ["02", "02"]


@pytest.mark.parametrize(
    "lacks", [{"business_date": None}, {"history": ()}, {"lines": ()}], ids=["a day", "a history", "what came back"]
)
def test_an_order_that_lacks_what_it_implies_is_refused(lacks: dict[str, object]) -> None:
    *_, returned = go_on(sell([("var_kopi", "1")]), [("return", 4, 1)])
    order = returned.order.model_copy(update=lacks)

    with pytest.raises((ValueError, LookupError)):
        postings_of(1, Change(order, returned.events), None)
