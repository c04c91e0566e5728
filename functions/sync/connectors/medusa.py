"""Medusa v2 by its Admin API, with a secret API key: products and prices both ways, stock, and orders in.

Tried with 2.21.2 (`make test-medusa`). What is not in its documentation, as seen there: a changed price changes the
variant's `updated_at` and not the product's; prices of a variant that a change leaves out are removed; a placed order
reserves stock (`available_quantity` falls), which its fulfilment takes from `stocked_quantity`; an inventory item's
`updated_at` tells nothing of its levels. https://docs.medusajs.com/api/admin
"""

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from catalog.models import Product, Variant
from pos.clock import timestamp
from sync.connectors.client import Client, NotThere
from sync.connectors.interface import (
    Change,
    Origin,
    Page,
    Refused,
    RemoteLevel,
    RemoteLine,
    RemoteOrder,
    RemoteProduct,
)

type Json = dict[str, Any]

_OVERLAP = timedelta(seconds=60)
"""How far back a question goes: what was changed before, and committed after, what was seen last."""
_PAGE = 100
_PRODUCT = (
    "id,title,status,updated_at,deleted_at,external_id,metadata,variants.id,variants.title,variants.sku,"
    "variants.barcode,variants.ean,variants.upc,variants.manage_inventory,variants.updated_at,variants.metadata,"
    "variants.prices.*"
)
_ORDER = (
    "id,display_id,status,currency_code,created_at,updated_at,total,shipping_total,payment_status,*items,"
    "*shipping_methods"
)
_PAID = frozenset({"authorized", "captured", "partially_refunded"})
_REFUNDED = frozenset({"partially_refunded", "refunded"})
_UNNAMED = "Default variant"
"""What Medusa's own admin calls a variant that needs no name, since it is the only one: it is nameless here."""
_OUR_VERSION, _OUR_VARIANT = "kasir_version", "kasir_variant"
_FIELDS = {"name": "title", "sku": "sku", "barcode": "barcode"}


