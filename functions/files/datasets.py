"""What can be put into a file: each dataset's parameters, columns and rows.

Reports are asked for by their own code (`reports.answering`), so a file tells what the API tells, to the minor unit.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from catalog import store as catalog
from catalog.models import Product
from customers import store as customers
from customers.models import Customer
from files.columns import Column, Row, columns, kind_of
from files.models import DatasetName, EverythingQuery, OrderLinesQuery
from files.naming import with_names
from orders import store as orders
from orders.models import Order
from pos import documents, dynamo
from pos.clock import timestamp
from pos.errors import DomainError, FieldError, Invalid
from pos.http import refusal
from pos.money import MINOR_UNITS
from reports import answering, rules
from reports.models import (
    LONGEST_SPAN,
    MAX_DAYS,
    AffinityQuery,
    CustomersQuery,
    Period,
    SalesQuery,
    StockMovementsQuery,
    StockQuery,
    TaxQuery,
)
from staff.models import Merchant
from webhooks import store as feed

_ALL = 10_000_000
"""More rows than any report has."""
_MOST_SHEETS = 500_000
"""What a report as a file is made of at most: half of the worker's time (docs/performance.md)."""
_LEVELS_A_PAGE = 500
_ORDERS_A_PAGE = 200
_FEED_PAGES = 20
_ENTITIES_A_PAGE = 200
_BEFORE = timedelta(days=3)
"""A business day begins up to 14 hours earlier east of UTC; the rest is for clocks that are wrong."""
_PAGES = ("limit", "cursor")


class Batch(NamedTuple):
    """Some rows of a file, where they go on, and the currency of their money."""

    rows: Sequence[Row]
    cursor: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom rows are read, and the time that it is."""

    merchant: Merchant
    now: datetime

    @property
    def merchant_id(self) -> str:
        """The merchant whose data may be read."""
        return self.merchant.id

    def decimals(self, currency: str | None) -> int:
        """The decimals of a currency: of the merchant's own as it is set."""
        if currency is None or currency == self.merchant.currency:
            return self.merchant.minor_units
        return MINOR_UNITS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Dataset[Q: BaseModel]:
    """One thing that can be exported: what it is asked for by, who may have it, its columns, and its rows."""

    query: type[Q]
    permissions: Callable[[Q], Sequence[str]]
    columns: Callable[[Q], Sequence[Column]]
    read: Callable[[Asker, Q, str | None], Batch]
    check: Callable[[Q], None] = lambda _: None

    def parsed(self, parameters: Mapping[str, Any]) -> Q:
        """The parameters, as the report's own operation takes them; 422 for what that would refuse."""
        for name in _PAGES:
            if name in parameters:
                raise Invalid("export.not_paged", "A file has all rows.", f"/parameters/{name}")
        texts = {
            name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in parameters.items()
        }
        try:
            wanted = self.query.model_validate(texts)
        except ValidationError as error:
            raise _under(refusal(error, "?")) from None
        try:
            self.check(wanted)
        except Invalid as refused:
            raise _under(refused) from None
        return wanted


def _under(refused: DomainError) -> DomainError:
    """The refusal of a query, as that of a body whose `parameters` it was in."""
    errors = tuple(
        FieldError(f"/parameters/{one.pointer.removeprefix('?')}".removesuffix("/"), one.detail)
        for one in refused.errors
    )
    return DomainError(refused.code, refused.detail, status=422, errors=errors)


# --- cells -----------------------------------------------------------------------------------------------------------


def _cells(row: Mapping[str, Any], decimals: int) -> dict[str, Any]:
    """A report's row with its money in the currency's own units."""
    return {name: _cell(name, value, decimals) for name, value in row.items()}


def _cell(name: str, value: Any, decimals: int) -> Any:
    match kind_of(name):
        case "money":
            return None if value is None else Decimal(value).scaleb(-decimals)
        case "date" if isinstance(value, str):
            return date.fromisoformat(value)
        case "moment" if isinstance(value, str):
            return datetime.fromisoformat(value)
    return value


def _local(moment: str | None, time_zone: str) -> datetime | None:
    """A moment as the shop's clock shows it."""
    if moment is None:
        return None
    local = datetime.fromisoformat(moment).astimezone(ZoneInfo(time_zone))
    return local.replace(tzinfo=None, microsecond=0)


