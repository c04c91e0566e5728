"""Replay real baskets through the API and set three books side by side: they must be equal to the cent and the gram.

    python -m bench.demo --stack .local/stack.json --baskets 500

The first column is what pandas computes from the data, the second what the API's reports say, the third what a third
party's webhook consumer keeps in its own ledger. docs/demo.md tells what is compared and how.
"""

import argparse
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import urllib3
from tqdm import tqdm  # type: ignore[import-untyped]

from bench import groceries, load_shop, replay
from bench.api import Api, ApiError, NoStack
from bench.books import Books, Day, format_table, itemize, summarize
from bench.consumer import Consumer, Ledger
from bench.groceries import Basket, Product, Selection, Totals
from bench.replay import Course, Outcome, Shop, WrongAnswer

_HEADS = ("data (pandas)", "reports (API)", "ledger (webhooks)")
_CURRENCY = "USD"
_ENDPOINT = "make demo"
_EVENT_TYPES = ["order.*", "payment.*", "inventory.updated"]
_POLL_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Opening:
    """What the shop's books said before the first basket: on that day, with the units on hand by variant id."""

    day: date
    before: Day
    sold: Mapping[str, Decimal]
    returned: Mapping[str, Decimal]
    stock: Mapping[str, Decimal]


def read_data(selection: Selection, outcomes: Sequence[Outcome], shop: Shop, opening: Opening) -> Books:
    """The first column: pandas' totals of the baskets that count as sold, paid or given back, each on the day on which
    the API did that.
    """
    days = {}
    sold, returned = (dict.fromkeys(opening.stock, Decimal(0)) for _ in range(2))
    for day in {day for one in outcomes for day in (one.day, one.paid_on, one.refunded_on) if day is not None}:
        sales = _sum_up(selection, [one for one in outcomes if one.day == day])
        paid = _sum_up(selection, [one for one in outcomes if one.paid_on == day])
        refunds = [one for one in outcomes if one.refunded_on == day]
        back = _sum_up(_first_lines(selection), [one for one in refunds if one.course is Course.RETURNED])
        reduced = _reductions(selection, [one for one in refunds if one.course is Course.REDUCED])
        days[day] = Day(sales.sales, sales.total, paid.total, len(refunds), back.total + reduced)
        for units, of_day in ((sold, sales), (returned, back)):
            for product_id, quantity in of_day.quantities.items():
                units[shop.variants[product_id]] += quantity
    on_hand = {id: units - sold[id] + returned[id] for id, units in opening.stock.items()}
    return Books(days, sold, returned, on_hand)


def _sum_up(selection: Selection, outcomes: Sequence[Outcome]) -> Totals:
    """pandas' totals of the baskets with these outcomes."""
    others = set(selection.frame.basket_id) - {one.basket_id for one in outcomes}
    return groceries.sum_up(selection, without=others)


def _first_lines(selection: Selection) -> Selection:
    return replace(selection, frame=selection.frame.groupby("basket_id", sort=False).head(1))


def _reductions(selection: Selection, outcomes: Sequence[Outcome]) -> int:
    lines = selection.frame[selection.frame.basket_id.isin([one.basket_id for one in outcomes])]
    paid = lines.sales_value.mul(100).round().astype("int64").groupby(lines.basket_id).sum()
    return sum(replay.reduction(int(cents)) for cents in paid)


def read_reports(api: Api, shop: Shop, opening: Opening) -> Books:
    """The second column: the reports, less what they said before the first basket."""
    days, sold, returned = _read_sales(api, opening.day, _today(shop))
    beyond = days.pop(opening.day, Day()) - opening.before
    if beyond != Day():
        days[opening.day] = beyond
    report = api.pages("/v1/reports/stock", location_id=shop.location_id, limit="200")
    levels = {item["variant_id"]: Decimal(item["on_hand"]) for item in report}
    return Books(
        days,
        {id: sold.get(id, Decimal(0)) - opening.sold.get(id, Decimal(0)) for id in opening.stock},
        {id: returned.get(id, Decimal(0)) - opening.returned.get(id, Decimal(0)) for id in opening.stock},
        {id: levels[id] for id in opening.stock if id in levels},
    )


def read_ledger(ledger: Ledger, shop: Shop, opening: Opening) -> Books:
    """The third column: the consumer's ledger, which began with the first basket."""
    books = ledger.days()
    sold, returned = (dict.fromkeys(opening.stock, Decimal(0)) for _ in range(2))
    for book in books.values():
        for units, of_day in ((sold, book.sold), (returned, book.returned)):
            for variant_id, quantity in of_day.items():
                units[variant_id] = units.get(variant_id, Decimal(0)) + quantity
    stock = {id: on_hand for (id, location_id), on_hand in ledger.stock().items() if location_id == shop.location_id}
    days = {day: Day(book.sales, book.total, book.paid, book.refunds, book.refunded) for day, book in books.items()}
    return Books(days, sold, returned, stock)