class Medusa:
    """A Medusa shop."""

    def __init__(self, client: Client, location_id: str, currency: str, minor_units: int) -> None:
        self._client = client
        self._location = location_id
        self._currency = currency
        self._digits = minor_units

    @classmethod
    def connect(cls, url: str, api_key: str, location_id: str, currency: str, minor_units: int) -> "Medusa":
        """The shop at this address; `location_id` is one of its stock locations, amounts are in `currency`."""
        basic = base64.b64encode(f"{api_key}:".encode()).decode()
        return cls(Client(url, {"authorization": f"Basic {basic}"}), location_id, currency, minor_units)

    def check(self) -> None:
        try:
            self._client.get(f"/admin/stock-locations/{self._location}", fields="id")
        except NotThere:
            detail = f"The shop has no stock location {self._location}: is remote_location_id right?"
            raise Refused("shop.no_location", detail) from None

    def products(self, cursor: str | None) -> Page[RemoteProduct]:
        since, offset = _parsed(cursor)
        query: Json = {"limit": _PAGE, "offset": offset, "order": "id", "fields": _PRODUCT}
        if since:
            query["$or[0][updated_at][$gte]"] = query["$or[1][variants][updated_at][$gte]"] = since
        found = self._client.get_page("/admin/products", query)[0]["products"]
        items = [self._product(one) for one in found]
        return Page(items, *_following(cursor, found, _changed_at))

    def product(self, external_id: str) -> RemoteProduct:
        try:
            found = self._client.get(f"/admin/products/{external_id}", fields=_PRODUCT)["product"]
        except NotThere:
            return RemoteProduct(external_id, "", {"external_id": external_id, "deleted": True})
        return self._product(found)

    def push(self, change: Change) -> None:
        path = f"/admin/products/{change.external_id}"
        if change.retired:
            self._client.send("POST", path, {"status": "draft"})
            return
        own, variants = _split(change.fields)
        if own:
            self._client.send("POST", path, own)
        for variant_id, fields in variants.items():
            body = dict(fields)
            if "price" in body:
                body["prices"] = self._prices(external_id=change.external_id, id=variant_id, price=body.pop("price"))
            self._client.send("POST", f"{path}/variants/{variant_id}", body)

    def create(self, product: Product) -> RemoteProduct:
        """A draft there, for a person to complete and publish, in the sales channel and with the shipping that the shop
        has by default.
        """
        known = self._client.get("/admin/products", external_id=product.id, fields=_PRODUCT)["products"]
        if known:
            return self._product(known[0])
        body = {
            "title": product.name,
            "handle": _handle(product),
            "external_id": product.id,
            "status": "draft",
            "metadata": {_OUR_VERSION: product.version},
            **_options(product.variants),
            **self._selling(),
        }
        for variant, told in zip(product.variants, body["variants"], strict=True):
            amount = _number(major(variant.price, self._digits))
            told["prices"] = [{"currency_code": self._currency.lower(), "amount": amount}]
        made = self._client.send("POST", "/admin/products", body)["product"]
        return self.product(made["id"])

    def missing(self, external_ids: Sequence[str]) -> Sequence[str]:
        query: Json = {"limit": len(external_ids), "fields": "id"}
        query |= {f"id[{number}]": id for number, id in enumerate(external_ids)}
        found = {one["id"] for one in self._client.get_page("/admin/products", query)[0]["products"]}
        return [id for id in external_ids if id not in found]

    def levels(self, cursor: str | None) -> Page[RemoteLevel]:
        offset = int(cursor or 0)
        query: Json = {
            "limit": _PAGE,
            "offset": offset,
            "order": "id",
            "fields": "id,*location_levels,variants.id,variants.product_id",
        }
        answer = self._client.get_page("/admin/inventory-items", query)[0]
        found = answer["inventory_items"]
        items = [level for item in found if (level := self._level(item)) is not None]
        last = offset + len(found) >= answer["count"] or not found
        return Page(items, "" if last else str(offset + len(found)), last)

    def set_level(self, level: RemoteLevel, available: Decimal) -> None:
        item_id, reserved, exists = level.handle
        path = f"/admin/inventory-items/{item_id}/location-levels"
        stocked = _number(available + reserved)
        if exists:
            self._client.send("POST", f"{path}/{self._location}", {"stocked_quantity": stocked})
        else:
            self._client.send("POST", path, {"location_id": self._location, "stocked_quantity": stocked})

    def from_moment(self, moment: str) -> str:
        return f"{moment}|0|"

    def orders(self, cursor: str) -> Page[RemoteOrder]:
        since, offset = _parsed(cursor)
        query = {
            "limit": 50,
            "offset": offset,
            "order": "id",
            "fields": _ORDER,
            "updated_at[$gte]": since,
        }
        found = self._client.get_page("/admin/orders", query)[0]["orders"]
        items = [self._order(one) for one in found]
        return Page(items, *_following(cursor, found, lambda one: str(one["updated_at"]), 50))

    def orders_of(self, external_ids: Sequence[str]) -> Sequence[RemoteOrder]:
        query: Json = {"limit": len(external_ids), "fields": _ORDER}
        query |= {f"id[{number}]": id for number, id in enumerate(external_ids)}
        return [self._order(one) for one in self._client.get_page("/admin/orders", query)[0]["orders"]]

    def _selling(self) -> Json:
        """Where and how the shop sells a product if nobody says otherwise."""
        [store] = self._client.get("/admin/stores", fields="id,default_sales_channel_id")["stores"]
        channel = store.get("default_sales_channel_id")
        profiles = self._client.get("/admin/shipping-profiles", type="default", fields="id")["shipping_profiles"]
        return {
            **({"sales_channels": [{"id": channel}]} if channel else {}),
            **({"shipping_profile_id": profiles[0]["id"]} if profiles else {}),
        }

    # --- mapping -----------------------------------------------------------------------------------------------------

    def _product(self, found: Json) -> RemoteProduct:
        id, name = found["id"], found["title"]
        try:
            record = {
                "external_id": id,
                "name": name,
                "changed_at": _changed_at(found),
                "deleted": found.get("deleted_at") is not None,
                "variants": [self._variant(one) for one in found["variants"] or ()],
            }
        except Refused as problem:
            return RemoteProduct(id, name, problem=problem)
        if not record["variants"]:
            return RemoteProduct(id, name, problem=Refused("product.no_variants", f"{name} has no variant there."))
        return RemoteProduct(id, name, record, origin=_origin(found))

    def _variant(self, found: Json) -> Json:
        return {
            "external_id": found["id"],
            "name": None if found["title"] == _UNNAMED else found["title"],
            "sku": found["sku"] or None,
            "barcode": found["barcode"] or found["ean"] or found["upc"] or None,
            "price": self._price(found),
            "track_stock": bool(found["manage_inventory"]),
        }

    def _price(self, variant: Json) -> int:
        """Of the variant's prices the plain one in our currency; those of regions and price lists have rules."""
        for price in variant.get("prices") or ():
            if (
                price["currency_code"] == self._currency.lower()
                and not price.get("rules")
                and not price["min_quantity"]
            ):
                return minor(price["amount"], self._digits)
        detail = f"The variant {variant['title']} has no price in {self._currency} there."
        raise Refused("variant.priceless", detail)

    def _prices(self, *, external_id: str, id: str, price: int) -> list[Json]:
        """All prices that the variant shall have: those it has, with ours in its place."""
        found = self._client.get(f"/admin/products/{external_id}/variants/{id}", fields="id,prices.*")["variant"]
        ours = {"currency_code": self._currency.lower(), "amount": _number(major(price, self._digits))}
        kept: list[Json] = []
        for one in found.get("prices") or ():
            plain = not one.get("rules") and not one["min_quantity"]
            if plain and one["currency_code"] == ours["currency_code"]:
                ours["id"] = one["id"]
                continue
            names = ("id", "currency_code", "amount", "min_quantity", "max_quantity", "rules")
            kept.append({name: one[name] for name in names if one.get(name)})
        return [*kept, ours]

    def _level(self, item: Json) -> RemoteLevel | None:
        """The stock of an item that is sold as one variant; what is in kits, or of none, is not shared."""
        variants: Sequence[Json] = item.get("variants") or []
        if len(variants) != 1:
            return None
        here = [one for one in item.get("location_levels") or () if one["location_id"] == self._location]
        reserved = Decimal(str(here[0]["reserved_quantity"])) if here else Decimal(0)
        stocked = Decimal(str(here[0]["stocked_quantity"])) if here else Decimal(0)
        handle = (item["id"], reserved, bool(here))
        return RemoteLevel(variants[0]["product_id"], variants[0]["id"], stocked - reserved, handle)

    def _order(self, found: Json) -> RemoteOrder:
        id, number = found["id"], str(found["display_id"])
        shell: Json = {
            "external_id": id,
            "number": number,
            "placed_at": _moment(found["created_at"]),
            "currency": found["currency_code"].upper(),
            "paid": found["payment_status"] in _PAID,
            "cancelled": found["status"] == "canceled",
            "refunded": found["payment_status"] in _REFUNDED,
        }
        try:
            lines = [self._line(one) for one in found["items"] if one["quantity"]]
            shipping = minor(found.get("shipping_total") or 0, self._digits)
            if shipping:
                names = ", ".join(one["name"] for one in found.get("shipping_methods") or ()) or "Shipping"
                lines.append(RemoteLine(names, Decimal(1), shipping))
            return RemoteOrder(**shell, lines=lines, total=minor(found["total"], self._digits))
        except Refused as problem:
            return RemoteOrder(**shell, lines=(), total=0, problem=problem)

    def _line(self, item: Json) -> RemoteLine:
        """A line at what it came to with tax, before and after discounts: whose price is no whole amount for one is
        sold as one of all.
        """
        quantity = Decimal(str(item["quantity"]))
        gross, total = minor(item["original_total"], self._digits), minor(item["total"], self._digits)
        name = " ".join(filter(None, (item.get("product_title") or item.get("title"), item.get("variant_title"))))
        price, rest = divmod(gross, quantity)
        return RemoteLine(
            name,
            quantity,
            int(price) + (1 if rest else 0),
            max(0, int((int(price) + (1 if rest else 0)) * quantity) - total),
            item.get("product_id"),
            item.get("variant_id"),
        )


