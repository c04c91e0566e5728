"""What every connector does, whatever the application: pull what changed there, push what changed here, map between
both, and say whether the other side is well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from catalog.models import Product


class Refused(Exception):
    """One thing that the other side, or our mapping, does not take: it is stuck, and holds up nothing else."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Unreachable(Exception):
    """The other side does not answer, is busy or broken: all of it is tried again later, after `seconds` if it says."""

    def __init__(self, code: str, detail: str, seconds: float | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.seconds = seconds


class Unauthorized(Exception):
    """The other side does not let us in: trying again changes nothing until a person does."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Origin:
    """What a product there was made of: this version of a product of ours; `variants` are our ids by those there."""

    product_id: str
    version: int
    variants: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RemoteProduct:
    """A product there: `record` as POST /v1/sync/products takes it, or why it cannot be mapped. `origin` is told of one
    that this connector has made.
    """

    external_id: str
    name: str
    record: Mapping[str, Any] | None = None
    problem: Refused | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class RemoteLevel:
    """How much of a variant can be sold there. `handle` is the connector's own: what it needs to set it."""

    product_id: str
    variant_id: str
    available: Decimal
    handle: Any = None


@dataclass(frozen=True, slots=True)
class RemoteLine:
    """What was sold there; amounts are minor units. `price` is for one, `discount` for the whole line."""

    name: str
    quantity: Decimal
    price: int
    discount: int = 0
    product_id: str | None = None
    variant_id: str | None = None
    sku: str | None = None


@dataclass(frozen=True, slots=True)
class RemoteOrder:
    """An order that was placed there. `total` is what the customer pays, in minor units of `currency`."""

    external_id: str
    number: str
    placed_at: str
    currency: str
    total: int
    lines: Sequence[RemoteLine]
    paid: bool
    cancelled: bool = False
    refunded: bool = False
    problem: Refused | None = None


@dataclass(frozen=True, slots=True)
class Page[T]:
    """Some of what changed there, oldest change first. `cursor` goes on behind it; `last` says that nothing is left
    for now.
    """

    items: Sequence[T]
    cursor: str
    last: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What a product has here and not there: fields by path (`name`, `variants/<id there>/price`), as both sides call
    them in a link.
    """

    external_id: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    retired: bool = False


class Connector(Protocol):
    """An outside application as a run sees it. Each may raise `Unreachable` and `Unauthorized`; what is wrong with one
    thing only is `Refused`, or that thing's `problem`.
    """

    def check(self) -> None:
        """Whether it lets us in, and is what it was set up as."""

    def products(self, cursor: str | None) -> Page[RemoteProduct]:
        """Products that were changed there since; None: all."""

    def product(self, external_id: str) -> RemoteProduct:
        """One product as it is there now; a record that says `deleted` if it is gone."""

    def missing(self, external_ids: Sequence[str]) -> Sequence[str]:
        """Those of these products that are not there any more."""

    def push(self, change: Change) -> None:
        """Make a product there as it is here. Doing it twice does no harm."""

    def create(self, product: Product) -> RemoteProduct:
        """Make a product of ours there, with its `origin`; the one that was made of it before, if there is one."""

    def levels(self, cursor: str | None) -> Page[RemoteLevel]:
        """Stock there; None: from the first on."""

    def set_level(self, level: RemoteLevel, available: Decimal) -> None:
        """Have so much to sell there, in place of what `level` says."""

    def from_moment(self, moment: str) -> str:
        """The cursor of orders that were placed or changed from a moment on."""

    def orders(self, cursor: str) -> Page[RemoteOrder]:
        """Orders that were placed or changed there since."""

    def orders_of(self, external_ids: Sequence[str]) -> Sequence[RemoteOrder]:
        """These orders, as they are there now."""
