"""What the catalog takes and answers."""

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from pos.documents import Document
from pos.model import Amount, Code, Id, Input, Listing, Moment, Output, Percent, Quantity, Rate, StoredDecimal, Text
from pos.money import MAX_AMOUNT

MAX_VARIANTS = 25
"""A product and the look-up items of its variants are written in one transaction, which takes 100 items."""

Unit = Literal["piece", "kg", "g", "l", "ml", "m", "cm", "m2", "hour"]

StockPolicy = Literal["block", "warn", "allow"]
BaseFraction = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,3}/[1-9]\d{0,3}$")]


class NewTax(Input):
    """A tax: `rate` in percent; `included` in prices or added to them.

    `compound` taxes join the base of those after them. `base_fraction` taxes a part of the price only (Indonesia's PPN:
    12 % of `11/12`).
    """

    name: Text
    rate: Rate
    included: bool = False
    compound: bool = False
    base_fraction: BaseFraction | None = None


class Tax(Document):
    """A tax of the merchant."""

    KIND: ClassVar[str] = "tax"

    name: str
    rate: StoredDecimal
    included: bool
    compound: bool = False
    base_fraction: str | None = None


class TaxTable(Output):
    """All taxes of a merchant, kept in one item, since a sale reads them together."""

    version: int = 0
    taxes: tuple[Tax, ...] = ()

    def by_id(self) -> dict[str, Tax]:
        """The taxes by their ids."""
        return {tax.id: tax for tax in self.taxes}


