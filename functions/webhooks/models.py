"""What the webhooks service takes and answers."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from pos.documents import Document
from pos.model import Id, Input, Listing, Moment, Note, Output, Query
from webhooks import filters

EVENT_TYPES = frozenset(
    {
        "api_key.created",
        "api_key.revoked",
        "api_key.rotated",
        "cash_movement.created",
        "category.created",
        "category.deleted",
        "category.updated",
        "conflict.opened",
        "conflict.resolved",
        "count.cancelled",
        "count.completed",
        "count.created",
        "count.updated",
        "customer.created",
        "customer.deleted",
        "customer.erased",
        "customer.updated",
        "endpoint.created",
        "endpoint.deleted",
        "endpoint.suspended",
        "endpoint.updated",
        "inventory.low_stock",
        "inventory.updated",
        "location.created",
        "location.updated",
        "loyalty_program.updated",
        "merchant.created",
        "merchant.updated",
        "order.cancelled",
        "order.completed",
        "order.created",
        "order.refunded",
        "order.status_updated",
        "order.updated",
        "payment.created",
        "payment.updated",
        "payment.voided",
        "points.adjusted",
        "product.created",
        "product.deleted",
        "product.updated",
        "promotion.created",
        "promotion.deleted",
        "promotion.updated",
        "receipt_email.sent",
        "receipt_print.created",
        "receipt_settings.updated",
        "register.created",
        "register.paired",
        "register.updated",
        "role.created",
        "role.deleted",
        "role.updated",
        "shift.closed",
        "shift.opened",
        "source.created",
        "source.updated",
        "sync_run.created",
        "sync_run.finished",
        "staff_member.created",
        "staff_member.deleted",
        "staff_member.updated",
        "stock_receipt.created",
        "tax.created",
        "tax.updated",
        "transfer.cancelled",
        "transfer.created",
        "transfer.received",
        "voucher.created",
        "voucher.updated",
        "webhook.test",
    }
)
"""Every type of event that Kasir has."""

PATTERNS = EVENT_TYPES | {f"{event_type.split('.')[0]}.*" for event_type in EVENT_TYPES} | {"*"}
"""What a subscription may name: a type, all of a noun (`order.*`), or everything (`*`)."""


def _known_pattern(pattern: str) -> str:
    if pattern not in PATTERNS:
        raise ValueError('must be an event type such as "order.completed", all of a noun ("order.*"), or "*"')
    return pattern


def _filter(expression: str) -> str:
    problem = filters.problem(expression)
    if problem is not None:
        raise ValueError(problem)
    return expression


def _each_once[T](values: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def split(value: Any) -> Any:
    """The parts of a comma-separated query parameter."""
    return value.split(",") if isinstance(value, str) else value


Pattern = Annotated[str, AfterValidator(_known_pattern)]

Filter = Annotated[str, StringConstraints(max_length=filters.MAX_LENGTH), AfterValidator(_filter)]
"""A JMESPath expression on an event's `data`, such as ``total >= `100000` ``."""

_Url = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
_Patterns = Annotated[tuple[Pattern, ...], Field(min_length=1, max_length=50), AfterValidator(_each_once)]
_Locations = Annotated[tuple[Id, ...], Field(max_length=50), AfterValidator(_each_once)]

DeliveryStatus = Literal["pending", "delivered", "parked", "exhausted", "expired", "discarded"]
"""`pending`: will be tried (again). `delivered`: answered 2xx. `parked`: kept while its endpoint is not sent to.
`exhausted`: kept after the last attempt failed. `expired`: kept, parked for 30 days. `discarded`: its endpoint was
deleted.
"""


class Endpoint(Document):
    """Where a merchant's events are sent, and which of them: those of `event_types` that happen at one of
    `location_ids` (or nowhere: a product has no location; none named means all), and whose `data` passes `filter`.

    `since` is a place in the feed: what this version says about events counts for those behind it. `secret` signs
    them (`v1`); it is shown once, when it is made, and null ever after. `public_key` verifies their second signature
    (`v1a`). What a rotation replaced goes on signing until `previous_expires_at`. An endpoint that answered 410 Gone
    was suspended by Kasir: `enabled` is false and `suspended_at` says since when.
    """

    KIND: ClassVar[str] = "endpoint"

    url: str
    event_types: tuple[str, ...]
    location_ids: tuple[str, ...] = ()
    filter: str | None = None
    description: str | None = None
    enabled: bool
    since: str = "0.0"
    suspended_at: str | None = None
    deleted_at: str | None = None
    public_key: str | None = None
    previous_expires_at: str | None = None
    secret: str | None = None


class NewEndpoint(Input):
    """An endpoint to add."""

    url: _Url
    event_types: _Patterns
    location_ids: _Locations = ()
    filter: Filter | None = None
    description: Note | None = None
    enabled: bool = True


class EndpointChange(Input):
    """What to change of an endpoint."""

    url: _Url = ""
    event_types: _Patterns = ()
    location_ids: _Locations = ()
    filter: Filter | None = None
    description: Note | None = None
    enabled: bool = True