def _told(asker: Asker, rows: Iterable[Mapping[str, Any]], currency: str | None) -> list[Row]:
    decimals = asker.decimals(currency)
    named = with_names(asker.merchant_id, [dict(row) for row in rows])
    return [_cells(row, decimals) | {"currency": currency} for row in named]


# --- sales -----------------------------------------------------------------------------------------------------------

_GROUPS = (
    *("day", "month", "weekday", "hour", "weekday_hour", "location", "location_name", "register", "register_name"),
    *("staff", "staff_name", "payment_method", "tax_rate", "tax_id", "tax_name", "included", "discount_name"),
    *("promotion_id", "category", "category_name", "product", "product_name", "sku", "customer", "customer_name"),
)
_LATE = ("changes", "last", "total", "net", "paid")


def _sales_columns(wanted: SalesQuery) -> Sequence[Column]:
    group = "1T00" if wanted.group_by == "weekday_hour" else ""
    empty = rules.row(wanted.group_by, group, Counter()).model_dump(by_alias=True, exclude_unset=True)
    empty |= dict.fromkeys(_beside(list(empty)))
    first = [name for name in _GROUPS if name in empty]
    figures = [name for name in empty if name not in _GROUPS]
    compared = [f"compared_{name}" for name in figures] if rules.compared_period(wanted) else []
    late = [f"late_{name}" for name in _LATE] if wanted.group_by == "day" else []
    return columns(*first, *figures, *compared, *late, "currency")


def _beside(names: Sequence[str]) -> list[str]:
    """The names of names that stand beside these ids."""
    [row] = with_names("", [dict.fromkeys(names)])
    return [name for name in row if name not in names]


def _sales(asker: Asker, wanted: SalesQuery, _cursor: str | None) -> Batch:
    report = answering.sales(asker.merchant_id, wanted.model_copy(update={"limit": _ALL}), _MOST_SHEETS)
    return Batch(_told(asker, map(_flat, report.items), report.currency), None, report.currency)


def _flat(row: BaseModel) -> dict[str, Any]:
    flat = row.model_dump(by_alias=True, exclude_unset=True, mode="python")
    for name in ("compared", "late"):
        flat |= {f"{name}_{figure}": value for figure, value in (flat.pop(name, None) or {}).items()}
    return {
        name: Decimal(value) if isinstance(value, str) and _is_figure(name) else value for name, value in flat.items()
    }


def _is_figure(name: str) -> bool:
    return kind_of(name) in ("money", "quantity", "number")


# --- the other reports -----------------------------------------------------------------------------------------------


def _rows(items: Iterable[BaseModel]) -> Iterator[dict[str, Any]]:
    return map(_flat, items)


def _taxes(asker: Asker, wanted: TaxQuery, _cursor: str | None) -> Batch:
    report = answering.taxes(asker.merchant_id, wanted, _MOST_SHEETS)
    return Batch(_told(asker, _rows(report.items), report.currency), None, report.currency)


def _stock(asker: Asker, wanted: StockQuery, cursor: str | None) -> Batch:
    limit = _ALL if wanted.slow_movers else _LEVELS_A_PAGE
    page = wanted.model_copy(update={"limit": limit, "cursor": cursor})
    report = answering.stock_levels(asker.merchant_id, page, asker.now)
    zone = asker.merchant.time_zone
    rows = [row | {"updated_at": _local(row["updated_at"], zone)} for row in _rows(report.items)]
    currency = asker.merchant.currency
    return Batch(_told(asker, rows, currency), report.next_cursor, currency)


def _stock_movements(asker: Asker, wanted: StockMovementsQuery, _cursor: str | None) -> Batch:
    report = answering.stock_movements(asker.merchant_id, wanted.model_copy(update={"limit": _ALL}), _MOST_SHEETS)
    currency = asker.merchant.currency
    rows = [moved for item in report.items for moved in _moves(item)]
    return Batch(_told(asker, rows, currency), None, currency)


def _moves(item: Any) -> Iterator[dict[str, Any]]:
    """A variant's ledger, a line for what was there, each cause, and what was left: the report's own figures."""
    of = {"variant_id": item.variant_id}
    none = {"cause": None, "cost": None, "uncosted": None}
    yield of | none | {"direction": "opening", "quantity": item.opening}
    for direction in ("incoming", "outgoing"):
        for cause, moved in getattr(item, direction).items():
            figures = {"quantity": moved.quantity, "cost": moved.cost, "uncosted": moved.uncosted}
            yield of | {"direction": direction, "cause": cause} | figures
    yield of | none | {"direction": "closing", "quantity": item.closing, "cost": item.closing_value}


