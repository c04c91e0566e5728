"""get_shift_report"""

import pytest

from shifts import get_shift_report, store
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import Till, custom, piece
from tests.unit.shifts.counter import Counter


def test_the_sample_event_answers_the_x_report(shop: Shop, counter: Counter) -> None:
    shift_id = counter.opened(1_000)

    reply = send(get_shift_report.handler, sample("shifts", "get_shift_report", shop, id=shift_id))

    report = reply.json
    assert (reply.status, report["kind"], report["z_number"], report["entries"]) == (200, "x", None, 0)
    assert report["cash"] == {
        "opening_float": 1_000,
        "sales": 0,
        "refunds": 0,
        "paid_in": 0,
        "paid_out": 0,
        "drops": 0,
        "no_sales": 0,
        "expected": 1_000,
        "counted": None,
        "difference": None,
    }


def test_a_report_has_the_shift_by_tender_tax_category_and_staff(counter: Counter, till: Till) -> None:
    tax = till.tax("11")
    coffee = till.product(10_000, tax_ids=(tax,))
    shift_id = counter.opened(50_000)
    lines = (piece(coffee, "2", discounts=[{"amount": 2_000}]), custom(5_000, "1.5"))
    mixed = [{"method": "cash", "amount": 10_000, "tendered": 20_000}, {"method": "qris", "amount": 18_980}]
    order = till.sell(*lines, register_id=counter.register_id, tip=1_500, payments=mixed, complete=True).json
    assert order["total"] == 28_980

    report = counter.report(shift_id)

    assert report["sales"] == {
        "count": 1,
        "gross": 27_500,
        "discount": 2_000,
        "net": 25_500,
        "service_charge": 0,
        "tax": 1_980,
        "tip": 1_500,
        "total": 28_980,
        "cash_rounding": 0,
    }
    assert report["tenders"] == [
        {"method": "cash", "payments": 1, "paid": 10_000, "refunds": 0, "refunded": 0, "net": 10_000},
        {"method": "qris", "payments": 1, "paid": 18_980, "refunds": 0, "refunded": 0, "net": 18_980},
    ]
    assert report["taxes"] == [{"tax_id": tax, "name": "Tax 11", "rate": "11", "base": 18_000, "amount": 1_980}]
    (category,) = report["categories"]
    assert category == {
        "category_id": None,
        "quantity": "3.5",
        "gross": 27_500,
        "discount": 2_000,
        "net": 25_500,
        "tax": 1_980,
    }
    assert report["staff"] == [{"actor": "key_test", "count": 1, "total": 28_980, "refunds": 0, "refunded": 0}]
    assert (report["cash"]["sales"], report["cash"]["expected"]) == (10_000, 60_000)


def test_a_cancelled_sale_is_counted_as_such_and_nothing_else(counter: Counter, till: Till) -> None:
    shift_id = counter.opened()
    till.cancel(counter.sell(700).json["id"])

    report = counter.report(shift_id)

    assert report["cancellations"] == report["voided_payments"] == {"count": 1, "total": 700}
    assert set(report["sales"].values()) == {0}
    assert report["tenders"] == report["categories"] == report["staff"] == []
    assert (report["entries"], report["cash"]["expected"]) == (2, 0)


def test_a_closed_shift_answers_its_z_report(counter: Counter) -> None:
    shift_id = counter.opened()
    counter.sell(700)
    x_report = counter.report(shift_id)
    closed = counter.close(shift_id, 650).json

    z_report = counter.report(shift_id)

    assert z_report == closed["report"]
    assert (z_report["kind"], z_report["z_number"], z_report["at"]) == ("z", 1, closed["closed_at"])
    assert z_report["cash"] == x_report["cash"] | {"counted": 650, "difference": -50}
    changed = {"kind", "z_number", "at", "cash"}
    assert {name: z_report[name] for name in z_report.keys() - changed} == {
        name: x_report[name] for name in x_report.keys() - changed
    }


def test_a_report_waits_until_it_has_every_entry_that_is_counted(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    shift_id = counter.opened()
    counter.sell(700)
    read, late = store._all_entries, [300]

    def overtaken(merchant_id: str, shift: str) -> object:
        if late:
            counter.sell(late.pop())
        return read(merchant_id, shift)

    monkeypatch.setattr(store, "_all_entries", overtaken)

    report = counter.report(shift_id)

    assert (report["entries"], report["cash"]["expected"]) == (2, 1_000)


def test_a_ledger_of_several_pages_is_summed_whole(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_PAGE", 2)
    shift_id = counter.opened()
    for amount in (1, 10, 100, 1_000, 10_000):
        counter.move(shift_id, "paid_in", amount)

    assert (counter.report(shift_id)["entries"], counter.expected(shift_id)) == (5, 11_111)


def test_the_permission_to_report_on_shifts_is_needed(shop: Shop, counter: Counter) -> None:
    assert_needs("shifts:report", shop, get_shift_report.handler, id=counter.opened())


def test_another_merchants_shift_does_not_exist(counter: Counter) -> None:
    reply = Shop.open().call(get_shift_report.handler, id=counter.opened())

    assert (reply.status, reply.code) == (404, "shift.not_found")
