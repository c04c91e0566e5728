"""A year of sales through the feed and the projector, disturbed all the while; then totals against pandas.

    PYTHONPATH=functions python -m bench.proof --baskets 155848

Each basket becomes an order by the rules of the orders service, some of which are cancelled, or returned in part the
next day. Their events go into the feed by `PublishEvents` and from there into totals by two projectors at once, on
DynamoDB Local. What streams do to functions happens on purpose: batches come late, twice, out of order, and again after
a function died before or after a call to AWS. Every figure of every dimension must then be what pandas finds in the raw
data, to the cent and the thousandth. docs/performance.md says what came out.
"""

import argparse
import base64
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import batched
from types import SimpleNamespace
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import botocore.client
import pandas as pd  # type: ignore[import-untyped]
import pytest
from tqdm import tqdm  # type: ignore[import-untyped]

from bench import dynamodb_local, groceries
from bench.groceries import Basket, Selection
from bench.metering import metered
from catalog.models import Sellable, Tax
from infra.local.settings import AWS_ENVIRONMENT
from orders import refunding, selling
from orders import rules as orders
from orders import store as orders_store
from orders.models import HistoryEntry, NewOrder, NewRefund, Order, Policy, RefundLineInput
from pos import documents, dynamo, outbox
from pos.clock import business_date, timestamp
from pos.ids import derived_id, new_id
from pos.log import logger
from reports import get_audit, get_sales_report, jobs, project_totals, run_report_jobs, store
from reports.models import Audited
from tests.support.aws import STACK_NAME
from tests.support.shop import request_event, send
from tests.support.tables import tables_on
from webhooks import publish_events

type Json = dict[str, Any]
type Sums = dict[str, dict[str, int]]
"""Group -> figure -> its sum: cents, and thousandths of units."""

ZONE = "America/New_York"
_NEW_YORK = ZoneInfo(ZONE)
_TAX = Tax(id="tax_food", name="Food", rate=Decimal(11), included=True, version=1, created_at="", updated_at="")
_POLICY = Policy(currency="USD", minor_units=2, tax_rounding="per_line", rounding_mode="half_up", cash_rounding_step=0)
_STAFF, _REGISTERS = 7, 4
_METHODS = ("cash", "cash", "cash", "card", "card", "card", "card", "qris", "qris", "transfer")
_CANCELLED, _RETURNED = 37, 23
"""One basket in so many is cancelled ten minutes after its sale, or has its first line returned a day after."""
_BATCH = 2000
_PLENTY_OF_TIME: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
_SUMMED = ("gross", "discount", "net", "tax", "total", "quantity")


# --- orders ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Traits:
    """What the data does not say about a basket and is made up from its id: the same here and for pandas."""

    staff: str
    register: str
    method: Any
    cancelled: bool
    returned: bool

    @classmethod
    def of(cls, basket_id: int) -> "Traits":
        """Those of a basket."""
        cancelled = basket_id % _CANCELLED == 0
        return cls(
            staff=f"stf_{basket_id % _STAFF}",
            register=f"reg_till{basket_id % _REGISTERS}",
            method=_METHODS[basket_id % len(_METHODS)],
            cancelled=cancelled,
            returned=basket_id % _RETURNED == 0 and not cancelled,
        )


def location_of(store_id: int, locations: int) -> str:
    """The location of a store; with fewer of them than stores, several share one."""
    return f"loc_{store_id % locations:04d}"


def versions(basket: Basket, location_id: str, categories: Mapping[int, str]) -> Iterator[tuple[Order, list[str]]]:
    """The versions of a basket's order, and what events each makes."""
    traits, at = Traits.of(basket.id), basket.sold_at.replace(tzinfo=_NEW_YORK).astimezone(UTC)
    order = _order(basket, traits, location_id, categories, at)
    yield order, ["order.created", "order.completed"]
    if traits.cancelled:
        then = timestamp(at + timedelta(minutes=10))
        voided = tuple(payment.voided(then) for payment in order.payments)
        history = (*order.history, HistoryEntry(at=then, actor="stf_chief", action="cancelled"))
        fields: Json = {"status": "cancelled", "cancelled_at": then, "payments": voided, "history": history}
        yield order.changed(at + timedelta(minutes=10), **fields), ["order.cancelled"]
    if traits.returned:
        tomorrow = at + timedelta(days=1)
        line = order.lines[0]
        if line.total == 0:
            return
        new = NewRefund(reason="Returned", lines=(RefundLineInput(line_id=line.id, quantity=line.quantity),))
        where: Json = {"actor": "stf_desk", "register_id": None, "business_date": str(business_date(tomorrow, ZONE))}
        refund = refunding.refund(order, new, refund_id=new_id("rfd"), at=timestamp(tomorrow), **where)
        yield order.changed(tomorrow, **refunding.refunded(order, refund)), ["order.refunded"]