def _customers(asker: Asker, wanted: CustomersQuery, _cursor: str | None) -> Batch:
    report = answering.customers(asker.merchant_id, wanted.model_copy(update={"limit": _ALL}), _MOST_SHEETS)
    return Batch(_told(asker, _rows(report.items), report.currency), None, report.currency)


def _affinity(asker: Asker, wanted: AffinityQuery, _cursor: str | None) -> Batch:
    report = answering.affinity(asker.merchant_id, wanted.model_copy(update={"limit": _ALL}), _MOST_SHEETS)
    rows = [
        {"orders_estimated" if name == "orders" else name: value for name, value in row.items()}
        for row in _rows(report.items)
    ]
    return Batch(_told(asker, rows, None))


# --- order lines -----------------------------------------------------------------------------------------------------


def _order_lines(asker: Asker, wanted: OrderLinesQuery, cursor: str | None) -> Batch:
    """Lines of the sales of some business days, by a cursor that goes through two lists: orders made since shortly
    before the first day, and older ones (tickets that were open for long) that the feed says were completed since.
    """
    first = datetime.combine(wanted.from_, time(), UTC) - _BEFORE
    phase, _, at = (cursor or "made:").partition(":")
    if phase == "made":
        page = orders.list_orders(
            asker.merchant_id, active=False, low=timestamp(first), high=None, limit=_ORDERS_A_PAGE, cursor=at or None
        )
        found = [documents.read(Order, item) for item in page.items]
        after = (
            f"made:{page.next_cursor}" if page.next_cursor else f"older:{feed.page_before(asker.merchant_id, first)}"
        )
        return _lines(asker, wanted, found, after)
    pages = feed.pages_after(asker.merchant_id, int(at), _FEED_PAGES)
    ids = dict.fromkeys(ref.entity_id for page in pages for ref in page.refs if ref.type == "order.completed")
    refs = [orders.order_ref(asker.merchant_id, id) for id in ids]
    read = dynamo.fetch(refs)
    resolved = [order for ref in refs if (order := dynamo.resolve(ref, read))]
    found = [order for order in resolved if order.created_at < timestamp(first)]
    return _lines(asker, wanted, found, f"older:{pages[-1].number}" if pages else None)


def _lines(asker: Asker, wanted: OrderLinesQuery, found: Iterable[Order], cursor: str | None) -> Batch:
    rows: list[dict[str, Any]] = []
    for order in found:
        day = order.business_date and date.fromisoformat(order.business_date)
        if day and wanted.from_ <= day <= wanted.to and wanted.location_id in (None, order.location_id):
            rows += _lines_of(order, day)
    return Batch(with_names(asker.merchant_id, rows), cursor, asker.merchant.currency)


_LINE_MONEY = ("price", "gross", "discount", "service_charge", "net", "tax", "total")


def _lines_of(order: Order, day: date) -> Iterator[dict[str, Any]]:
    whole = {
        "business_date": day,
        "completed_at": _local(order.completed_at, order.time_zone),
        "order_number": order.number,
        "order_id": order.id,
        "status": order.status,
        "location_id": order.location_id,
        "register_id": order.register_id,
        "customer_id": order.customer_id,
    }
    for line in order.lines:
        money = {name: Decimal(getattr(line, name)).scaleb(-order.policy.minor_units) for name in _LINE_MONEY}
        yield whole | {
            "line_id": line.id,
            "product_id": line.product_id,
            "variant_id": line.variant_id,
            "category_id": line.category_id,
            "name": line.name,
            "quantity": line.quantity,
            **money,
            "refunded_quantity": line.refunded or Decimal(0),
            "note": line.note,
            "currency": order.policy.currency,
        }


# --- the catalog and the customers -----------------------------------------------------------------------------------

_VARIANT = ("variant_id", "variant_name", "sku", "barcode", "plu", "price", "cost", "unit", "weighed", "track_stock")