class SecretRotation(Input):
    """How long webhooks are also signed with what is replaced, for receivers to change over (0: not at all, also not
    with what earlier rotations replaced).
    """

    overlap_hours: Annotated[int, Field(ge=0, le=168)] = 24


class EndpointTest(Output):
    """What a receiver made of a test event: whether that counts as delivered, and its answer or why there is none."""

    event_id: str
    delivered: bool
    status_code: int | None = None
    error: str | None = None
    latency_ms: int
    excerpt: str | None = None


class Attempt(Output):
    """How an attempt to deliver went: the answer's status and beginning, or why there was no answer."""

    at: str
    status_code: int | None = None
    error: str | None = None
    latency_ms: int
    excerpt: str | None = None


class Delivery(Output):
    """One event on its way to one endpoint. `position` is the event's place in the feed; `endpoint_version` is that
    version of the endpoint which wanted the event. `attempt_log` has the last 13 attempts, of the last one the
    answer's first kilobyte and of those before it 200 characters.
    """

    id: str
    endpoint_id: str
    endpoint_version: int
    event_id: str
    event_type: str
    position: str
    status: DeliveryStatus
    attempts: int
    created_at: str
    next_attempt_at: str | None = None
    delivered_at: str | None = None
    last_attempt: Attempt | None = None
    attempt_log: tuple[Attempt, ...] = ()


class DeliveryListing(Listing):
    """Which deliveries to list: of a status, of types of events, made in a time (`created_at`)."""

    status: DeliveryStatus | None = None
    types: Annotated[tuple[Pattern, ...], BeforeValidator(split), Field(max_length=50)] = ("*",)
    since: Moment | None = None
    until: Moment | None = None


class EndpointMetrics(Output):
    """How an endpoint does, by its last `looked_at` deliveries (up to 500): how many of each status; of those that came
    to an end, which part was delivered (null if none did); how long the last attempts took; since when the oldest of
    them is waiting.
    """

    looked_at: int
    by_status: dict[DeliveryStatus, int]
    success_rate: str | None
    latency_ms_p50: int | None
    latency_ms_p99: int | None
    oldest_waiting_at: str | None


class NewReplay(Input):
    """Which events to send again: those whose `timestamp` is not before `since`, and before `until` (now unless it is
    named), and of those all, those that failed, or those that the endpoint never had.
    """

    since: Moment
    until: Moment | None = None
    which: Literal["all", "failed", "missing"]

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.until is not None and self.since >= self.until:
            raise ValueError("since must be before until")
        return self


class Replay(Document):
    """Events of a time that are sent to an endpoint again, oldest first. It has gone through the feed up to `page`, and
    of the events that the endpoint wants it `looked_at` so many and `sent` so many.
    """

    KIND: ClassVar[str] = "replay"

    endpoint_id: str
    which: Literal["all", "failed", "missing"]
    since: str
    until: str
    status: Literal["running", "done", "stopped"]
    page: int | None = None
    looked_at: int = 0
    sent: int = 0


class EventEntity(Output):
    """What an event is about: apply an event only if its version is above the one you hold."""

    type: str
    id: str
    version: int


class Event(Output):
    """One event, the very JSON that webhooks carry. `data` is the entity as this version left it.

    A webhook of more than 20 KB has null there, and in `data_url` the path of this API that answers all of it.
    """

    id: str
    type: str
    timestamp: str
    merchant_id: str
    entity: EventEntity
    data: dict[str, Any]


class EventListing(Listing):
    """Which events to list: those behind `after` (a position or an event's id), of these `types` (comma-separated); or
    those of an entity, in the order of its versions.
    """

    after: Annotated[str, StringConstraints(max_length=100)] | None = None
    entity_id: Id | None = None
    types: Annotated[tuple[Pattern, ...], BeforeValidator(split), Field(max_length=50)] = ("*",)

    @model_validator(mode="after")
    def _one_order(self) -> Self:
        if self.after is not None and self.entity_id is not None:
            raise ValueError("after is a place in the whole feed: with entity_id, go on by cursor")
        return self


class DigestQuery(Query):
    """Of which events to make a digest: those whose `timestamp` is not before `from`, and before `to`."""

    from_: Annotated[Moment, Field(alias="from")]
    to: Moment
    cursor: Annotated[str, StringConstraints(max_length=20)] | None = None

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.from_ >= self.to:
            raise ValueError("from must be before to")
        return self


class TypeDigest(Output):
    """The events of a type: how many, and the sum of the SHA-256 of each one's id (its bytes taken as a number, the
    first the highest) modulo 2^256, as 64 hexadecimal digits.
    """

    type: str
    count: int
    sum: str


class EventDigest(Output):
    """Which events there are, to be held against those that one has. While `next_cursor` is not null, this is a part
    of them: go on there, and add up.
    """

    items: tuple[TypeDigest, ...]
    next_cursor: str | None = None
