"""What synchronisation takes and answers."""

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, JsonValue, StringConstraints, model_validator

from catalog.models import MAX_VARIANTS, CategoryChange, NewVariant, ProductChange, SourceName
from customers.models import CustomerChange
from pos.auth import Caller
from pos.documents import Document
from pos.model import Amount, Code, Difference, Id, Input, Listing, Moment, Note, Output, Text
from sync.connectors.models import Connector, ConnectorInput, SourceStatus

MAX_RECORDS = 1000
"""Records that one call may bring."""

EntityKind = Literal["product", "category", "customer", "stock_level"]
Owner = Literal["kasir", "source", "shared"]
"""Who decides a field: we, the source, or whoever changed it last, with a conflict when both did."""

_Field = Annotated[str, StringConstraints(pattern=r"^([a-z_]+(\.[a-z_]+)?|\*)$", max_length=60)]


_Ownership = dict[EntityKind, Annotated[dict[_Field, Owner], Field(max_length=50)]]


class SourceChange(Input):
    """What to change of a source; what is left out stays. `ownership` says for each kind of entity who owns which field
    (`"name"`, `"variants.price"`, `"*"` for all others); what it does not name is shared. `connector` is how Kasir
    reaches it by itself; null ends that.
    """

    name: Text | None = None
    ownership: _Ownership = Field(default_factory=dict)
    connector: ConnectorInput | None = None


class NewSource(SourceChange):
    """A source to set up; `source` is its name in `external_ids`. One that is not set up may tell things too: then all
    fields are shared.
    """

    source: SourceName


class Source(Document):
    """An outside application that tells us things: `id` is `src_` and the name by which `external_ids` know it."""

    KIND: ClassVar[str] = "source"

    name: str | None = None
    ownership: dict[EntityKind, dict[str, Owner]] = Field(default_factory=dict)
    connector: Annotated[Connector | None, Field(exclude_if=lambda connector: connector is None)] = None


class SourceView(Source):
    """A source, and how its connector is getting on if it has one."""

    connector_status: SourceStatus | None = None


class SourceRecord(Input):
    """Something as a source has it; what is left out the source does not know, and stays as it is.

    `deleted` says that the source has it no longer. A record with a `changed_at` before that of an earlier call is
    stale, and changes nothing. `known_version` is the latest version of ours that the source has taken over, as a
    whole: what it changed of that it changed knowing ours, so that is no conflict.
    """

    external_id: Code
    deleted: bool = False
    changed_at: Moment | None = None
    known_version: Annotated[int, Field(ge=1)] | None = None


class CategoryRecord(CategoryChange, SourceRecord):
    """A category as a source has it; `parent_external_id` is the source's name for what it is inside of, told before or
    by the same call. Null takes it to the top.
    """

    parent_external_id: Code | None = None


class CustomerRecord(CustomerChange, SourceRecord):
    """A customer as a source has them. Who was erased here is refused (`customer.erased`) until the source deletes them
    too.
    """


class VariantRecord(NewVariant):
    """A variant as a source has it. It is ours with the same `external_id` from earlier calls, else `id`, else the same
    sku or barcode of the product, else a new one, which needs a price.
    """

    external_id: Code | None = None
    price: Amount = 0


class ProductRecord(ProductChange, SourceRecord):
    """A product as a source has it; what is left out the source does not know, and stays as it is.

    `variants` are all that the source has: of those it told before, the others are retired. `deleted` retires the
    product. A record with a `changed_at` before that of an earlier call is stale, and changes nothing.
    """

    category_external_id: Code | None = None
    variants: Annotated[tuple[VariantRecord, ...], Field(min_length=1, max_length=MAX_VARIANTS)] = ()


class StockRecord(SourceRecord):
    """How much of a variant a source counts at a location. The variant is the one that it told as `external_id` (of
    `product_external_id`, which is needed if several products have a variant of that name), else the product's of that
    name if it has one only, else `variant_id`, `sku` or `barcode`.

    `includes` is for a source that takes over our movements: the sum of those that its `quantity` includes, since ever,
    so that they are not taken for its own.
    """

    location_id: Id
    quantity: Difference = Decimal(0)
    includes: Difference = Decimal(0)
    product_external_id: Code | None = None
    variant_id: Id | None = None
    sku: Code | None = None
    barcode: Code | None = None


class Sync(Input):
    """Up to 1,000 records of one source, each of its own: what is wrong with one does not hold up the others.

    `match_by` lets a record that is new take over what we have alike. `dry_run` says what would happen, and changes
    nothing. With `run_id` the call is part of a run.
    """

    source: SourceName
    dry_run: bool = False
    match_by: tuple[str, ...] = ()
    run_id: Id | None = None
    records: Annotated[tuple[dict[str, JsonValue], ...], Field(min_length=1, max_length=MAX_RECORDS)]

    @model_validator(mode="after")
    def _counts_or_not(self) -> Self:
        if self.dry_run and self.run_id is not None:
            raise ValueError("a dry run is no part of a run")
        return self


class ProductsSync(Sync):
    """Up to 1,000 products of one source, each of its own: what is wrong with one does not hold up the others.

    `match_by` lets a record that is new take over a product that we have under its first variant's sku or barcode.
    `dry_run` says what would happen, and changes nothing.
    """

    match_by: tuple[Literal["sku", "barcode"], ...] = ()