def _order(basket: Basket, traits: Traits, location_id: str, categories: Mapping[int, str], at: datetime) -> Order:
    now, order_id = timestamp(at), derived_id("ord", basket.id)
    body: Json = {
        "location_id": location_id,
        "register_id": traits.register,
        "complete": True,
        "lines": [
            {
                "variant_id": _variant(line.product_id),
                "quantity": str(line.quantity),
                "price": line.price,
                "discounts": [{"name": "Loyalty", "amount": line.discount}] if line.discount else [],
            }
            for line in basket.lines
        ],
        "payments": [{"method": traits.method, "amount": basket.paid}] if basket.paid else [],
    }
    new = NewOrder.model_validate(body, strict=False)
    place = selling.Place(location_id, 2, now)
    sold = [
        selling.sell(line, _sellable(one.product_id, categories), None, place)
        for line, one in zip(new.lines, basket.lines, strict=True)
    ]
    figures = orders.compute(new, sold, {_TAX.id: _TAX}, _POLICY, now, order_id, traits.staff)
    return Order(
        id=order_id,
        number=str(basket.id),
        status="completed",
        time_zone=ZONE,
        line_count=len(figures.lines),
        history=(HistoryEntry(at=now, actor=traits.staff, action="created"),),
        business_date=business_date(at, ZONE).isoformat(),
        completed_at=now,
        version=1,
        created_at=now,
        updated_at=now,
        **{name: getattr(figures, name) for name in type(figures).model_fields},
    )


def _sellable(product_id: int, categories: Mapping[int, str]) -> Sellable:
    return Sellable(
        variant_id=_variant(product_id),
        product_id=f"prd_{product_id:08d}",
        category_id=categories[product_id],
        name=str(product_id),
        sku=None,
        barcode=None,
        price=1,
        tax_ids=(_TAX.id,) if _taxed(product_id) else (),
        weighed=True,
        track_stock=True,
        stock_policy=None,
    )


def _variant(product_id: int) -> str:
    return f"var_{product_id:08d}"


def _taxed(product_id: Any) -> Any:
    return product_id % 3 == 0


def read_categories() -> dict[int, str]:
    """The department of each product, as a category; of those that the data only sells, a common one."""
    products = groceries._read("products", ["product_id", "department"])
    return {int(row.product_id): f"cat_{row.department}" for row in products.itertuples()}


class Categories(dict[int, str]):
    """Those, and a common one for products that the data only sells."""

    def __missing__(self, product_id: int) -> str:
        return "cat_UNKNOWN"


# --- what pandas finds -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expected:
    """The sums of each dimension, from whole columns of the raw data."""

    by: dict[str, Sums]


def expect(selection: Selection, locations: int, categories: Mapping[int, str]) -> Expected:
    """All sums that reports should have."""
    lines = _lines(selection, locations, categories)
    baskets = lines.groupby("basket_id").first()
    baskets = baskets.assign(paid=lines.groupby("basket_id").total.sum())
    sold, cancelled = lines[~lines.cancelled], baskets[baskets.cancelled]
    back = lines[lines.returned & (lines.groupby("basket_id").cumcount() == 0) & (lines.total != 0)]
    paid = baskets[baskets.paid != 0]
    kept = paid[~paid.cancelled]
    by: dict[str, Sums] = {}
    for dimension in ("day", "hour", "location", "staff", "register"):
        by[dimension] = _merge(
            _sums(sold, dimension, _SUMMED),
            _sums(sold, dimension, {"lines": "size"}),
            _sums(sold, dimension, {"orders": "basket_id"}),
            _sums(lines[lines.cancelled], dimension, {"cancelled": "basket_id"}),
            _sums(kept, dimension, {"paid": "paid"}),
            _sums(cancelled, f"cancel_{dimension}", {"cancellations": "size", "cancelled_total": "paid"}),
            _sums(paid[paid.cancelled], f"cancel_{dimension}", {"voids": "size", "voided_amount": "paid"}),
            _sums(back, f"back_{dimension}", {"refunds": "basket_id", "refunded": "total"}),
            _refunded(back, f"back_{dimension}"),
        )
    for dimension in ("category", "product"):
        by[dimension] = _merge(
            _sums(sold, dimension, _SUMMED),
            _sums(sold, dimension, {"orders": "basket_id"}),
            _sums(lines[lines.cancelled], dimension, {"cancelled": "basket_id"}),
            _sums(back, dimension, {"refunds": "basket_id"}),
            _refunded(back, dimension),
        )
    by["payment_method"] = _merge(
        _sums(kept, "method", {"payments": "size", "amount": "paid"}),
        _sums(paid[paid.cancelled], "method", {"voided": "size"}),
        _sums(back, "method", {"refunds": "basket_id", "refunded": "total"}),
    )
    by["tax_id"] = _merge(
        _sums(sold, "tax_id", {"orders": "basket_id", "base": "net", "amount": "tax"}),
        _sums(back, "tax_id", {"refunds": "basket_id", "refunded_base": "net", "refunded_amount": "tax"}),
    )
    off = sold[sold.discount != 0].assign(name="Loyalty")
    by["discount_name"] = _merge(_sums(off, "name", {"times": "size", "amount": "discount"}))
    return Expected(by)


