"""What a shopkeeper and a customer do in Medusa, by its own APIs."""

import base64
from dataclasses import dataclass
from typing import Any

import urllib3

from tests.medusa.server import Server

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shopkeeper:
    """A Medusa shop in rupiah, with one stock location, whose storefront sells and ships to Indonesia."""

    server: Server
    location_id: str
    region_id: str
    channel_id: str
    shipping_option_id: str
    shipping_profile_id: str
    storefront_key: str

    @classmethod
    def open(cls, server: Server) -> "Shopkeeper":
        """The shop, with a stock location of its own; the region is there once."""
        admin = _Admin(server)
        [channel, *_] = admin.get("/admin/sales-channels")["sales_channels"]
        location = admin.post("/admin/stock-locations", {"name": "Toko"})["stock_location"]["id"]
        admin.post(f"/admin/stock-locations/{location}/sales-channels", {"add": [channel["id"]]})
        admin.post(f"/admin/stock-locations/{location}/fulfillment-providers", {"add": ["manual_manual"]})
        [store] = admin.get("/admin/stores")["stores"]
        currencies = [{"currency_code": "idr", "is_default": True}, {"currency_code": "eur"}]
        admin.post(f"/admin/stores/{store['id']}", {"supported_currencies": currencies})
        regions = admin.get("/admin/regions")["regions"] or [_region(admin)]
        profiles = admin.get("/admin/shipping-profiles")["shipping_profiles"] or [_profile(admin)]
        key = admin.post("/admin/api-keys", {"title": "Shop", "type": "publishable"})["api_key"]
        admin.post(f"/admin/api-keys/{key['id']}/sales-channels", {"add": [channel["id"]]})
        option = _shipping(admin, location, profiles[0]["id"])
        return cls(server, location, regions[0]["id"], channel["id"], option, profiles[0]["id"], key["token"])

    def make_product(self, name: str, sku: str, price: int, stock: int) -> Json:
        """A product of one variant, published, in stock; with a price in euro that nobody may lose."""
        prices = [{"currency_code": "idr", "amount": price}, {"currency_code": "eur", "amount": 1.5}]
        variant = {"title": "Plain", "sku": sku, "options": {"Size": "M"}, "prices": prices, "manage_inventory": True}
        body = {
            "title": name,
            "handle": sku.lower(),  # one of its own, however often the tests have run
            "status": "published",
            "options": [{"title": "Size", "values": ["M"]}],
            "sales_channels": [{"id": self.channel_id}],
            "shipping_profile_id": self.shipping_profile_id,
            "variants": [variant],
        }
        product: Json = self._admin.post("/admin/products", body)["product"]
        level = {"location_id": self.location_id, "stocked_quantity": stock}
        self._admin.post(f"/admin/inventory-items/{self._item(sku)['id']}/location-levels", level)
        return product

    def product(self, id: str) -> Json:
        """A product as it is there."""
        fields = "id,title,status,updated_at,*variants,variants.prices.*"
        product: Json = self._admin.get(f"/admin/products/{id}?fields={fields}")["product"]
        return product

    def prices(self, id: str) -> dict[str, float]:
        """The prices of a product's first variant, by currency."""
        return {one["currency_code"]: one["amount"] for one in self.product(id)["variants"][0]["prices"]}

    def set_price(self, product: Json, amount: int) -> None:
        """Change the price in rupiah."""
        variant = self.product(product["id"])["variants"][0]
        prices = [
            {"id": one["id"], "currency_code": one["currency_code"], "amount": one["amount"]}
            for one in variant["prices"]
        ]
        changed = [{**one, "amount": amount} if one["currency_code"] == "idr" else one for one in prices]
        self._admin.post(f"/admin/products/{product['id']}/variants/{variant['id']}", {"prices": changed})

    def rename(self, product: Json, name: str) -> None:
        """Call a product otherwise."""
        self._admin.post(f"/admin/products/{product['id']}", {"title": name})

    def publish(self, product: Json) -> None:
        """Show a draft in the storefront."""
        self._admin.post(f"/admin/products/{product['id']}", {"status": "published"})

    def delete(self, product: Json) -> None:
        """Sell a product no longer."""
        self._admin.send("DELETE", f"/admin/products/{product['id']}", None)

    def available(self, sku: str) -> int:
        """How many can be sold there."""
        return int(self._level(sku)["available_quantity"])

    def level(self, sku: str) -> tuple[int, int]:
        """How many there are, and how many of them are promised to orders."""
        level = self._level(sku)
        return level["stocked_quantity"], level["reserved_quantity"]

    def order(self, product: Json, quantity: int) -> Json:
        """What a customer does in the storefront, up to the order; shipping costs 9,000."""
        cart = self._shop("/store/carts", _cart(self.region_id, product["variants"][0]["id"], quantity))["cart"]["id"]
        self._shop(f"/store/carts/{cart}/shipping-methods", {"option_id": self.shipping_option_id})
        payment = self._shop("/store/payment-collections", {"cart_id": cart})["payment_collection"]["id"]
        self._shop(f"/store/payment-collections/{payment}/payment-sessions", {"provider_id": "pp_system_default"})
        order: Json = self._shop(f"/store/carts/{cart}/complete", {})["order"]
        return order

    def cancel(self, order: Json) -> None:
        """Call an order off."""
        self._admin.post(f"/admin/orders/{order['id']}/cancel", {})

    @property
    def _admin(self) -> "_Admin":
        return _Admin(self.server)

    def _item(self, sku: str) -> Json:
        [item] = self._admin.get(f"/admin/inventory-items?sku={sku}&fields=id,*location_levels")["inventory_items"]
        found: Json = item
        return found

    def _level(self, sku: str) -> Json:
        [level] = [one for one in self._item(sku)["location_levels"] if one["location_id"] == self.location_id]
        found: Json = level
        return found

    def _shop(self, path: str, body: Json) -> Json:
        return _send("POST", self.server.url + path, body, {"x-publishable-api-key": self.storefront_key})