class CategoriesSync(Sync):
    """Up to 1,000 categories of one source, in any order.

    `match_by` lets a record that is new take over a category of the same name, if there is one such only. `dry_run`
    says what would happen, and changes nothing.
    """

    match_by: tuple[Literal["name"], ...] = ()


class CustomersSync(Sync):
    """Up to 1,000 customers of one source, each of their own.

    `match_by` lets a record that is new take over a customer with the same phone or email. `dry_run` says what would
    happen, and changes nothing.
    """

    match_by: tuple[Literal["phone", "email"], ...] = ()


class StockLevelsSync(Sync):
    """What one source counts of up to 1,000 variants at locations. `dry_run` says what would happen, and changes
    nothing.
    """

    match_by: tuple[()] = ()


Outcome = Literal["created", "updated", "deleted", "unchanged", "conflict", "invalid", "deferred"]


class RecordProblem(Output):
    """What is wrong with a record: a JSON pointer into it, and a sentence."""

    pointer: str
    code: str
    detail: str


class RecordResult(Output):
    """What became of a record. Of a `conflict` the fields that are not contested were changed nevertheless; `deferred`
    was not looked at for lack of time, and is to be sent again.
    """

    external_id: str | None
    result: Outcome
    id: str | None = None
    version: int | None = None
    conflict_id: str | None = None
    errors: tuple[RecordProblem, ...] = ()


class SyncReport(Output):
    """What became of each record, in their order, and how many of each there are."""

    source: str
    dry_run: bool
    counts: dict[str, int]
    results: tuple[RecordResult, ...]


class Contested(Output):
    """A field that both sides changed since they last agreed: `base` is what they agreed on. The `path` is as in
    ownership, with the variant (`variants/KOPI-S/price`); `""` is the whole entity, which one side has deleted (null).
    """

    path: str
    base: JsonValue = None
    ours: JsonValue = None
    theirs: JsonValue = None


class Conflict(Document):
    """What a person has to decide about one record of a source: a record has one conflict, which may open again."""

    KIND: ClassVar[str] = "conflict"

    source: str
    kind: EntityKind
    external_id: str
    entity_id: str
    entity_name: str
    status: Literal["open", "resolved"]
    fields: tuple[Contested, ...]
    resolution: Literal["ours", "theirs", "merge", "agreed"] | None = None
    resolved_at: str | None = None
    resolved_by: str | None = None
    note: str | None = None

    def seen_by(self, caller: Caller) -> Self:
        """The conflict as this caller may see it: of customers, neither name nor values without `customers:read`."""
        if self.kind != "customer" or caller.may("customers:read"):
            return self
        fields = tuple(Contested(path=field.path) for field in self.fields)
        return self.model_copy(update={"entity_name": "", "fields": fields})


class ConflictListing(Listing):
    """Which conflicts: the open ones, or all, latest change first."""

    status: Literal["open", "all"] = "open"


class Resolution(Input):
    """How to end a conflict: `theirs` takes what the source says, `ours` keeps what we have, `merge` sets `fields` (by
    their paths) and keeps ours of the others. What is decided counts as agreed: no conflict again until it changes.
    """

    resolution: Literal["ours", "theirs", "merge"]
    fields: Annotated[dict[str, JsonValue], Field(max_length=200)] = Field(default_factory=dict)
    note: Note | None = None


class NewSyncRun(Input):
    """A run to begin: what a source tells in many calls. A `snapshot` is all that it has of this type."""

    source: SourceName
    type: EntityKind
    snapshot: bool = False


class SyncRun(Document):
    """What a source tells in many calls. `counts` are the results of its calls, repeats too.

    Of a snapshot that is finished: `told` records, of which the source told `known` before; `missing` were not told any
    more, and `retired` is what became of them (a `conflict` is what we changed meanwhile, `invalid` what may not go).
    """

    KIND: ClassVar[str] = "sync_run"

    source: str
    type: EntityKind
    snapshot: bool
    status: Literal["running", "finishing", "finished"] = "running"
    calls: int = 0
    counts: dict[str, int] = Field(default_factory=dict)
    told: int | None = None
    known: int | None = None
    missing: int | None = None
    retired: dict[str, int] = Field(default_factory=dict)
    finished_at: str | None = None
    phase: Literal["counting", "counted", "retiring"] | None = None
    reached: str | None = None


class RunFinish(Input):
    """`retire_at_most` percent of what the source told before may be retired; more is refused unless it is ten or
    fewer.
    """

    retire_at_most: Annotated[int, Field(ge=0, le=100)] = 20


SnapshotType = Literal["product", "category", "customer", "stock_level", "order"]


class SnapshotListing(Listing):
    """What to read all of."""

    type: SnapshotType


class SnapshotEntity(Output):
    """What it is, as in events: apply it only if its version is above the one you hold."""

    type: str
    id: str
    version: int


class SnapshotItem(Output):
    """An entity as it is, in the form of events: `data` is what the event of this version carries."""

    entity: SnapshotEntity
    data: dict[str, Any]


class Link(Output):
    """What we know of a source's record: which entity of ours it is, and the fields (by path) that both sides last
    agreed on. `parts` are the variants' ids by the names that the source has for them. Of a stock level the entity is
    the variant, and `base` is what the source told last.
    """

    entity_id: str
    version: int = 0
    base: dict[str, Any] = Field(default_factory=dict)
    parts: dict[str, str] = Field(default_factory=dict)
    contested: tuple[str, ...] = ()
    deleted: bool = False
    changed_at: str | None = None
    entity_version: int = 0