def _lines(selection: Selection, locations: int, categories: Mapping[int, str]) -> Any:
    lines = selection.frame
    metered = lines.product_id.isin(groceries._petrol_ids()) & (lines.quantity > 1)
    scale = metered.map({True: 1000, False: 1}).astype("int64")
    paid = groceries._cents(lines.sales_value)
    shelf = paid + groceries._cents(lines.retail_disc) + groceries._cents(lines.coupon_match_disc)
    units = lines.quantity.astype("int64")
    price = (2 * shelf * scale + units) // (2 * units)
    gross = (2 * price * units + scale) // (2 * scale)
    while (gross < paid).any():
        price = price + (gross < paid)
        gross = (2 * price * units + scale) // (2 * scale)
    tax = ((2 * paid * 11 + 111) // 222).where(_taxed(lines.product_id), 0)
    ids = lines.basket_id
    cancelled = ids % _CANCELLED == 0
    # the clock shows an hour that there is not, or the first of two, as Python reads it
    at = lines.transaction_timestamp.dt.tz_localize(
        ZONE, nonexistent=pd.Timedelta(hours=1), ambiguous=[True] * len(lines)
    )
    then, tomorrow = at + pd.Timedelta(minutes=10), at + pd.Timedelta(days=1)
    where = "loc_" + (lines.store_id % locations).astype(int).map("{:04d}".format)
    register = "reg_till" + (ids % _REGISTERS).astype(int).astype(str)
    return lines.assign(
        gross=gross,
        discount=gross - paid,
        total=paid,
        tax=tax,
        net=paid - tax,
        quantity=units * 1000 // scale,
        cancelled=cancelled,
        returned=(ids % _RETURNED == 0) & ~cancelled,
        method=(ids % len(_METHODS)).astype(int).map(dict(enumerate(_METHODS))),
        day=at.dt.strftime("%Y-%m-%d"),
        hour=at.dt.strftime("%H"),
        location=where,
        staff="stf_" + (ids % _STAFF).astype(int).astype(str),
        register=register,
        cancel_day=then.dt.strftime("%Y-%m-%d"),
        cancel_hour=then.dt.strftime("%H"),
        cancel_location=where,
        cancel_staff="stf_chief",
        cancel_register=register,
        back_day=tomorrow.dt.strftime("%Y-%m-%d"),
        back_hour=tomorrow.dt.strftime("%H"),
        back_location=where,
        back_staff="stf_desk",
        back_register="",
        category=lines.product_id.map(lambda id: categories[int(id)]),
        product="var_" + lines.product_id.astype(int).map("{:08d}".format),
        tax_id=_taxed(lines.product_id).map({True: _TAX.id, False: ""}),
    )


def _sums(frame: Any, by: str, figures: Mapping[str, str] | Sequence[str]) -> Sums:
    """Sums by group; of `size` the number of rows, of `basket_id` that of baskets."""
    named = figures if isinstance(figures, Mapping) else {name: name for name in figures}
    groups = frame.groupby(by)
    columns = {
        name: groups.size()
        if column == "size"
        else groups[column].nunique()
        if column == "basket_id"
        else groups[column].sum()
        for name, column in named.items()
    }
    return {
        str(group): {name: int(column[group]) for name, column in columns.items()}
        for group in next(iter(columns.values())).index
    }


def _refunded(back: Any, by: str) -> Sums:
    return _sums(back, by, {f"refunded_{name}": name for name in _SUMMED})


def _merge(*parts: Sums) -> Sums:
    merged: Sums = {}
    for part in parts:
        for group, figures in part.items():
            merged.setdefault(group, {}).update(figures)
    return {group: kept for group, figures in merged.items() if (kept := {n: a for n, a in figures.items() if a})}


# --- what reports say ------------------------------------------------------------------------------------------------


def report(merchant_id: str, dimension: str, first: date, last: date) -> Sums:
    """The sums by group of all days, in the form of `expect`."""
    if dimension == "product":
        return _products(merchant_id, first, last)
    group_by = {"tax_id": "tax_rate", "discount_name": "discount"}.get(dimension, dimension)
    sums: Sums = {}
    cursor: str | None = None
    while True:
        query = {"from": str(first), "to": str(last), "group_by": group_by, **({"cursor": cursor} if cursor else {})}
        reply = send(get_sales_report.handler, request_event(merchant_id, query=query))
        if reply.status != 200:
            raise RuntimeError(reply.text)
        for row in reply.json["items"]:
            figures = {
                name: int(Decimal(value) * 1000) if name.endswith("quantity") else value
                for name, value in row.items()
                if name in _COMPARED and value is not None
            }
            sums[row[dimension] or ""] = {name: amount for name, amount in figures.items() if amount}
        cursor = reply.json["next_cursor"]
        if cursor is None:
            return {group: figures for group, figures in sums.items() if figures}


_COMPARED = {
    *_SUMMED,
    *(f"refunded_{name}" for name in _SUMMED),
    *("orders", "lines", "cancelled", "cancellations", "cancelled_total", "paid", "voids", "voided_amount", "refunds"),
    *("refunded", "payments", "voided", "amount", "base", "refunded_base", "refunded_amount", "times"),
}


def _products(merchant_id: str, first: date, last: date) -> Sums:
    """Straight from the sheets: as a report, 68,509 products take 35 pages a quarter, each of which reads all of it."""
    sums: dict[str, Counter[str]] = {}
    for start in range(0, (last - first).days + 1, 31):
        until = min(first + timedelta(days=start + 30), last)
        for _, sheet in store.read_sheets(merchant_id, "product", first + timedelta(days=start), until):
            for product, figures in sheet.rows.get("product@USD", {}).items():
                sums.setdefault(product, Counter()).update(figures)
    return {
        product: {name: amount for name, amount in figures.items() if amount and name in _COMPARED}
        for product, figures in sums.items()
    }


# --- the feed and the projector, disturbed ---------------------------------------------------------------------------


class Died(Exception):
    """A function was killed at a call to AWS."""


@dataclass
class Trouble:
    """What streams and crashes do, by chance."""

    chance: random.Random
    share: float
    deaths: int = 0
    repeats: int = 0
    on: bool = False

    @contextmanager
    def happening(self) -> Iterator[None]:
        """Let calls to AWS fail, before or after they are done, as long as it is `on`."""
        real = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

        def call(client: Any, operation: str, arguments: Any) -> Any:
            if not self.on or self.chance.random() >= self.share:
                return real(client, operation, arguments)
            self.deaths += 1
            if self.chance.random() < 0.5:
                real(client, operation, arguments)
            raise Died

        with mock.patch.object(botocore.client.BaseClient, "_make_api_call", call):
            yield

    def insist(self, function: Callable[[Json, Any], object], records: Sequence[Json]) -> None:
        """Give a function a batch until it takes it without dying, as streams do."""
        while True:
            try:
                function({"Records": list(records)}, _PLENTY_OF_TIME)
            except* Died:
                self.repeats += 1
            else:
                return

    def deliver(self, function: Callable[[Json, Any], object], records: Sequence[Json]) -> None:
        """Give a function the records in batches, some of them twice, late and out of order."""
        batches = [list(some) for some in batched(records, 100, strict=False)]
        for some in batches:
            self.chance.shuffle(some)
        again = self.chance.sample(batches, len(batches) // 10)
        batches += again
        self.chance.shuffle(batches)
        for some in batches:
            self.insist(function, some)


@dataclass
class Proof:
    """Orders on their way into totals."""

    merchant_id: str
    trouble: Trouble
    pending: list[Json] = field(default_factory=list)
    sales: int = 0
    changes: int = 0

    def commit(self, made: Sequence[tuple[Order, list[str]]]) -> None:
        """Keep versions of orders with their events, as the orders service does."""
        items = [self._outbox(order, types) for order, types in made]
        dynamo.batch_put(outbox.TABLE, items)
        last = {order.id: order for order, _ in made}
        dynamo.batch_put(orders_store.TABLE, [self._item(order) for order in last.values()])
        self.pending += map(_record, items)
        self.sales += sum(order.version == 1 for order, _ in made)
        self.changes += len(made)

    def flow_quietly(self, sales: int) -> None:
        """Let what was committed go into totals undisturbed, and print what that asks of DynamoDB."""
        for some in batched(self.pending, 100, strict=False):
            publish_events.handler({"Records": list(some)}, None)
        with metered() as bill:
            project_totals.catch_up(self.merchant_id, _PLENTY_OF_TIME)
        thousand = sales / 1000
        print(
            f"totals of {sales} sales after {self.sales - sales}: {bill.write_units / thousand:.0f} write units and "
            f"{float(bill.read_units) / thousand:.0f} read units for 1,000 of them",
            flush=True,
        )
        self.pending = []

    def flow(self) -> None:
        """Let what was committed go into the feed, and from there by two projectors at once into totals."""
        self.trouble.on = True
        self.trouble.deliver(publish_events.handler, self.pending)
        wake = [
            {
                "eventName": "INSERT",
                "dynamodb": {"NewImage": {"kind": {"S": "page"}, "merchant_id": {"S": self.merchant_id}}},
            }
        ]
        with ThreadPoolExecutor(2) as pool:
            for job in [pool.submit(self.trouble.insist, project_totals.handler, wake) for _ in range(2)]:
                job.result()
        self.trouble.on = False
        self.pending = []

    def _outbox(self, order: Order, types: Sequence[str]) -> Json:
        events: Any = {
            payment.id: _PAYMENT_EVENTS[types[0]] for payment in order.payments if types[0] in _PAYMENT_EVENTS
        }
        parts = orders_store._payment_parts(order, events)
        at = datetime.fromisoformat(order.updated_at)
        entity = outbox.Entity("order", order.id, order.version)
        return outbox.item(self.merchant_id, entity, types, order.json_bytes(), at, parts)

    def _item(self, order: Order) -> Json:
        key = orders_store._order_key(self.merchant_id, order.id)
        attributes = orders_store._attributes(self.merchant_id, order)
        return documents.item(key, order, order.json_bytes(), attributes)


_PAYMENT_EVENTS = {"order.created": "payment.created", "order.cancelled": "payment.voided"}


def _record(item: Json) -> Json:
    """The stream's record of a new outbox item, as Lambda hands it on."""
    image = {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in dynamo.encode(item).items()
    }
    return {"eventName": "INSERT", "eventID": item["pk"], "dynamodb": {"NewImage": image, "Keys": {}}}


def feed_all(proof: Proof, selection: Selection, locations: int, categories: Mapping[int, str]) -> None:
    """Sell all baskets in the order of the data; later changes come when their time has come. The first and the last
    of them are left undisturbed, to be metered.
    """
    later: list[tuple[Order, list[str]]] = []
    baskets = groceries.iterate_baskets(selection)
    total = selection.frame.basket_id.nunique()
    with tqdm(total=total, desc="baskets", mininterval=30) as bar:
        for some in batched(baskets, _BATCH, strict=False):
            made = later
            later = []
            for basket in some:
                first, *rest = versions(basket, location_of(basket.store_id, locations), categories)
                made.append(first)
                later += rest
            proof.commit(made)
            done = proof.sales
            if done <= _BATCH or done > total - _BATCH:
                proof.flow_quietly(len(some))
            else:
                proof.flow()
            bar.update(len(some))
    proof.commit(later)
    proof.flow()


# --- all together ----------------------------------------------------------------------------------------------------


@contextmanager
def engine() -> Iterator[None]:
    """DynamoDB Local with our tables, and nothing else of AWS. What functions log is made, but not shown."""
    with dynamodb_local.running() as url, pytest.MonkeyPatch.context() as patch, open(os.devnull, "w") as nowhere:  # noqa: PTH123
        logger.registered_handler.setStream(nowhere)  # type: ignore[attr-defined]
        for name, value in {**AWS_ENVIRONMENT, "STACK_NAME": STACK_NAME}.items():
            patch.setenv(name, value)
        with tables_on(url, patch):
            yield


def compare(merchant_id: str, expected: Expected, first: date, last: date) -> int:
    """Print how each dimension agrees; how many figures do not."""
    wrong = 0
    for dimension, sums in expected.by.items():
        found = report(merchant_id, dimension, first, last)
        figures = differ = 0
        for group in sums.keys() | found.keys():
            due, there = sums.get(group, {}), found.get(group, {})
            for name in due.keys() | there.keys():
                if dimension in _PARTLY and name not in _PARTLY[dimension]:
                    continue
                figures += 1
                if due.get(name, 0) != there.get(name, 0):
                    differ += 1
                    if differ <= 5:
                        print(f"  {dimension} {group} {name}: pandas {due.get(name, 0)}, reports {there.get(name, 0)}")
        print(f"{dimension:16} {len(sums):6} groups {figures:8} figures {differ:6} differ", flush=True)
        wrong += differ
    return wrong


_PARTLY: Mapping[str, set[str]] = {
    "tax_id": {"orders", "base", "amount", "refunds", "refunded_base", "refunded_amount"},
    "discount_name": {"times", "amount"},
}
"""What is compared of dimensions whose other figures say what was counted already."""


def run(baskets: int | None, locations: int, share: float, seed: int, *, audit: bool) -> int:
    """The whole proof; how many figures differ."""
    selection = groceries.select(baskets=baskets)
    categories = Categories(read_categories())
    expected = expect(selection, locations, categories)
    first = selection.frame.transaction_timestamp.min().date() - timedelta(days=1)
    last = selection.frame.transaction_timestamp.max().date() + timedelta(days=2)
    with engine():
        trouble = Trouble(random.Random(seed), share)
        proof = Proof(new_id("mer"), trouble)
        started = time.process_time()
        with trouble.happening():
            feed_all(proof, selection, locations, categories)
        seconds = time.process_time() - started
        print(
            f"{proof.sales} sales, {proof.changes} versions of orders, {len(selection.frame)} lines; functions died "
            f"{trouble.deaths} times, {trouble.repeats} batches came again; {seconds:.0f} s of CPU"
        )
        wrong = compare(proof.merchant_id, expected, first, last)
        _print_reads(proof.merchant_id, last - timedelta(days=3))
        if audit:
            wrong += _audit(proof.merchant_id, first, last)
    return wrong


def _print_reads(merchant_id: str, last: date) -> None:
    """What reports of a day, a quarter and a year read, from the last day back."""
    for group_by in ("day", "hour", "category", "product"):
        for days in (1, 92, 366):
            if group_by == "product" and days > 92:
                continue
            query = {"from": str(last - timedelta(days=days - 1)), "to": str(last), "group_by": group_by}
            with metered() as bill:
                send(get_sales_report.handler, request_event(merchant_id, query=query))
            print(f"report of {days} days by {group_by}: {float(bill.read_units):.1f} read units")


def _audit(merchant_id: str, first: date, last: date) -> int:
    started, messages = time.process_time(), list[Any]()
    with metered() as bill, mock.patch.object(jobs, "_send", lambda bodies, _seconds: messages.extend(bodies)):
        send(get_audit.handler, request_event(merchant_id, query={"from": str(first), "to": str(last)}))
        while messages:
            record = {"body": json.dumps(messages.pop()), "attributes": {"ApproximateReceiveCount": "1"}}
            run_report_jobs.handler({"Records": [record]}, None)
    found = jobs.newest(merchant_id)[0].audit or Audited()
    print(
        f"audit: {found.orders} orders, {found.versions} versions, {found.figures} figures, {found.difference_count} "
        f"differences; {float(bill.read_units):.0f} read units, {bill.write_units} write units, "
        f"{time.process_time() - started:.0f} s of CPU"
    )
    return found.difference_count


def main() -> None:
    """Exits with 0 only if every figure agrees."""
    parser = argparse.ArgumentParser(description="A year of sales through a disturbed projector, against pandas.")
    parser.add_argument("--baskets", type=int, help="how many baskets, the first ones by time; all without it")
    parser.add_argument("--locations", type=int, default=12, help="over how many locations the 457 stores are spread")
    parser.add_argument("--trouble", type=float, default=0.002, help="share of calls to AWS at which a function dies")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--audit", action="store_true", help="have the audit count it all again")
    args = parser.parse_args()
    wrong = run(args.baskets, args.locations, args.trouble, args.seed, audit=args.audit)
    print("EQUAL" if wrong == 0 else f"DIFFERENT: {wrong} figures")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