def await_agreement(read_columns: Callable[[], list[Books]], patience: float) -> list[Books]:
    """The columns once all their figures agree at two looks in a row, or none has changed for `patience` seconds.

    The second look is for what comes late: a delivery that is wrongly counted twice differs only after it has agreed.
    """
    looks, changed, seen = 0, time.monotonic(), list[Books]()
    with tqdm(desc="figures that agree") as bar:
        while True:
            columns = read_columns()
            if columns != seen:
                seen, changed = columns, time.monotonic()
            rows = summarize(columns) + itemize(columns, {})
            bar.total, bar.n = len(rows), sum(row.equal for row in rows)
            bar.refresh()
            looks = looks + 1 if bar.n == bar.total else 0
            if looks == 2 or time.monotonic() > changed + patience:
                return columns
            time.sleep(_POLL_SECONDS)


def run(api: Api, selection: Selection, args: argparse.Namespace) -> bool:
    """The whole demo; whether the three columns are equal. Raises ApiError and WrongAnswer."""
    baskets = list(groceries.iterate_baskets(selection))
    print(_describe(baskets, selection))
    products = groceries.list_products({line.product_id for basket in baskets for line in basket.lines})
    shop = _open_shop(api, products)
    names = {shop.variants[product.id]: product.name for product in products}
    consumer = Consumer(Ledger(shop.time_zone), api.get, fail_first=args.fail_first)
    with consumer, _serving(consumer), _subscribed(api, consumer):
        opening = _open_books(api, shop, baskets)
        started = time.monotonic()
        courses = replay.plan_courses(len(baskets), args.seed)
        outcomes = replay.replay(api, shop, baskets, courses, args.clients)
        print(_describe_outcomes(outcomes, time.monotonic() - started))

        data = read_data(selection, outcomes, shop, opening)

        def read_columns() -> list[Books]:
            return [data, read_reports(api, shop, opening), read_ledger(consumer.ledger, shop, opening)]

        columns = await_agreement(read_columns, args.patience)
        print(_describe_deliveries(consumer, time.monotonic() - started))
    return _print_comparison(columns, names)


def _open_shop(api: Api, products: Sequence[Product]) -> Shop:
    currency = api.get("/v1/merchant")["currency"]
    if currency != _CURRENCY:
        raise WrongAnswer(f"the baskets are in {_CURRENCY}, the shop's currency is {currency}")
    location = api.get("/v1/locations")["items"][0]
    return Shop(location["id"], ZoneInfo(location["time_zone"]), load_shop.ensure_products(api, products))


def _stock_up(api: Api, shop: Shop, baskets: Sequence[Basket]) -> dict[str, Decimal]:
    """Receive what the baskets need, and what makes up for less than nothing on hand; the units then on hand, by
    variant id. So nothing runs out whatever the shop's stock policy, and every variant's level has an event to begin
    the ledger with."""
    needed: defaultdict[str, Decimal] = defaultdict(Decimal)
    for basket in baskets:
        for line in basket.lines:
            needed[shop.variants[line.product_id]] += line.quantity
    levels = load_shop.read_levels(api, shop.location_id)
    on_hand = {id: levels.get(id, Decimal(0)) for id in needed}
    received = {id: quantity - min(on_hand[id], Decimal(0)) for id, quantity in needed.items()}
    load_shop.receive_stock(api, shop.location_id, received)
    return {id: on_hand[id] + received[id] for id in needed}


def _open_books(api: Api, shop: Shop, baskets: Sequence[Basket]) -> Opening:
    """Stock up, and note today's sales once the report stands still: earlier ones may be on their way into it."""
    stock = _stock_up(api, shop, baskets)
    today, before = _today(shop), None
    while (now := _read_sales(api, today, today)) != before:
        before = now
        time.sleep(_POLL_SECONDS)
    days, sold, returned = now
    return Opening(today, days.get(today, Day()), sold, returned, stock)


def _read_sales(api: Api, first: date, last: date) -> tuple[dict[date, Day], dict[str, Decimal], dict[str, Decimal]]:
    """The sales reports from the first to the last day: by day, and the units sold and returned by variant id."""
    query = {"from": str(first), "to": str(last), "limit": "1000"}
    days = api.pages("/v1/reports/sales", group_by="day", **query)
    products = list(api.pages("/v1/reports/sales", group_by="product", **query))
    return (
        {
            date.fromisoformat(row["day"]): Day(
                row["orders"], row["total"], row["paid"], row["refunds"], row["refunded"]
            )
            for row in days
        },
        {row["product"]: Decimal(row["quantity"]) for row in products},
        {row["product"]: Decimal(row["refunded_quantity"]) for row in products},
    )


