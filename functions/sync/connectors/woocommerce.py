"""WooCommerce by its REST API v3, with a consumer key and secret over HTTPS.

Made from its documentation and source, and tested against shapes that these show: **not tried on a live shop.**
What they say: times are in the shop's own zone unless `dates_are_gmt` is asked for; a variation that inherits its
stock says `manage_stock: "parent"`; stock falls when an order is on hold, processing or completed, and not while it is
pending. https://woocommerce.github.io/woocommerce-rest-api-docs/
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from catalog.models import Product
from pos.clock import timestamp
from sync.connectors.client import Client, NotThere
from sync.connectors.interface import Change, Page, Refused, RemoteLevel, RemoteLine, RemoteOrder, RemoteProduct
from sync.connectors.medusa import major, minor

type Json = dict[str, Any]

_API = "/wp-json/wc/v3"
_PAGE = 50
_OVERLAP = timedelta(seconds=60)
_PLACED = ("on-hold", "processing", "completed", "cancelled", "refunded")
"""What counts as an order: the others wait for their payment, or failed, and hold no stock."""
_PAID = frozenset({"processing", "completed", "refunded"})
_SOLD_AS = {"name": "name", "sku": "sku", "barcode": "global_unique_id", "track_stock": "manage_stock"}


class WooCommerce:
    """A WooCommerce shop."""

    def __init__(self, client: Client, currency: str, minor_units: int) -> None:
        self._client = client
        self._currency = currency
        self._digits = minor_units

    @classmethod
    def connect(cls, url: str, key: str, secret: str, currency: str, minor_units: int) -> "WooCommerce":
        """The shop at this address; amounts are in `currency`."""
        basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
        return cls(Client(url, {"authorization": f"Basic {basic}"}, pace=0.2), currency, minor_units)

    def check(self) -> None:
        currency = self._client.get(f"{_API}/data/currencies/current")["code"]
        if currency != self._currency:
            detail = f"The shop sells in {currency}, the merchant in {self._currency}."
            raise Refused("shop.other_currency", detail)

    def products(self, cursor: str | None) -> Page[RemoteProduct]:
        since, page, latest = _parsed(cursor)
        found, last = self._list("products", page, since, {"status": "any"})
        items = [self._product(one) for one in found]
        return Page(items, _following(since, page, latest, found, last), last)

    def product(self, external_id: str) -> RemoteProduct:
        try:
            return self._product(self._client.get(f"{_API}/products/{external_id}"))
        except NotThere:
            return RemoteProduct(external_id, "", {"external_id": external_id, "deleted": True})

    def missing(self, external_ids: Sequence[str]) -> Sequence[str]:
        query = {"include": ",".join(external_ids), "status": "any", "per_page": 100, "_fields": "id"}
        found = {str(one["id"]) for one in self._client.get(f"{_API}/products", **query)}
        return [id for id in external_ids if id not in found]

    def push(self, change: Change) -> None:
        path = f"{_API}/products/{change.external_id}"
        if change.retired:
            self._client.send("PUT", path, {"status": "draft"})
            return
        bodies: dict[str, Json] = {}
        for name, value in change.fields.items():
            parts = name.split("/")
            if parts[0] == "variants" and len(parts) < 3:
                detail = (
                    "A variant was retired here, or came back: do the same there, as Kasir deletes nothing in a shop."
                )
                raise Refused("variant.retired_here", detail)
            # what is sold as one is a product itself, which its only variant is named for
            own = parts[0] != "variants" or parts[1] == change.external_id
            if own and parts[0] == "variants" and parts[2] == "name":
                continue
            field, told = self._field(parts[-1], value)
            bodies.setdefault(path if own else f"{path}/variations/{parts[1]}", {})[field] = told
        for at, body in bodies.items():
            self._client.send("PUT", at, body)

    def create(self, product: Product) -> RemoteProduct:
        raise Refused("product.not_created", f"{product.name} has to be made in WooCommerce by hand.")

    def levels(self, cursor: str | None) -> Page[RemoteLevel]:
        page = int(cursor or 1)
        found, last = self._list("products", page, None, {"status": "any"})
        levels = [level for product in found for level in self._levels(product)]
        return Page(levels, str(page + 1), last)

    def set_level(self, level: RemoteLevel, available: Decimal) -> None:
        self._client.send("PUT", level.handle, {"stock_quantity": int(available)})

    def from_moment(self, moment: str) -> str:
        return f"{moment}|1|"

    def orders(self, cursor: str) -> Page[RemoteOrder]:
        since, page, latest = _parsed(cursor)
        found, last = self._list("orders", page, since, {"status": ",".join(_PLACED)})
        items = [self._order(one) for one in found]
        return Page(items, _following(since, page, latest, found, last), last)

    def orders_of(self, external_ids: Sequence[str]) -> Sequence[RemoteOrder]:
        query = {"include": ",".join(external_ids), "per_page": 100}
        return [self._order(one) for one in self._client.get(f"{_API}/orders", **query)]

    # --- mapping -----------------------------------------------------------------------------------------------------

    def _list(self, what: str, page: int, since: str | None, more: Mapping[str, Any]) -> tuple[list[Json], bool]:
        """A page of a list by id, of what was changed since, and whether it is the last."""
        query: Json = {"per_page": _PAGE, "page": page, "orderby": "id", "order": "asc", **more}
        if since is not None:
            query |= {"modified_after": since.removesuffix("Z"), "dates_are_gmt": "true"}
        found, headers = self._client.get_page(f"{_API}/{what}", query)
        return found, page >= int(headers.get("x-wp-totalpages") or 0) or not found

    def _variations(self, product: Json) -> Iterator[Json]:
        page = 1
        while True:
            query = {"per_page": 100, "page": page, "orderby": "id", "order": "asc"}
            found, headers = self._client.get_page(f"{_API}/products/{product['id']}/variations", query)
            yield from found
            if page >= int(headers.get("x-wp-totalpages") or 0) or not found:
                return
            page += 1

    def _product(self, found: Json) -> RemoteProduct:
        id, name = str(found["id"]), found["name"]
        if found["type"] not in ("simple", "variable"):
            problem = Refused("product.kind", f"{name} is {found['type']}: Kasir takes simple and variable products.")
            return RemoteProduct(id, name, problem=problem)
        parts = list(self._variations(found)) if found["type"] == "variable" else [found]
        try:
            record = {
                "external_id": id,
                "name": name,
                "changed_at": max(_moment(one["date_modified_gmt"]) for one in (found, *parts)),
                "deleted": found["status"] == "trash",
                "variants": [self._variant(one) for one in parts],
            }
        except Refused as problem:
            return RemoteProduct(id, name, problem=problem)
        if not record["variants"]:
            return RemoteProduct(id, name, problem=Refused("product.no_variants", f"{name} has no variation there."))
        return RemoteProduct(id, name, record)

    def _variant(self, found: Json) -> Json:
        if not found["regular_price"]:
            raise Refused("variant.priceless", f"{found.get('name') or found['id']} has no regular price there.")
        chosen = ", ".join(str(one["option"]) for one in found.get("attributes") or () if "option" in one)
        return {
            "external_id": str(found["id"]),
            "name": chosen or None,
            "sku": found["sku"] or None,
            "barcode": found.get("global_unique_id") or None,
            "price": minor(found["regular_price"], self._digits),
            "track_stock": found["manage_stock"] is True,
        }

    def _field(self, name: str, value: Any) -> tuple[str, Any]:
        if name == "price":
            return "regular_price", f"{major(value, self._digits):f}"
        if name not in _SOLD_AS:
            raise Refused("field.not_there", f"{name} cannot be told to WooCommerce.")
        return _SOLD_AS[name], value if value is not None else ""

    def _levels(self, product: Json) -> Iterator[RemoteLevel]:
        id, path = str(product["id"]), f"{_API}/products/{product['id']}"
        if product["type"] == "variable":
            for one in self._variations(product):
                if one["manage_stock"] is True:
                    at = f"{path}/variations/{one['id']}"
                    yield RemoteLevel(id, str(one["id"]), Decimal(str(one["stock_quantity"] or 0)), at)
        elif product["type"] == "simple" and product["manage_stock"] is True:
            yield RemoteLevel(id, id, Decimal(str(product["stock_quantity"] or 0)), path)

    def _order(self, found: Json) -> RemoteOrder:
        shell: Json = {
            "external_id": str(found["id"]),
            "number": str(found["number"]),
            "placed_at": _moment(found["date_created_gmt"]),
            "currency": found["currency"],
            "paid": found["status"] in _PAID,
            "cancelled": found["status"] == "cancelled",
            "refunded": bool(found.get("refunds")),
        }
        try:
            lines = [self._line(one) for one in found["line_items"] if one["quantity"]]
            for one in (*found.get("shipping_lines", ()), *found.get("fee_lines", ())):
                amount = self._sum(one["total"], one["total_tax"])
                if amount:
                    name = one.get("method_title") or one.get("name") or "Fee"
                    lines.append(RemoteLine(name, Decimal(1), amount))
            return RemoteOrder(**shell, lines=lines, total=minor(found["total"], self._digits))
        except Refused as problem:
            return RemoteOrder(**shell, lines=(), total=0, problem=problem)

    def _line(self, item: Json) -> RemoteLine:
        """A line at what it came to with tax, before (`subtotal`) and after discounts."""
        quantity = Decimal(str(item["quantity"]))
        gross = self._sum(item["subtotal"], item["subtotal_tax"])
        total = self._sum(item["total"], item["total_tax"])
        price, rest = divmod(gross, quantity)
        each = int(price) + (1 if rest else 0)
        product = str(item["product_id"]) if item.get("product_id") else None
        variant = str(item["variation_id"]) if item.get("variation_id") else product
        return RemoteLine(item["name"], quantity, each, max(0, int(each * quantity) - total), product, variant)

    def _sum(self, *amounts: str) -> int:
        """Amounts with more places than the currency has (taxes), as a whole number of minor units."""
        exact = sum((Decimal(one or 0) for one in amounts), Decimal(0)).scaleb(self._digits)
        if exact < 0:
            raise Refused("amount.negative", "The order has a line below 0.")
        return int(exact.to_integral_value())


def _moment(text: str) -> str:
    return timestamp(datetime.fromisoformat(text).replace(tzinfo=UTC))


def _parsed(cursor: str | None) -> tuple[str | None, int, str]:
    """Since when to ask, which page, and the latest change that was seen: `<since>|<page>|<latest>`."""
    since, page, latest = (cursor or "|1|").split("|")
    return since or None, int(page), latest


def _following(since: str | None, page: int, latest: str, found: Sequence[Json], last: bool) -> str:
    latest = max([latest, *(_moment(one["date_modified_gmt"]) for one in found)])
    if not last:
        return f"{since or ''}|{page + 1}|{latest}"
    begins = timestamp(datetime.fromisoformat(latest) - _OVERLAP) if latest else ""
    return f"{max(since or '', begins)}|1|"