class ScaleFormat(Input):
    """How a scale prints an EAN-13 that begins with `prefix`: item number (a plu), value, check digit.

    `value` is a weight in kilograms, or a price, with `decimals` places (of a price those of the currency, if left
    out). Digits between item number and value (some scales print a check digit of the value there) are skipped.
    """

    prefix: Annotated[str, StringConstraints(pattern=r"^2[0-9]$")]
    kind: Literal["weight", "price"]
    item_digits: Annotated[int, Field(ge=4, le=6)] = 5
    value_digits: Annotated[int, Field(ge=4, le=6)] = 5
    decimals: Annotated[int, Field(ge=0, le=3)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.item_digits + self.value_digits > 10:
            raise ValueError("item_digits and value_digits are more than the 10 that there are")
        if self.kind == "weight" and self.decimals is None:
            raise ValueError("a weight needs decimals")
        return self


_Formats = Annotated[tuple[ScaleFormat, ...], Field(max_length=10)]


class ScaleFormatsChange(Input):
    """The formats that the merchant's scales print: the whole new list."""

    formats: _Formats


class ScaleFormats(Document):
    """The formats that the merchant's scales print; version 0 are those that hold until the merchant sets others."""

    KIND: ClassVar[str] = "scale_formats"

    formats: _Formats


class NewCategory(Input):
    """A category to add, inside of another one (`parent_id`) or on top."""

    name: Text
    parent_id: Id | None = None


class CategoryChange(Input):
    """What to change of a category; what is left out stays. Another `parent_id` moves it with all that is inside."""

    name: Text = ""
    parent_id: Id | None = None


class Category(Document):
    """A place in the merchant's tree of categories. `deleted_at` marks a tombstone."""

    KIND: ClassVar[str] = "category"

    name: str
    parent_id: str | None = None
    deleted_at: str | None = None


class CategoryTree(Output):
    """Each category's parent, of all that there are: kept in one item, so that the tree changes one step at a time."""

    version: int = 0
    parents: dict[str, str | None] = Field(default_factory=dict)


class CategoryListing(Listing):
    """Which categories; all of them, oldest first."""

    include_deleted: bool = False


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _each_once[T](values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) < len(values):
        raise ValueError("names one twice")
    return values


_Targets = Annotated[tuple[Id, ...], Field(max_length=100), AfterValidator(_each_once)]
_Weekdays = Annotated[tuple[Weekday, ...], AfterValidator(_each_once)]
_TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
_Units = Annotated[int, Field(ge=1, le=1000)]


class Targets(Input):
    """What of the catalog a promotion is for: categories with all that is inside of them, products, variants; all of
    the catalog if none is named.
    """

    category_ids: _Targets = ()
    product_ids: _Targets = ()
    variant_ids: _Targets = ()


class PercentOff(Targets):
    """`percent` off each line."""

    percent: Percent


class BuyXGetY(Targets):
    """Of each `buy` + `get` units on a ticket, `get` are `percent` cheaper (100: free): the cheapest of them all."""

    buy: _Units
    get: _Units
    percent: Percent = Decimal(100)


class OrderOver(Input):
    """`percent` or `amount` off an order whose lines come to at least `minimum`, in minor units."""

    minimum: Annotated[Amount, Field(gt=0)]
    percent: Percent | None = None
    amount: Annotated[Amount, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("give either percent or amount")
        if self.amount is not None and self.amount > self.minimum:
            raise ValueError("amount is more than minimum")
        return self


class NewPromotion(Input):
    """A discount that comes by itself; exactly one of `percent_off`, `buy_x_get_y` and `order_over` says which.

    It runs from `starts_at` to `ends_at`, on `weekdays` from `from_time` to `to_time` (`"17:00"`, as clocks at the
    location show it; past midnight if that is the earlier one, and then of the weekday on which it began), at
    `location_ids`. What is left out does not bound it.
    """

    name: Text
    active: bool = True
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    weekdays: _Weekdays = ()
    from_time: _TimeOfDay | None = None
    to_time: _TimeOfDay | None = None
    location_ids: _Targets = ()
    percent_off: PercentOff | None = None
    buy_x_get_y: BuyXGetY | None = None
    order_over: OrderOver | None = None


class PromotionChange(NewPromotion):
    """What to change of a promotion; what is left out stays. One of the three kinds takes the place of another."""

    name: Text = ""


class Promotion(Document):
    """A discount that comes by itself. `deleted_at` marks the tombstone, which only its event has."""

    KIND: ClassVar[str] = "promotion"

    name: str
    active: bool
    starts_at: str | None = None
    ends_at: str | None = None
    weekdays: tuple[Weekday, ...] = ()
    from_time: str | None = None
    to_time: str | None = None
    location_ids: tuple[str, ...] = ()
    percent_off: PercentOff | None = None
    buy_x_get_y: BuyXGetY | None = None
    order_over: OrderOver | None = None
    deleted_at: str | None = None


class PromotionTable(Output):
    """All promotions of a merchant, kept in one item, since a sale reads them together."""

    version: int = 0
    promotions: tuple[Promotion, ...] = ()


class Component(Input):
    """So much of another variant in one of a bundle."""

    variant_id: Id
    quantity: Quantity


_Plu = Annotated[str, StringConstraints(pattern=r"^0*[1-9][0-9]{0,5}$"), AfterValidator(lambda plu: plu.lstrip("0"))]
_Option = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
_Options = Annotated[dict[_Option, Text], Field(max_length=5)]
_Prices = Annotated[dict[Id, Amount], Field(max_length=200)]
_Components = Annotated[tuple[Component, ...], Field(max_length=20)]


class NewVariant(Input):
    """One thing that is sold. `id` names a variant to keep when a product is changed; a new one has none.

    `price` and `cost` are for one `unit`; `prices` are those of locations that differ. What is sold by the `piece`
    is sold whole, unless it is `weighed`; anything else also in fractions. `plu` is its number on scales. A variant
    with `components` is a bundle: what it sells is taken from their stock.
    """

    id: Id | None = None
    sku: Code | None = None
    barcode: Code | None = None
    plu: _Plu | None = None
    name: Text | None = None
    options: _Options = Field(default_factory=dict)
    price: Amount
    prices: _Prices = Field(default_factory=dict)
    cost: Amount | None = None
    unit: Unit | None = None
    weighed: bool = False
    track_stock: bool = True
    stock_policy: StockPolicy | None = None
    components: _Components = ()


class Variant(Output):
    """One thing that is sold: what a line of an order names."""

    id: str
    sku: str | None = None
    barcode: str | None = None
    plu: str | None = None
    name: str | None = None
    options: dict[str, str] = Field(default_factory=dict)
    price: int
    prices: dict[str, int] = Field(default_factory=dict)
    cost: int | None = None
    unit: Unit | None = None
    weighed: bool = False
    track_stock: bool
    stock_policy: StockPolicy | None = None
    components: tuple[Component, ...] = ()


class Modifier(Input):
    """A choice that changes a line's price per unit: extra cheese, or (below 0) no cheese. What one of it takes from
    stock are its `components`.
    """

    id: Code
    name: Text
    price: Annotated[int, Field(ge=-MAX_AMOUNT, le=MAX_AMOUNT)] = 0
    components: _Components = ()


class ModifierGroup(Input):
    """Choices offered together: at least `min`, at most `max` of them."""

    id: Code
    name: Text
    min: Annotated[int, Field(ge=0, le=50)] = 0
    max: Annotated[int, Field(ge=1, le=50)] = 1
    modifiers: Annotated[tuple[Modifier, ...], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _bounds_agree(self) -> Self:
        if self.min > self.max:
            raise ValueError("min is above max")
        return self


SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]
_ExternalIds = Annotated[dict[SourceName, Code], Field(max_length=10, default_factory=dict)]
_ImageUrl = Annotated[str, StringConstraints(pattern=r"^https://[^\s/]+(/\S*)?$", max_length=2000)]
_ImageUrls = Annotated[tuple[_ImageUrl, ...], Field(max_length=10)]
_TaxIds = Annotated[tuple[Id, ...], Field(max_length=10)]
_Variants = Annotated[tuple[NewVariant, ...], Field(min_length=1, max_length=MAX_VARIANTS)]
_ModifierGroups = Annotated[tuple[ModifierGroup, ...], Field(max_length=20)]


class NewProduct(Input):
    """A product with at least one variant; `active_from` and `active_until` bound when it is sold."""

    name: Text
    category_id: Id | None = None
    tax_ids: _TaxIds = ()
    variants: _Variants
    modifier_groups: _ModifierGroups = ()
    image_urls: _ImageUrls = ()
    active_from: Moment | None = None
    active_until: Moment | None = None
    external_ids: _ExternalIds


class ProductChange(Input):
    """What to change of a product; what is left out stays. `variants` is the whole new list: the others are retired."""

    name: Text = ""
    category_id: Id | None = None
    tax_ids: _TaxIds = ()
    variants: _Variants = ()
    modifier_groups: _ModifierGroups = ()
    image_urls: _ImageUrls = ()
    active_from: Moment | None = None
    active_until: Moment | None = None
    external_ids: _ExternalIds


class Product(Document):
    """A product; amounts are minor units of the merchant's currency. `deleted_at` marks a tombstone."""

    KIND: ClassVar[str] = "product"

    name: str
    category_id: str | None = None
    tax_ids: tuple[str, ...]
    variants: tuple[Variant, ...]
    modifier_groups: tuple[ModifierGroup, ...] = ()
    image_urls: tuple[str, ...] = ()
    active_from: str | None = None
    active_until: str | None = None
    external_ids: Annotated[dict[str, str], Field(default_factory=dict)]
    deleted_at: str | None = None


class Sellable(Output):
    """All that a sale needs to know of a variant, found by its id, sku, barcode or plu in one key read."""

    variant_id: str
    product_id: str
    category_id: str | None = None
    name: str
    sku: str | None
    barcode: str | None
    price: int
    prices: dict[str, int] = Field(default_factory=dict)
    cost: int | None = None
    tax_ids: tuple[str, ...]
    unit: Unit | None = None
    weighed: bool = False
    track_stock: bool
    stock_policy: StockPolicy | None
    components: tuple[Component, ...] = ()
    modifier_groups: tuple[ModifierGroup, ...] = ()
    active_from: str | None = None
    active_until: str | None = None

    @property
    def measured(self) -> bool:
        """Whether it may be sold in fractions: all but pieces and bundles."""
        return not self.components and (self.weighed or self.unit != "piece")


def _split(value: Any) -> Any:
    return value.split(",") if isinstance(value, str) else value


class ProductListing(Listing):
    """Which products: one by `sku`, `barcode` or `external_id` (`shopify:1042`); those of up to 50 `variant_ids`, on
    one page; those that have words which begin as those of `q`; or those changed after a time, in the order of their
    last change.
    """

    q: Text | None = None
    sku: Code | None = None
    barcode: Code | None = None
    external_id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}:.{1,100}$")] | None = None
    variant_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=50), BeforeValidator(_split)] | None = None
    updated_after: Moment | None = None
    include_deleted: bool = False