def minor(amount: Any, digits: int) -> int:
    """An amount of the shop's, in major units, as a whole number of minor ones. `Refused` if it is none."""
    scaled = Decimal(str(amount)).scaleb(digits)
    if scaled != scaled.to_integral_value() or scaled < 0:
        raise Refused("amount.not_whole", f"{amount} is no whole number of the currency's smallest unit.")
    return int(scaled)


def major(amount: int, digits: int) -> Decimal:
    """An amount of ours as the shop has it."""
    return Decimal(amount).scaleb(-digits)


def _number(value: Decimal) -> int | float:
    """A decimal as JSON's number: whole, or exact as written, for shops' amounts have few digits."""
    return int(value) if value == value.to_integral_value() else float(value)


def _handle(product: Product) -> str:
    """Its place in the storefront's addresses: of its own, so that two of one name do not collide, and a second attempt
    at the same one does.
    """
    return "-".join(re.findall(r"[a-z0-9]+", f"{product.name} {product.id[-8:]}".lower()))


def _options(variants: Sequence[Variant]) -> Json:
    """Our variants as Medusa has them: each is told apart by its options, so they get some if they have none here."""
    names = list(variants[0].options)
    chosen = [dict(one.options) for one in variants]
    distinct = len({tuple(one.values()) for one in chosen}) == len(chosen)
    if not names or not distinct or any(list(one) != names for one in chosen):
        several = len(variants) > 1
        labels = [one.name or (several and one.sku) or "Default option value" for one in variants]
        unique = labels if len(set(labels)) == len(labels) else [f"{label} {at}" for at, label in enumerate(labels, 1)]
        chosen = [{"Default option": label} for label in unique]
    options = [{"title": name, "values": list(dict.fromkeys(one[name] for one in chosen))} for name in chosen[0]]
    told = [
        {
            "title": one.name or _UNNAMED,
            **({"sku": one.sku} if one.sku else {}),
            **({"barcode": one.barcode} if one.barcode else {}),
            "manage_inventory": one.track_stock,
            "options": options_of,
            "metadata": {_OUR_VARIANT: one.id},
        }
        for one, options_of in zip(variants, chosen, strict=True)
    ]
    return {"options": options, "variants": told}