def _today(shop: Shop) -> date:
    return datetime.now(shop.time_zone).date()


@contextmanager
def _serving(consumer: Consumer) -> Iterator[None]:
    thread = threading.Thread(target=consumer.serve_forever, args=(0.1,), name="consumer")
    thread.start()
    try:
        yield
    finally:
        consumer.shutdown()
        thread.join()


@contextmanager
def _subscribed(api: Api, consumer: Consumer) -> Iterator[None]:
    """Have the webhooks sent to the consumer. Endpoints that a killed demo left behind go away, too."""
    for endpoint in list(api.pages("/v1/webhooks/endpoints")):
        if endpoint["description"] == _ENDPOINT:
            api.delete(f"/v1/webhooks/endpoints/{endpoint['id']}")
    url = f"http://127.0.0.1:{consumer.server_port}/"
    body = {"url": url, "event_types": _EVENT_TYPES, "description": _ENDPOINT}
    endpoint = api.post("/v1/webhooks/endpoints", body).body
    consumer.secret = endpoint["secret"]
    try:
        yield
    finally:
        api.delete(f"/v1/webhooks/endpoints/{endpoint['id']}")


def _describe(baskets: Sequence[Basket], selection: Selection) -> str:
    stores, weeks = {basket.store_id for basket in baskets}, {basket.week for basket in baskets}
    lines = sum(len(basket.lines) for basket in baskets)
    return (
        f"{len(baskets)} baskets with {lines} lines from {len(stores)} store(s), weeks {min(weeks)} to {max(weeks)}; "
        f"left out: {selection.left_out} lines of quantity 0 ({_dollars(selection.left_out_paid)})"
    )


def _describe_outcomes(outcomes: Sequence[Outcome], seconds: float) -> str:
    counts = Counter(outcome.course for outcome in outcomes if not outcome.refused)
    courses = ", ".join(f"{counts[course]} {course}" for course in Course)
    refused = sum(outcome.refused for outcome in outcomes)
    return (
        f"{courses}; refused: {refused} with more lines than one sale takes (in no column)\n"
        f"{len(outcomes) - refused} orders in {seconds:.1f} s: {(len(outcomes) - refused) / seconds:.1f} a second"
    )


def _describe_deliveries(consumer: Consumer, seconds: float) -> str:
    ledger = consumer.ledger
    return (
        f"{ledger.received} webhooks taken, {ledger.duplicates} repeated, {ledger.outdated} older than the state held, "
        f"{consumer.failed} failed on purpose at first, {consumer.rejected} with a bad signature; "
        f"{seconds:.1f} s after the first basket"
    )


def _print_comparison(columns: Sequence[Books], names: Mapping[str, str]) -> bool:
    summary, items = summarize(columns), itemize(columns, names)
    unequal = [row for row in items if not row.equal]
    print(format_table(_HEADS, summary + unequal))
    equal = not unequal and all(row.equal for row in summary)
    print(f"{len(items) - len(unequal)} of {len(items)} figures of products agree, units sold, returned and on hand")
    print("EQUAL: the three columns agree" if equal else "DIFFERENT: the three columns do not agree")
    return equal


def _dollars(cents: int) -> str:
    return f"{Decimal(cents) / 100:,.2f} {_CURRENCY}"


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line. Without a store and a week, the baskets are those of a store with every kind of line."""
    parser = argparse.ArgumentParser(description="Replay real baskets and compare three books of them.")
    parser.add_argument("--stack", type=Path, default=load_shop.DEFAULT_STACK, help="the file that `make up` wrote")
    parser.add_argument("--baskets", type=int, default=500, help="how many baskets, the first ones by time")
    parser.add_argument("--store", type=int, help="of this store only")
    parser.add_argument("--week", type=int, choices=range(1, 54), metavar="1..53", help="of this week only")
    parser.add_argument("--clients", type=int, default=4, help="how many registers sell at once")
    parser.add_argument("--seed", type=int, default=1, help="decides what becomes of each basket")
    parser.add_argument("--fail-first", type=float, default=0.01, help="share of webhooks to answer with 500 at first")
    parser.add_argument("--patience", type=float, default=180, help="seconds to wait without any change")
    args = parser.parse_args(argv)
    if args.store is None and args.week is None:
        args.store = groceries.DEFAULT_STORE
    return args


def main() -> None:
    """Exits with 0 only if the three columns are equal."""
    args = parse_args()
    try:
        selection = groceries.select(store=args.store, week=args.week, baskets=args.baskets)
        api = Api.from_stack(args.stack, connections=args.clients)
        equal = run(api, selection, args)
    except (ApiError, NoStack, WrongAnswer, groceries.NoSuchBaskets, urllib3.exceptions.HTTPError) as error:
        sys.exit(f"demo: {error}")
    sys.exit(0 if equal else 1)


if __name__ == "__main__":
    main()