class _Admin:
    def __init__(self, server: Server) -> None:
        self._url = server.url
        self._headers = {"authorization": "Basic " + base64.b64encode(f"{server.api_key}:".encode()).decode()}

    def get(self, path: str) -> Json:
        return self.send("GET", path, None)

    def post(self, path: str, body: Json) -> Json:
        return self.send("POST", path, body)

    def send(self, method: str, path: str, body: Json | None) -> Json:
        return _send(method, self._url + path, body, self._headers)


def _send(method: str, url: str, body: Json | None, headers: dict[str, str]) -> Json:
    answer = urllib3.request(method, url, json=body, headers=headers, timeout=120, retries=False)
    assert answer.status < 300, f"{method} {url}: {answer.status} {answer.data[:500]!r}"
    answered: Json = answer.json()
    return answered


def _region(admin: _Admin) -> Json:
    body = {
        "name": "Indonesia",
        "currency_code": "idr",
        "countries": ["id"],
        "payment_providers": ["pp_system_default"],
        "automatic_taxes": False,
    }
    region: Json = admin.post("/admin/regions", body)["region"]
    return region


def _profile(admin: _Admin) -> Json:
    profile: Json = admin.post("/admin/shipping-profiles", {"name": "Default", "type": "default"})["shipping_profile"]
    return profile


def _shipping(admin: _Admin, location: str, profile: str) -> str:
    admin.post(f"/admin/stock-locations/{location}/fulfillment-sets", {"name": f"By {location}", "type": "shipping"})
    found = admin.get(f"/admin/stock-locations/{location}?fields=*fulfillment_sets")
    [sets] = found["stock_location"]["fulfillment_sets"]
    zone = {"name": f"Indonesia by {location}", "geo_zones": [{"type": "country", "country_code": "id"}]}
    zones = admin.post(f"/admin/fulfillment-sets/{sets['id']}/service-zones", zone)["fulfillment_set"]["service_zones"]
    option = {
        "name": "Kurir",
        "service_zone_id": zones[0]["id"],
        "shipping_profile_id": profile,
        "provider_id": "manual_manual",
        "price_type": "flat",
        "type": {"label": "Kurir", "description": "Kurir", "code": "kurir"},
        "prices": [{"currency_code": "idr", "amount": 9000}],
        "rules": [
            {"attribute": "enabled_in_store", "value": "true", "operator": "eq"},
            {"attribute": "is_return", "value": "false", "operator": "eq"},
        ],
    }
    id: str = admin.post("/admin/shipping-options", option)["shipping_option"]["id"]
    return id


def _cart(region_id: str, variant_id: str, quantity: int) -> Json:
    address = {
        "first_name": "Budi",
        "last_name": "S",
        "address_1": "Jl. Satu",
        "city": "Jakarta",
        "postal_code": "10110",
    }
    return {
        "region_id": region_id,
        "email": "budi@example.com",
        "shipping_address": {**address, "country_code": "id"},
        "items": [{"variant_id": variant_id, "quantity": quantity}],
    }