def _origin(found: Json) -> Origin | None:
    """What of ours a product there was made of, as `create` has noted it."""
    product_id, version = found.get("external_id"), (found.get("metadata") or {}).get(_OUR_VERSION)
    if not product_id or not isinstance(version, int):
        return None
    ours = {one["id"]: (one.get("metadata") or {}).get(_OUR_VARIANT) for one in found["variants"] or ()}
    return Origin(product_id, version, {there: id for there, id in ours.items() if isinstance(id, str)})


def _split(fields: Mapping[str, Any]) -> tuple[Json, dict[str, Json]]:
    """A product's changed fields as Medusa names them: its own, and those of each variant by its id there."""
    own: Json = {}
    variants: dict[str, Json] = {}
    for path, value in fields.items():
        parts = path.split("/")
        if parts[0] != "variants":
            if path not in _FIELDS:
                raise Refused("field.not_there", f"{path} cannot be told to Medusa.")
            own[_FIELDS[path]] = value
            continue
        if len(parts) < 3:
            detail = "A variant was retired here, or came back: do the same there, as Kasir deletes nothing in a shop."
            raise Refused("variant.retired_here", detail)
        name = {"price": "price", "track_stock": "manage_inventory", "name": "title"}.get(parts[2]) or _FIELDS.get(
            parts[2]
        )
        if name is None:
            raise Refused("field.not_there", f"{parts[2]} of a variant cannot be told to Medusa.")
        variants.setdefault(parts[1], {})[name] = _UNNAMED if name == "title" and value is None else value
    return own, variants


def _changed_at(product: Json) -> str:
    """When a product or one of its variants was changed last."""
    return _moment(max([product["updated_at"], *(one["updated_at"] for one in product.get("variants") or ())]))


def _moment(text: str) -> str:
    return timestamp(datetime.fromisoformat(text))


def _parsed(cursor: str | None) -> tuple[str | None, int]:
    """Since when to ask, and how many of these were seen; a cursor is `<since>|<offset>|<the latest that was seen>`."""
    if cursor is None:
        return None, 0
    since, offset, _ = cursor.split("|")
    return since or None, int(offset)


def _following(cursor: str | None, found: Sequence[Json], when: Any, limit: int = _PAGE) -> tuple[str, bool]:
    """The cursor behind a page, and whether it was the last. It goes on from page to page within the same question;
    the next question begins a little before the latest change that the last one saw.
    """
    since, offset, latest = (cursor or "|0|").split("|")
    latest = max([latest, *(_moment(when(one)) for one in found)])
    if len(found) >= limit:
        return f"{since}|{int(offset) + len(found)}|{latest}", False
    if not latest:
        return f"{since}|0|", True
    begins = timestamp(datetime.fromisoformat(latest) - _OVERLAP)
    return f"{max(since, begins)}|0|", True