def _products(asker: Asker, _wanted: EverythingQuery, cursor: str | None) -> Batch:
    """A row for each variant. A product that is changed meanwhile may be told twice, the second time as it is then."""
    page = catalog.list_products(asker.merchant_id, None, _ENTITIES_A_PAGE, cursor)
    living = [product for item in page.items if (product := documents.read(Product, item)).deleted_at is None]
    categories = with_names(asker.merchant_id, [{"category_id": product.category_id} for product in living])
    currency = asker.merchant.currency
    rows = [
        _cells({**row, **category, "currency": currency}, asker.decimals(currency))
        for product, category in zip(living, categories, strict=True)
        for row in _variants(product)
    ]
    return Batch(rows, page.next_cursor, currency)


def _variants(product: Product) -> Iterator[dict[str, Any]]:
    whole = {"product_id": product.id, "name": product.name}
    for variant in product.variants:
        own = variant.model_dump() | {"variant_id": None, "variant_name": variant.name}
        yield whole | {name: own[name] for name in _VARIANT} | {"variant_id": variant.id}


def _all_customers(asker: Asker, _wanted: EverythingQuery, cursor: str | None) -> Batch:
    page = customers.list_customers(asker.merchant_id, None, _ENTITIES_A_PAGE, cursor)
    living = [customer for item in page.items if (customer := documents.read(Customer, item)).deleted_at is None]
    rows = [
        {**customer.model_dump(), "customer_id": customer.id, "tags": ", ".join(customer.tags)} for customer in living
    ]
    return Batch(rows, page.next_cursor)


# --- all of them -----------------------------------------------------------------------------------------------------


def _reads(*permissions: str) -> Callable[[Any], Sequence[str]]:
    return lambda _: permissions


def _fixed(names: str) -> Callable[[Any], Sequence[Column]]:
    fixed = columns(*names.split())
    return lambda _: fixed


def _stock_columns(wanted: StockQuery) -> Sequence[Column]:
    sold = ("sold", "days_of_cover") if wanted.days else ()
    names = "location_id location_name variant_id product_name sku on_hand average_cost value threshold low_stock"
    return columns(*names.split(), *sold, "updated_at", "currency")


def _sales_permissions(wanted: SalesQuery) -> Sequence[str]:
    return ("reports:read", "customers:read") if wanted.group_by == "customer" else ("reports:read",)


def _in_order(longest: int) -> Callable[[Period], None]:
    return lambda wanted: rules.check_range(wanted, longest)


DATASETS: Mapping[DatasetName, Dataset[Any]] = {
    "sales_report": Dataset(SalesQuery, _sales_permissions, _sales_columns, _sales, rules.check_sales_query),
    "tax_report": Dataset(
        TaxQuery,
        _reads("reports:read"),
        _fixed(
            "month location_id location_name tax_id name rate included orders base tax refunds refunded_base "
            "refunded_tax declared_base declared_tax currency"
        ),
        _taxes,
    ),
    "stock_report": Dataset(StockQuery, _reads("reports:read"), _stock_columns, _stock),
    "stock_movements_report": Dataset(
        StockMovementsQuery,
        _reads("reports:read"),
        _fixed("variant_id product_name sku direction cause quantity cost uncosted currency"),
        _stock_movements,
        _in_order(MAX_DAYS),
    ),
    "customers_report": Dataset(
        CustomersQuery,
        _reads("reports:read", "customers:read"),
        _fixed("customer_id customer_name first_day orders total refunded_total currency"),
        _customers,
        _in_order(MAX_DAYS),
    ),
    "affinity_report": Dataset(
        AffinityQuery,
        _reads("reports:read"),
        _fixed(
            "product product_name sku with_product with_product_name with_sku orders_estimated support_percent "
            "of_product_percent of_with_product_percent lift"
        ),
        _affinity,
        _in_order(MAX_DAYS),
    ),
    "order_lines": Dataset(
        OrderLinesQuery,
        _reads("orders:read"),
        _fixed(
            "business_date completed_at order_number order_id status location_id location_name register_id "
            "register_name customer_id line_id product_id variant_id category_id category_name name sku quantity price "
            "gross discount service_charge net tax total refunded_quantity note currency"
        ),
        _order_lines,
        _in_order(LONGEST_SPAN),
    ),
    "products": Dataset(
        EverythingQuery,
        _reads("catalog:read"),
        _fixed(
            "product_id name category_id category_name variant_id variant_name sku barcode plu price cost unit weighed "
            "track_stock currency"
        ),
        _products,
    ),
    "customers": Dataset(
        EverythingQuery,
        _reads("customers:read"),
        _fixed("customer_id name phone email birthday note tags"),
        _all_customers,
    ),
}
