"""What a connector is set up by, how it is getting on, and what it keeps of the records that it carries."""

import base64
import binascii
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from pos.model import Code, Id, Input, Output, StoredDecimal

Kind = Literal["medusa", "woocommerce", "inbound"]
Target = Literal["product", "order"]

MAX_STUCK = 100
"""Things of which the state says why they are stuck; of more it only says that there are more."""

_SECRET_BYTES = range(24, 65)  # Standard Webhooks: a secret has 24 to 64 bytes
_NEEDS: dict[Kind, tuple[str, ...]] = {
    "medusa": ("url", "location_id", "remote_location_id"),
    "woocommerce": ("url", "location_id"),
    "inbound": ("mappings",),
}
_CREATES_PRODUCTS: frozenset[Kind] = frozenset({"medusa"})
SECRETS: dict[Kind, tuple[str, ...]] = {
    "medusa": ("api_key",),
    "woocommerce": ("consumer_key", "consumer_secret"),
    "inbound": ("signing_secret",),
}
"""What each kind proves itself by: never answered, kept encrypted."""

_Secret = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=500)]
_Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=500)]
_Expression = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]


def signing_key(secret: str) -> bytes:
    """The bytes of a Standard Webhooks secret. Raises ValueError for a text that is none."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be whsec_ and base64, as Standard Webhooks has it") from None
    if len(key) not in _SECRET_BYTES:
        raise ValueError("must have 24 to 64 bytes")
    return key


def _signing_secret(value: str) -> str:
    signing_key(value)
    return value


class Mapping(Input):
    """How an application's messages become records of ours: `when` says which messages it is for, `to` what they
    become. `each`, if given, finds a list in the message, of which each entry is a record (else the whole message is
    one); `fields` are expressions on that, by the name of our field; `lines` and `variants`, if given, find a list of
    which each entry is a line or variant, by `line_fields` or `variant_fields`. All are JMESPath.
    """

    when: _Expression = "`true`"
    to: Target
    each: _Expression | None = None
    fields: Annotated[dict[_Name, _Expression], Field(min_length=1, max_length=30)]
    lines: _Expression | None = None
    line_fields: Annotated[dict[_Name, _Expression], Field(max_length=20)] = Field(default_factory=dict)
    variants: _Expression | None = None
    variant_fields: Annotated[dict[_Name, _Expression], Field(max_length=20)] = Field(default_factory=dict)


_Mappings = Annotated[tuple[Mapping, ...], Field(max_length=20)]


class ConnectorInput(Input):
    """How Kasir reaches a source by itself (`medusa`, `woocommerce`), or takes its messages (`inbound`).

    `location_id` is the place here whose stock is shared and at which orders count; `remote_location_id` is that place
    there. With `create_products` products that are made here are made there too. Secrets are write-only: a change that
    leaves them out keeps those that are there.
    """

    kind: Kind
    url: _Url | None = None
    api_key: _Secret | None = None
    consumer_key: _Secret | None = None
    consumer_secret: _Secret | None = None
    signing_secret: Annotated[_Secret, AfterValidator(_signing_secret)] | None = None
    location_id: Id | None = None
    remote_location_id: Code | None = None
    enabled: bool = True
    every_minutes: Annotated[int, Field(ge=1, le=1440)] = 5
    take_orders: bool = True
    share_stock: bool = True
    create_products: bool = False
    match_by: tuple[Literal["sku", "barcode"], ...] = ("sku", "barcode")
    mappings: _Mappings = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        missing = [name for name in _NEEDS[self.kind] if not getattr(self, name)]
        if missing:
            raise ValueError(f"a {self.kind} connector needs {', '.join(missing)}")
        others = {name for kind, names in SECRETS.items() if kind != self.kind for name in names}
        given = [name for name in others if getattr(self, name) is not None]
        if given:
            raise ValueError(f"a {self.kind} connector has no {', '.join(sorted(given))}")
        if self.create_products and self.kind not in _CREATES_PRODUCTS:
            raise ValueError(f"a {self.kind} connector makes no products there (create_products)")
        return self


class Connector(Output):
    """How a source is reached, as it was set up, without its secrets. Messages go to `POST` `inbound_path`."""

    kind: Kind
    url: str | None = None
    location_id: str | None = None
    remote_location_id: str | None = None
    enabled: bool = True
    every_minutes: int = 5
    take_orders: bool = True
    share_stock: bool = True
    create_products: bool = False
    match_by: tuple[Literal["sku", "barcode"], ...] = ("sku", "barcode")
    mappings: tuple[Mapping, ...] = ()
    inbound_path: str | None = None
    connected_at: str = ""


RunStatus = Literal["waiting", "running", "ok", "retrying", "needs_attention", "off"]


class Trouble(Output):
    """Why a run ended early: a stable `code`, a sentence for a person, and at what (`step`) and when that was."""

    code: str
    detail: str
    step: str
    at: str


class Stuck(Output):
    """One thing that could not be carried over, and why. It is tried again at every run, and holds up no other."""

    kind: Literal["product", "order", "level", "message"]
    direction: Literal["in", "out"]
    id: str
    name: str = ""
    code: str
    detail: str
    since: str
    attempts: int = 1


class SourceStatus(Output):
    """How a source's connector is getting on. `summary` says it in words: when the last success was, and what is
    stuck; `conflicts` wait in `/v1/sync/conflicts`.

    `waiting`: it runs at `next_run_at`; `ok`: the last run did all it had to; `retrying`: the last one did not, and it
    is tried again by itself; `needs_attention`: it is not tried again until somebody changes the connector or runs it;
    `off`: it is disabled. `stale` says that there was no success for an hour and three intervals. `counts` are of all
    runs, such as `products.updated` or `orders.created`.
    """

    status: RunStatus
    summary: str
    stale: bool
    last_run_at: str | None = None
    last_success_at: str | None = None
    next_run_at: str | None = None
    failures: int = 0
    trouble: Trouble | None = None
    counts: dict[str, int] = Field(default_factory=dict)
    stuck: tuple[Stuck, ...] = ()
    more_stuck: int = 0
    open_conflicts: int = 0


class State(Output):
    """What the runs of a connector leave for the next one."""

    version: int = 0
    status: RunStatus = "waiting"
    cursors: dict[str, str] = Field(default_factory=dict)
    last_run_at: str | None = None
    last_success_at: str | None = None
    next_run_at: str | None = None
    leased_until: str | None = None
    failures: int = 0
    trouble: Trouble | None = None
    counts: dict[str, int] = Field(default_factory=dict)
    stuck: tuple[Stuck, ...] = ()
    more_stuck: int = 0
    watched: tuple[str, ...] = ()
    """Orders there that are not paid yet, or were taken but not finished: looked at in every run."""


class LevelLink(Output):
    """What both sides last knew of a variant's stock: ours on hand, theirs to sell, how much of our change they could
    not take (a fraction, or below nothing), and what they are being told just now.
    """

    version: int = 0
    ours: StoredDecimal = Decimal(0)
    theirs: StoredDecimal = Decimal(0)
    owed: StoredDecimal = Decimal(0)
    telling: StoredDecimal | None = None


class OrderLink(Output):
    """What we made of an order that was placed there. `counted` are the variants whose stock link knows that both sides
    have taken it, `returned` those that know that both took it back.
    """

    version: int = 0
    order_id: str
    counted: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    done: bool = False


class RunRequest(Input):
    """What to do at once: a run; with `from_the_start` it looks at everything there again, not only what changed."""

    from_the_start: bool = False


class InboundEvent(Input):
    """A message as the application writes it: any JSON object."""

    model_config = ConfigDict(extra="allow")


class Received(Output):
    """That a message was kept: `id` is its `webhook-id`."""

    id: str


def public(given: ConnectorInput, **more: Any) -> Connector:
    """A connector as it may be answered."""
    secret = {name for names in SECRETS.values() for name in names}
    return Connector(**{**given.model_dump(exclude=secret), "mappings": given.mappings, **more})
