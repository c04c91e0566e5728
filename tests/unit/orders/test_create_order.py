"""create_order"""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import TypeAdapter

from catalog import create_product, delete_product, update_product
from orders import create_order
from pos import aws
from pos.model import Id
from pos.money import MAX_AMOUNT
from staff import create_location, update_merchant
from tests.support.contract import assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.orders.till import (
    Json,
    Killed,
    Till,
    at_each_transaction,
    calls_one_at_a_time,
    custom,
    drafts,
    levels,
    many_variants,
    piece,
    set_clock,
    small_steps,
    stored,
)


def settings(till: Till, **changes: Any) -> None:
    assert till.shop.call(update_merchant.handler, changes).status == 200


class TestSelling:
    def test_the_sample_event_sells(self, till: Till) -> None:
        till.product(15_000, sku="KOPI-S")

        reply = send(create_order.handler, sample("orders", "create_order", till.shop))

        assert reply.status == 201
        assert (reply.json["status"], reply.json["payment_status"]) == ("completed", "paid")
        # (15000 + 5000) x 2 + 8000 x 1.5 = 52000, less 10 %, and a tip of 2000
        assert (reply.json["total"], reply.json["change"]) == (48_800, 1_200)

    def test_it_needs_the_permission(self, till: Till) -> None:
        assert_needs("orders:write", till.shop, create_order.handler, till.body(custom()))

    def test_lines_name_variants_by_id_sku_and_barcode_or_are_custom(self, till: Till) -> None:
        by_id = till.product(1_000, name="Kecil")
        by_sku = till.product(2_000, sku="TEH-1")
        by_barcode = till.product(3_000, barcode="8991234500017", unit="kg")

        reply = till.sell(
            piece(by_id, "2"),
            {"sku": "TEH-1", "quantity": "1"},
            {"barcode": "8991234500017", "quantity": "0.5"},
            custom(700),
        )

        lines = reply.json["lines"]
        assert [line["variant_id"] for line in lines] == [by_id, by_sku, by_barcode, None]
        assert [line["name"] for line in lines] == ["Kopi Kecil", "Kopi", "Kopi", "Kue"]
        assert [line["total"] for line in lines] == [2_000, 2_000, 1_500, 700]
        assert reply.json["total"] == 6_200

    def test_names_in_any_script_are_kept_as_they_are(self, till: Till) -> None:
        names = ["Kopi ☕️ «spesial»", "アサヒ ドライ", "قهوة", "ก๋วยเตี๋ยว", "n\u0303ame"]

        lines = [{"custom": {"name": name, "price": 1}, "quantity": "1"} for name in names]
        made = till.sell(*lines).json

        assert [line["name"] for line in till.get(made["id"]).json["lines"]] == names

    def test_an_order_remembers_what_it_sold_when_the_catalog_changes(self, till: Till) -> None:
        made = till.shop.call(create_product.handler, {"name": "Kopi", "variants": [{"price": 10_000}]}).json
        sold = till.sell(piece(made["variants"][0]["id"])).json

        variants = [{"id": made["variants"][0]["id"], "price": 99_000}]
        till.shop.call(update_product.handler, {"name": "Teh", "variants": variants}, id=made["id"])
        till.shop.call(delete_product.handler, id=made["id"])

        assert till.get(sold["id"]).json == sold
        assert till.move(sold["id"], "completed").json["lines"] == sold["lines"]

    def test_a_retired_product_is_no_longer_sold(self, till: Till) -> None:
        made = till.shop.call(create_product.handler, {"name": "Kopi", "variants": [{"price": 1, "sku": "K"}]}).json
        till.shop.call(delete_product.handler, id=made["id"])

        reply = till.sell({"sku": "K", "quantity": "1"})

        assert (reply.status, reply.code, reply.pointers) == (422, "variant.unknown", ["/lines/0/sku"])

    def test_an_order_has_hundreds_of_lines(self, till: Till) -> None:
        reply = till.sell(*(custom(n, "1.5") for n in range(1, 501)))

        assert reply.status == 201
        assert len(till.get(reply.json["id"]).json["lines"]) == 500

    def test_the_order_keeps_the_policy_it_was_made_under(self, till: Till) -> None:
        settings(till, tax_rounding="per_order", rounding_mode="half_even", cash_rounding_step=100)
        made = till.sell(custom()).json
        settings(till, tax_rounding="per_line", rounding_mode="down", cash_rounding_step=0)

        assert till.get(made["id"]).json["policy"] == {
            "currency": "IDR",
            "minor_units": 0,
            "tax_rounding": "per_order",
            "rounding_mode": "half_even",
            "cash_rounding_step": 100,
        }

    def test_the_business_day_is_that_of_the_location(self, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
        new_york = till.shop.call(create_location.handler, {"name": "NY", "time_zone": "America/New_York"}).json["id"]
        set_clock(monkeypatch, "2026-11-24T17:30:00Z")

        assert till.sell(custom(), complete=True).json["business_date"] == "2026-11-25"
        assert till.sell(custom(), complete=True, location_id=new_york).json["business_date"] == "2026-11-24"


class TestOfflineSales:
    def test_a_sale_belongs_to_the_day_on_which_it_took_place(
        self, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        set_clock(monkeypatch, "2026-11-24T09:30:00Z")

        made = till.sell(custom(), complete=True, occurred_at="2026-11-20T23:30:00+07:00").json

        assert (made["business_date"], made["completed_at"]) == ("2026-11-20", "2026-11-20T16:30:00.000Z")
        assert (made["occurred_at"], made["created_at"]) == ("2026-11-20T16:30:00.000Z", "2026-11-24T09:30:00.000Z")

    @pytest.mark.parametrize("moment", ["2026-11-24T09:35:01Z", "2026-08-26T09:29:59Z"])
    def test_a_sale_of_the_future_or_of_long_ago_is_refused(
        self, till: Till, monkeypatch: pytest.MonkeyPatch, moment: str
    ) -> None:
        set_clock(monkeypatch, "2026-11-24T09:30:00Z")
        before = stored()

        replies = [till.sell(custom(), occurred_at=moment), till.preview(custom(), occurred_at=moment)]

        assert {(reply.status, reply.code, reply.pointers[0]) for reply in replies} == {
            (422, "order.occurred_at_invalid", "/occurred_at")
        }
        assert stored() == before


def sell_as(till: Till, number: str | None, *lines: Json, **request: Any) -> Reply:
    """A sale at R1, which gave it this number, or none."""
    numbered: Json = {} if number is None else {"number": number}
    return till.sell(*(lines or [custom()]), register_id=till.shop.register_id, **numbered, **request)


class TestNumbersThatARegisterGivesOutItself:
    """R1 is in Jakarta, where it is 16:30 on 24 November."""

    @pytest.fixture(autouse=True)
    def _afternoon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        set_clock(monkeypatch, "2026-11-24T09:30:00Z")

    def test_the_order_has_the_number_that_the_receipt_shows(self, till: Till) -> None:
        sold = sell_as(till, "R1-20261124-0001")

        assert (sold.status, sold.json["number"]) == (201, "R1-20261124-0001")
        assert till.get(sold.json["id"]).json["number"] == "R1-20261124-0001"

    def test_a_register_counts_on_above_them(self, till: Till) -> None:
        numbers = [sell_as(till, number).json["number"] for number in (None, "R1-20261124-0002", None, None)]

        assert numbers == [f"R1-20261124-{n:04d}" for n in (1, 2, 3, 4)]

    def test_they_may_come_in_any_order_each_once(self, till: Till) -> None:
        numbers = [f"R1-20261124-{n:04d}" for n in (4, 2, 7, 1, 6, 3, 5)]

        assert [sell_as(till, number).json["number"] for number in numbers] == numbers
        again = [sell_as(till, number) for number in numbers]

        assert {(reply.status, reply.code, *reply.pointers) for reply in again} == {
            (409, "order.number_taken", "/number")
        }
        assert sell_as(till, None).json["number"] == "R1-20261124-0008"

    def test_a_number_that_was_counted_here_is_taken(self, till: Till) -> None:
        sell_as(till, None)
        before = stored()

        reply = sell_as(till, "R1-20261124-0001")

        assert (reply.status, reply.code, reply.pointers) == (409, "order.number_taken", ["/number"])
        assert stored() == before

    def test_what_was_skipped_stays_the_registers(self, till: Till) -> None:
        numbers = (None, "R1-20261124-0005", None, "R1-20261124-0003")

        assert [sell_as(till, number).json["number"][-4:] for number in numbers] == ["0001", "0005", "0006", "0003"]

    def test_each_day_is_counted_by_itself(self, till: Till) -> None:
        sell_as(till, None)
        yesterday = {"occurred_at": "2026-11-23T21:00:00+07:00"}

        sold = sell_as(till, "R1-20261123-0001", **yesterday)

        assert (sold.json["number"], sold.json["occurred_at"]) == ("R1-20261123-0001", "2026-11-23T14:00:00.000Z")
        assert sell_as(till, None, **yesterday).json["number"] == "R1-20261123-0002"
        assert sell_as(till, None).json["number"] == "R1-20261124-0002"

    @pytest.mark.parametrize("name", [{"id": "ord_offline-0001"}, {"headers": {"Idempotency-Key": "offline-1"}}])
    def test_a_repeat_gets_the_first_answer(self, till: Till, name: Json) -> None:
        first = sell_as(till, "R1-20261124-0003", **name)
        before = stored()

        again = sell_as(till, "R1-20261124-0003", **name)

        assert (again.status, again.text, again.headers["idempotent-replayed"]) == (201, first.text, "true")
        assert stored() == before

    def test_of_sales_that_race_for_one_number_one_gets_it(self, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
        calls_one_at_a_time(monkeypatch)

        with ThreadPoolExecutor(4) as senders:
            replies = list(senders.map(lambda _: sell_as(till, "R1-20261124-0001"), range(4)))

        outcomes = sorted((reply.status, reply.code if reply.status > 299 else "") for reply in replies)
        assert outcomes == [(201, ""), *[(409, "order.number_taken")] * 3]

    def test_sales_that_come_numbered_and_not_at_once_are_each_numbered_once(
        self, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls_one_at_a_time(monkeypatch)
        given = [None, "R1-20261124-0021", None, "R1-20261124-0020", None, "R1-20261124-0023"]

        with ThreadPoolExecutor(6) as senders:
            replies = list(senders.map(lambda number: sell_as(till, number), given))

        # A sale that was not numbered may have got a number first that another one brings
        outcomes = {(reply.status, reply.code if reply.status > 299 else "") for reply in replies}
        assert outcomes <= {(201, ""), (409, "order.number_taken")}
        sold = [reply.json["number"] for reply in replies if reply.status == 201]
        assert len(set(sold)) == len(sold) >= 3

    def test_a_sale_in_steps_has_its_number_and_is_undone_if_that_is_taken_meanwhile(
        self, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        small_steps(monkeypatch)
        lines = [piece(variant) for variant in many_variants(till, 5, stock="3")]
        assert sell_as(till, "R1-20261124-0002", *lines).json["number"] == "R1-20261124-0002"
        overtakers = ["R1-20261124-0001"]

        def overtake() -> None:
            if overtakers:
                assert sell_as(till, overtakers.pop()).status == 201

        at_each_transaction(monkeypatch, before=overtake)
        refused = sell_as(till, "R1-20261124-0001", *lines)

        assert (refused.status, refused.code) == (409, "order.number_taken")
        assert set(levels(till).values()) == {"2"}
        assert drafts() == []

    def test_a_sale_in_steps_and_its_repeat_count_once(self, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
        small_steps(monkeypatch)
        lines = [piece(variant) for variant in many_variants(till, 5, stock="3")]
        first = sell_as(till, "R1-20261124-0001", *lines, id="ord_offline-0001")

        again = sell_as(till, "R1-20261124-0001", *lines, id="ord_offline-0001")

        assert (again.status, again.text) == (201, first.text)
        assert set(levels(till).values()) == {"2"}

    @pytest.mark.parametrize(
        "number",
        [
            "R2-20261124-0001",
            "r1-20261124-0001",
            "R1-20261123-0001",
            "R1-20261125-0001",
            "R1-20261324-0001",
            "R1-20261124-0000",
            "R1-20261124-001",
            "R1-20261124-10000",
            "R1-20261124--001",
            "R1-20261124-\u0660\u0660\u0660\u0661",
            "R1-2026-11-24-0001",
            "0001",
        ],
    )
    def test_what_the_register_does_not_give_out_that_day_is_refused(self, till: Till, number: str) -> None:
        before = stored()

        replies = [
            sell_as(till, number),
            till.preview(custom(), register_id=till.shop.register_id, number=number),
        ]

        assert {(reply.status, reply.code, *reply.pointers) for reply in replies} == {
            (422, "order.number_invalid", "/number")
        }
        assert stored() == before

    def test_nobody_but_a_register_gives_out_numbers(self, till: Till) -> None:
        reply = till.sell(custom(), number="R1-20261124-0001")

        assert (reply.status, reply.code, reply.pointers) == (422, "order.number_invalid", ["/number"])

    def test_they_cost_nothing_more(self, till: Till) -> None:
        seen: list[str] = []
        rows = sum(map(len, stored().values()))
        aws.dynamodb().meta.events.register("before-call.dynamodb", lambda model, **_: seen.append(model.name))

        sell_as(till, "R1-20261124-0001")

        assert seen == ["BatchGetItem", "TransactWriteItems"]
        assert sum(map(len, stored().values())) == rows + 3  # the order, its event and the counter


class TestPriceOverride:
    def test_whoever_may_override_prices_does(self, till: Till) -> None:
        assert till.sell(piece(till.product(10_000), price=1)).json["total"] == 1

    def test_whoever_may_not_is_refused(self, till: Till) -> None:
        body = till.body(piece(till.product(10_000), price=1))
        before = stored()

        reply = till.shop.call(create_order.handler, body, permissions="orders:read orders:write")

        assert (reply.status, reply.code) == (403, "auth.forbidden")
        assert "orders:override_price" in reply.json["detail"]
        assert stored() == before


class TestStock:
    def test_stock_falls_by_what_is_sold(self, till: Till) -> None:
        variant = till.product(unit="kg", stock="10")

        till.sell(piece(variant, "2.125"))

        assert till.on_hand(variant) == "7.875"

    def test_several_lines_of_one_variant_are_summed(self, till: Till) -> None:
        variant = till.product(unit="kg", stock="10", sku="K", barcode="899")

        reply = till.sell(piece(variant, "1"), {"sku": "K", "quantity": "2"}, {"barcode": "899", "quantity": "0.5"})

        assert reply.status == 201
        assert till.on_hand(variant) == "6.5"

    def test_what_is_not_tracked_has_no_stock(self, till: Till) -> None:
        variant = till.product(track_stock=False)

        till.sell(piece(variant))

        assert till.on_hand(variant) is None

    def test_by_the_policy_allow_stock_goes_below_zero_in_silence(self, till: Till) -> None:
        variant = till.product()

        assert till.sell(piece(variant, "3")).json["warnings"] == []
        assert till.on_hand(variant) == "-3"

    def test_the_policy_warn_sells_and_says_which_line_took_too_much(self, till: Till) -> None:
        settings(till, stock_policy="warn")
        plenty, few = till.product(stock="10"), till.product(stock="1.5")

        reply = till.sell(piece(plenty), piece(few), piece(few))

        assert reply.status == 201
        assert reply.json["warnings"] == [{"line": 2, "variant_id": few, "on_hand": "1.5"}]
        assert till.on_hand(few) == "-0.5"

    @pytest.mark.parametrize("stock", [None, "0.5", "1.999"])
    def test_the_policy_block_refuses_naming_the_line_and_changes_nothing(self, till: Till, stock: str | None) -> None:
        settings(till, stock_policy="block")
        plenty, few = till.product(stock="10"), till.product(stock=stock)
        before = stored()

        reply = till.sell(
            piece(plenty), piece(few), piece(few), register_id=till.shop.register_id, headers={"Idempotency-Key": "k"}
        )

        assert (reply.status, reply.code, reply.pointers) == (409, "stock.insufficient", ["/lines/2/quantity"])
        assert f"Only {stock or 0} of Kopi" in reply.json["detail"]
        assert stored() == before

    def test_the_last_piece_is_sold_under_the_policy_block(self, till: Till) -> None:
        variant = till.product(stock="2", stock_policy="block")

        assert till.sell(piece(variant, "2")).status == 201
        assert till.on_hand(variant) == "0"

    @pytest.mark.parametrize(
        ("merchant", "location", "variant", "blocks"),
        [
            ("block", None, None, True),
            ("block", "allow", None, False),
            ("allow", "block", None, True),
            ("block", "block", "allow", False),
            ("allow", "allow", "block", True),
        ],
    )
    def test_the_variants_policy_goes_before_the_locations_and_that_before_the_merchants(
        self, till: Till, merchant: str, location: str | None, variant: str | None, blocks: bool
    ) -> None:
        settings(till, stock_policy=merchant)
        place = till.shop.call(create_location.handler, {"name": "Other", "stock_policy": location}).json["id"]

        reply = till.sell(piece(till.product(stock_policy=variant)), location_id=place)

        assert reply.status == (409 if blocks else 201)

    def test_64_registers_that_sell_the_last_10_pieces_sell_exactly_10(
        self, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        variant = till.product(stock="10", stock_policy="block")
        calls_one_at_a_time(monkeypatch)

        with ThreadPoolExecutor(64) as registers:
            replies = list(registers.map(lambda _: till.sell(piece(variant)), range(64)))

        assert sorted(reply.status for reply in replies) == [201] * 10 + [409] * 54
        assert {reply.code for reply in replies if reply.status == 409} == {"stock.insufficient"}
        assert till.on_hand(variant) == "0"

    @pytest.mark.slow
    def test_an_order_of_161_different_tracked_variants_sells_and_its_stock_returns(self, till: Till) -> None:
        variants = many_variants(till, 161, stock="5")

        reply = till.sell(*map(piece, variants), register_id=till.shop.register_id, complete=True)

        assert (reply.status, reply.json["total"]) == (201, 16_100)
        assert till.get(reply.json["id"]).json == reply.json
        assert levels(till) == dict.fromkeys(variants, "4")
        assert [event["type"] for event in events_of(till.shop, reply.json["id"])] == [
            "order.created",
            "order.completed",
        ]
        assert till.cancel(reply.json["id"]).status == 200
        assert levels(till) == dict.fromkeys(variants, "5")
        assert drafts() == []


class TestOneTransaction:
    def test_a_sale_is_one_read_and_one_transaction(self, till: Till) -> None:
        variant = till.product(stock="5", stock_policy="block")
        seen: list[str] = []
        aws.dynamodb().meta.events.register("before-call.dynamodb", lambda model, **_: seen.append(model.name))

        till.sell(piece(variant), register_id=till.shop.register_id, headers={"Idempotency-Key": "k"})

        assert seen == ["BatchGetItem", "TransactWriteItems"]

    def test_a_crash_before_the_transaction_leaves_nothing(self, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
        variant = till.product(stock="5")
        before = stored()
        at_each_transaction(monkeypatch, before=die)

        with pytest.raises(Killed):
            till.sell(piece(variant), register_id=till.shop.register_id)

        assert stored() == before

    def test_a_crash_after_the_transaction_leaves_everything_and_a_repeat_does_not_sell_again(
        self, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        variant = till.product(stock="5")
        with monkeypatch.context() as crashing:
            at_each_transaction(crashing, after=die)
            with pytest.raises(Killed):
                till.sell(piece(variant), id="ord_offline-0001", register_id=till.shop.register_id)

        repeated = till.sell(piece(variant), id="ord_offline-0001", register_id=till.shop.register_id)

        assert till.on_hand(variant) == "4"
        assert [event["type"] for event in events_of(till.shop, "ord_offline-0001")] == ["order.created"]
        assert repeated.headers["idempotent-replayed"] == "true"
        assert repeated.json == till.get("ord_offline-0001").json
        assert till.sell(custom(), register_id=till.shop.register_id).json["number"].endswith("-0002")


def die() -> None:
    raise Killed


class TestEvents:
    def test_an_open_order_is_created_and_nothing_more(self, till: Till) -> None:
        made = till.sell(custom())

        [event] = events_of(till.shop, made.json["id"])
        assert (event["type"], event["data"]) == ("order.created", made.json)

    def test_a_completed_order_is_created_and_completed_in_this_order_with_the_same_data(self, till: Till) -> None:
        made = till.sell(custom(), complete=True)

        created, completed = events_of(till.shop, made.json["id"])
        assert (created["type"], completed["type"]) == ("order.created", "order.completed")
        assert created["data"] == completed["data"] == made.json
        assert created["id"] != completed["id"]
        assert created["entity"] == completed["entity"] == {"type": "order", "id": made.json["id"], "version": 1}


class TestReceiptNumbers:
    def test_a_register_counts_without_gaps_and_begins_anew_each_day(
        self, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        numbers = []
        for moment in ("2026-11-24T16:58:00Z", "2026-11-24T16:59:00Z", "2026-11-24T17:00:00Z", "2026-11-24T17:01:00Z"):
            set_clock(monkeypatch, moment)
            numbers.append(till.sell(custom(), register_id=till.shop.register_id).json["number"])

        assert numbers == ["R1-20261124-0001", "R1-20261124-0002", "R1-20261125-0001", "R1-20261125-0002"]

    def test_a_refused_sale_takes_no_number(self, till: Till) -> None:
        blocked = till.product(stock_policy="block")
        register = till.shop.register_id

        assert till.sell(custom(), register_id=register).json["number"].endswith("-0001")
        assert till.sell(piece(blocked), register_id=register).status == 409
        assert till.sell(custom(), register_id=register).json["number"].endswith("-0002")

    def test_a_sale_that_another_overtakes_takes_the_next_number(
        self, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        register, overtakers = till.shop.register_id, [1, 2, 3]

        def overtake() -> None:
            if overtakers:
                overtakers.pop()
                till.sell(custom(), register_id=register)

        at_each_transaction(monkeypatch, before=overtake)

        # The first sale to begin is the last to end, for three others, each begun in the middle of the one before, are
        # quicker; and it has to take its number anew.
        assert till.sell(custom(), register_id=register).json["number"].endswith("-0004")

    def test_a_sale_from_before_midnight_that_comes_late_counts_on_in_its_own_day(
        self, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        register = till.shop.register_id
        set_clock(monkeypatch, "2026-11-24T16:59:59Z")
        till.sell(custom(), register_id=register)
        set_clock(monkeypatch, "2026-11-24T17:00:00Z")
        till.sell(custom(), register_id=register)
        set_clock(monkeypatch, "2026-11-24T16:59:59.990Z")
        late = till.sell(custom(), register_id=register, complete=True).json

        assert late["number"] == "R1-20261124-0002"
        assert late["business_date"] == "2026-11-24"

    def test_sales_that_race_at_one_register_are_numbered_without_gap_or_repeat(
        self, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls_one_at_a_time(monkeypatch)
        set_clock(monkeypatch, "2026-11-24T09:30:00Z")

        with ThreadPoolExecutor(8) as cashiers:
            sales = cashiers.map(lambda _: till.sell(custom(), register_id=till.shop.register_id), range(8))

        assert sorted(sale.json["number"] for sale in sales) == [f"R1-20261124-{n:04d}" for n in range(1, 9)]

    def test_a_register_that_always_loses_the_race_is_told_to_try_again(
        self, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        overtaking: list[bool] = []

        def overtake() -> None:
            if not overtaking:
                overtaking.append(True)
                till.sell(custom(), register_id=till.shop.register_id)
                overtaking.clear()

        at_each_transaction(monkeypatch, before=overtake)

        reply = till.sell(custom(), register_id=till.shop.register_id)

        assert (reply.status, reply.code, reply.headers["retry-after"]) == (503, "request.busy", "1")

    def test_without_a_register_numbers_are_unique_also_for_ids_that_end_alike(self, till: Till) -> None:
        named = [{"id": f"ord_{id}-0000000001"} for id in ("shop-a", "shop-b", "SHOP-B")]

        numbers = {
            till.shop.call(create_order.handler, till.body(custom()) | id).json["number"] for id in [*named, {}, {}]
        }

        assert len(numbers) == 5


class TestRepeats:
    def test_the_same_id_and_body_get_the_first_answer_and_sell_once(self, till: Till) -> None:
        variant = till.product(stock="5")
        first = till.sell(piece(variant), id="ord_offline-0001", register_id=till.shop.register_id)
        before = stored()

        second = till.sell(piece(variant), id="ord_offline-0001", register_id=till.shop.register_id)

        assert (second.status, second.text, second.headers["etag"]) == (201, first.text, '"1"')
        assert second.headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.headers
        assert stored() == before

    @pytest.mark.parametrize("moved_on", [Till.cancel, lambda till, id: till.move(id, "preparing")])
    def test_also_after_the_order_has_moved_on(self, till: Till, moved_on: Callable[[Till, str], Any]) -> None:
        first = till.sell(custom(), id="ord_offline-0001")
        assert moved_on(till, "ord_offline-0001").status == 200

        second = till.sell(custom(), id="ord_offline-0001")

        assert (second.status, second.text) == (201, first.text)
        assert second.headers["idempotent-replayed"] == "true"

    def test_also_when_the_sale_could_not_be_made_any_more(self, till: Till) -> None:
        made = till.shop.call(create_product.handler, {"name": "Kopi", "variants": [{"price": 1, "sku": "K"}]}).json
        first = till.sell({"sku": "K", "quantity": "1"}, id="ord_offline-0001")
        till.shop.call(delete_product.handler, id=made["id"])

        assert till.sell({"sku": "K", "quantity": "1"}, id="ord_offline-0001").text == first.text

    def test_the_last_piece_is_not_refused_to_whoever_bought_it(self, till: Till) -> None:
        variant = till.product(stock="1", stock_policy="block")
        first = till.sell(piece(variant), id="ord_offline-0001")

        assert till.sell(piece(variant), id="ord_offline-0001").text == first.text

    def test_the_same_id_with_another_body_is_refused(self, till: Till) -> None:
        till.sell(custom(1), id="ord_offline-0001")
        before = stored()

        reply = till.sell(custom(2), id="ord_offline-0001")

        assert (reply.status, reply.code) == (409, "order.already_exists")
        assert stored() == before

    def test_the_same_body_spelled_otherwise_is_the_same(self, till: Till) -> None:
        first = till.sell(custom(1, "2"), id="ord_offline-0001", tip=5)

        assert till.sell(custom(1, "2.0"), tip=5, id="ord_offline-0001").text == first.text

    def test_an_id_is_the_merchants_own(self, till: Till) -> None:
        other = Till(Shop.open())
        till.sell(custom(1), id="ord_offline-0001")

        assert other.sell(custom(2), id="ord_offline-0001").status == 201
        assert till.get("ord_offline-0001").json["total"] == 1

    def test_the_same_idempotency_key_sells_once(self, till: Till) -> None:
        variant = till.product(stock="5")
        first = till.sell(piece(variant), headers={"Idempotency-Key": "k-1"})

        second = till.sell(piece(variant), headers={"Idempotency-Key": "k-1"})

        assert (second.status, second.text) == (201, first.text)
        assert second.headers["idempotent-replayed"] == "true"
        assert till.on_hand(variant) == "4"

    def test_the_same_idempotency_key_with_another_body_is_refused(self, till: Till) -> None:
        till.sell(custom(1), headers={"Idempotency-Key": "k-1"})
        before = stored()

        reply = till.sell(custom(2), headers={"Idempotency-Key": "k-1"})

        assert (reply.status, reply.code) == (422, "idempotency.mismatch")
        assert stored() == before

    def test_a_repeat_under_another_key_sells_once_by_its_id(self, till: Till) -> None:
        first = till.sell(custom(), id="ord_offline-0001", headers={"Idempotency-Key": "k-1"})

        second = till.sell(custom(), id="ord_offline-0001", headers={"Idempotency-Key": "k-2"})

        assert second.text == first.text

    def test_a_refused_sale_may_be_repeated_under_its_key(self, till: Till) -> None:
        variant = till.product(stock_policy="block")
        assert till.sell(piece(variant), headers={"Idempotency-Key": "k-1"}).status == 409
        till.adjust(variant, "1")

        assert till.sell(piece(variant), headers={"Idempotency-Key": "k-1"}).status == 201

    def test_one_sale_sent_many_times_at_once_is_one_sale(self, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
        variant = till.product(stock="10")
        calls_one_at_a_time(monkeypatch)

        with ThreadPoolExecutor(8) as senders:
            replies = list(
                senders.map(
                    lambda _: till.sell(piece(variant), id="ord_offline-0001", register_id=till.shop.register_id),
                    range(8),
                )
            )

        assert {(reply.status, reply.text) for reply in replies} == {(201, replies[0].text)}
        assert till.on_hand(variant) == "9"


class TestPayments:
    def test_exact(self, till: Till) -> None:
        made = till.sell(custom(10_000), payments=[{"method": "qris", "amount": 10_000, "reference": "QR-1"}]).json

        assert (made["payment_status"], made["paid"], made["amount_due"], made["change"]) == ("paid", 10_000, 0, 0)
        assert made["payments"][0]["reference"] == "QR-1"

    def test_cash_gives_change(self, till: Till) -> None:
        made = till.sell(custom(8_500), payments=[{"method": "cash", "amount": 8_500, "tendered": 10_000}]).json

        assert (made["payment_status"], made["paid"], made["change"]) == ("paid", 8_500, 1_500)
        assert (made["payments"][0]["tendered"], made["payments"][0]["change"]) == (10_000, 1_500)

    def test_each_payment_is_told_of_with_what_tells_where_and_when(self, till: Till, shop: Shop) -> None:
        payments = [{"method": "card", "amount": 4_000}, {"method": "cash", "amount": 6_000, "tendered": 10_000}]

        made = till.sell(custom(10_000), payments=payments, register_id=shop.register_id).json

        told = events_of(shop, made["id"])[1:]
        assert [event["type"] for event in told] == ["payment.created"] * 2
        of_order = {
            "order_id": made["id"],
            "number": made["number"],
            "location_id": shop.location_id,
            "customer_id": None,
            "currency": "IDR",
            "time_zone": made["time_zone"],
            "business_date": made["number"].split("-")[1],
        }
        for event, payment in zip(told, made["payments"], strict=True):
            day = event["data"]["business_date"].replace("-", "")
            assert event["data"] | {"business_date": day} == payment | of_order
            assert event["entity"] == {"type": "payment", "id": payment["id"], "version": 1}
            assert (payment["status"], payment["captured_at"]) == ("captured", payment["at"])
            assert (payment["actor"], payment["register_id"]) == ("key_test", shop.register_id)

    def test_payments_of_an_order_with_the_longest_id_have_ids_like_any_other(self, till: Till) -> None:
        payments = [{"method": "card", "amount": 4_000}]
        made = till.sell(custom(10_000), payments=payments, id="ord_" + "x" * 64).json

        assert TypeAdapter(Id).validate_python(made["payments"][0]["id"])

    def test_a_part_payment_leaves_the_rest_due(self, till: Till) -> None:
        made = till.sell(custom(10_000), payments=[{"method": "card", "amount": 4_000}]).json

        assert (made["payment_status"], made["paid"], made["amount_due"]) == ("partly_paid", 4_000, 6_000)

    def test_nothing_paid_is_unpaid_and_nothing_due_is_paid(self, till: Till) -> None:
        assert till.sell(custom(1)).json["payment_status"] == "unpaid"
        assert till.sell(custom(0)).json["payment_status"] == "paid"

    def test_several_methods_pay_together_and_each_payment_has_its_own_id(self, till: Till) -> None:
        payments = [{"method": "card", "amount": 4_000}, {"method": "cash", "amount": 6_000}]

        made = till.sell(custom(10_000), payments=payments).json

        assert made["payment_status"] == "paid"
        assert len({payment["id"] for payment in made["payments"]}) == 2

    def test_a_card_is_not_charged_more_than_is_due(self, till: Till) -> None:
        payments = [{"method": "cash", "amount": 1_000}, {"method": "card", "amount": 10_001}]
        before = stored()

        reply = till.sell(custom(10_000), payments=payments)

        assert (reply.status, reply.code, reply.pointers) == (422, "payment.overpaid", ["/payments/1/amount"])
        assert stored() == before

    def test_only_cash_is_rounded_to_what_coins_can_pay(self, till: Till) -> None:
        settings(till, cash_rounding_step=100)

        cash = till.sell(custom(9_960), payments=[{"method": "cash", "amount": 10_000}]).json
        card = till.sell(custom(9_960), payments=[{"method": "card", "amount": 9_960}]).json

        assert (cash["total"], cash["cash_rounding"], cash["paid"], cash["change"]) == (9_960, 40, 10_000, 0)
        assert (card["total"], card["cash_rounding"], card["paid"]) == (9_960, 0, 9_960)
        assert cash["payment_status"] == card["payment_status"] == "paid"


def without(body: Json, field: str) -> Json:
    return {name: value for name, value in body.items() if name != field}


def second(**changes: Any) -> Callable[[Json], Json]:
    """The order with a second line that is wrong."""
    return lambda body: {**body, "lines": [*body["lines"], {**custom(), **changes}]}


def order(**changes: Any) -> Callable[[Json], Json]:
    """The order with other fields."""
    return lambda body: {**body, **changes}


BAD = {
    "no lines": (order(lines=[]), "request.invalid", "/lines"),
    "10,000 lines": (order(lines=[custom()] * 10_000), "request.invalid", "/lines"),
    "no location": (lambda body: without(body, "location_id"), "request.invalid", "/location_id"),
    "an unknown location": (order(location_id="loc_unknown"), "location.unknown", "/location_id"),
    "an unknown register": (order(register_id="reg_unknown"), "register.unknown", "/register_id"),
    "an unknown variant": (second(custom=None, variant_id="var_unknown"), "variant.unknown", "/lines/1/variant_id"),
    "an unknown sku": (second(custom=None, sku="nothing"), "variant.unknown", "/lines/1/sku"),
    "an unknown barcode": (second(custom=None, barcode="000"), "variant.unknown", "/lines/1/barcode"),
    "an unknown tax": (
        second(**custom(tax_ids=("tax_unknown",))),
        "tax.unknown",
        "/lines/1/custom/tax_ids/0",
    ),
    "a tax named twice": (
        second(**custom(tax_ids=("tax_twice", "tax_twice"))),
        "request.invalid",
        "/lines/1/custom/tax_ids",
    ),
    "a field that there is not": (second(qty="1"), "request.invalid", "/lines/1/qty"),
    "a currency of its own": (order(currency="USD"), "request.invalid", "/currency"),
    "a line that names nothing": (second(custom=None), "request.invalid", "/lines/1"),
    "a line that names two things": (second(sku="K"), "request.invalid", "/lines/1"),
    "a custom line with two prices": (second(price=1), "request.invalid", "/lines/1"),
    "quantity 0": (second(quantity="0"), "request.invalid", "/lines/1/quantity"),
    "a negative quantity": (second(quantity="-1"), "request.invalid", "/lines/1/quantity"),
    "a quantity of 4 decimals": (second(quantity="0.1234"), "request.invalid", "/lines/1/quantity"),
    "a quantity that is a float": (second(quantity=1.5), "request.invalid", "/lines/1/quantity"),
    "a quantity that is no number": (second(quantity="two"), "request.invalid", "/lines/1/quantity"),
    "a quantity that is not finite": (second(quantity="Infinity"), "request.invalid", "/lines/1/quantity"),
    "a quantity of a billion and one": (second(quantity="1000000001"), "request.invalid", "/lines/1/quantity"),
    "a price that is a string": (
        second(custom={"name": "x", "price": "5"}),
        "request.invalid",
        "/lines/1/custom/price",
    ),
    "a price that is a float": (second(custom={"name": "x", "price": 0.5}), "request.invalid", "/lines/1/custom/price"),
    "a negative price": (second(custom={"name": "x", "price": -1}), "request.invalid", "/lines/1/custom/price"),
    "a price above 2^53 - 1": (second(**custom(2**53)), "request.invalid", "/lines/1/custom/price"),
    "a line above 2^53 - 1": (second(**custom(MAX_AMOUNT, "1.001")), "order.amount_too_large", "/lines/1"),
    "an order above 2^53 - 1": (second(**custom(MAX_AMOUNT)), "order.amount_too_large", "/lines"),
    "a discount over 100 %": (
        second(discounts=[{"percent": "100.1"}]),
        "request.invalid",
        "/lines/1/discounts/0/percent",
    ),
    "a discount over the line": (
        second(discounts=[{"amount": 1}, {"amount": 10_000}]),
        "order.discount_too_large",
        "/lines/1/discounts/1",
    ),
    "a discount over the order": (order(discounts=[{"amount": 10_001}]), "order.discount_too_large", "/discounts/0"),
    "a discount of percent and amount": (
        second(discounts=[{"amount": 1, "percent": "1"}]),
        "request.invalid",
        "/lines/1/discounts/0",
    ),
    "a negative tip": (order(tip=-1), "request.invalid", "/tip"),
    "a payment of 0": (order(payments=[{"method": "cash", "amount": 0}]), "request.invalid", "/payments/0/amount"),
    "an unknown method": (order(payments=[{"method": "gold", "amount": 1}]), "request.invalid", "/payments/0/method"),
    "a tendered card": (
        order(payments=[{"method": "card", "amount": 1, "tendered": 2}]),
        "request.invalid",
        "/payments/0",
    ),
    "an id of another kind": (order(id="inv_12345678"), "request.invalid", "/id"),
    "a name of control characters": (
        second(custom={"name": "a\x00b", "price": 1}),
        "request.invalid",
        "/lines/1/custom/name",
    ),
}


class TestBadInput:
    @pytest.mark.parametrize("case", BAD)
    def test_is_refused_by_the_name_of_the_field_and_nothing_is_written(self, till: Till, case: str) -> None:
        change, code, pointer = BAD[case]
        body = change(till.body(custom(), register_id=till.shop.register_id))
        before = stored()

        reply = till.shop.call(create_order.handler, body, headers={"Idempotency-Key": "k"})

        assert (reply.status, reply.code) == (422, code)
        assert pointer in reply.pointers
        assert stored() == before

    def test_what_is_no_body_is_refused(self, till: Till) -> None:
        assert_refuses_what_is_no_body(till.shop, create_order.handler)

    def test_an_order_too_large_to_be_kept_is_refused_before_anything_is_written(self, till: Till) -> None:
        before = stored()

        reply = till.sell(*(custom(note=secrets.token_hex(900)) for _ in range(500)))

        assert (reply.status, reply.code) == (413, "request.too_large")
        assert stored() == before

    def test_what_is_another_merchants_does_not_exist(self, till: Till) -> None:
        other = Till(Shop.open())
        variant, tax = other.product(sku="THEIRS", barcode="899"), other.tax()
        before = stored()

        replies = {
            "/location_id": till.sell(custom(), location_id=other.shop.location_id),
            "/register_id": till.sell(custom(), register_id=other.shop.register_id),
            "/lines/1/variant_id": till.sell(custom(), piece(variant)),
            "/lines/1/sku": till.sell(custom(), {"sku": "THEIRS", "quantity": "1"}),
            "/lines/1/barcode": till.sell(custom(), {"barcode": "899", "quantity": "1"}),
            "/lines/1/custom/tax_ids/0": till.sell(custom(), custom(tax_ids=(tax,))),
        }

        assert {pointer: (reply.status, reply.pointers) for pointer, reply in replies.items()} == {
            pointer: (422, [pointer]) for pointer in replies
        }
        assert stored() == before

    def test_a_register_of_another_location_is_refused(self, till: Till) -> None:
        elsewhere = till.shop.call(create_location.handler, {"name": "Elsewhere"}).json["id"]

        reply = till.sell(custom(), location_id=elsewhere, register_id=till.shop.register_id)

        assert (reply.status, reply.code, reply.pointers) == (422, "register.elsewhere", ["/register_id"])

    def test_the_largest_amount_is_sold_exactly(self, till: Till) -> None:
        payments = [{"method": "transfer", "amount": MAX_AMOUNT}]

        made = till.sell(custom(MAX_AMOUNT), payments=payments, complete=True).json

        assert (made["total"], made["paid"]) == (MAX_AMOUNT, MAX_AMOUNT)
