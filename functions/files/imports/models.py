"""What imports take and answer."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from catalog.models import SourceName
from files.models import Download, IfAny
from pos.model import Code, Id, Input, Listing, Output

ImportType = Literal["products", "customers", "stock_counts", "price_changes"]
ImportStatus = Literal["awaiting_file", "running", "ready", "done", "undone", "failed"]
Step = Literal["reading", "previewing", "applying", "undoing"]
Mark = Literal[".", ","]
EmptyCells = Literal["keep", "clear"]
FieldName = Literal[
    "product_id",
    "variant_id",
    "customer_id",
    "external_id",
    "handle",
    "parent",
    "name",
    "first_name",
    "last_name",
    "category",
    "category_id",
    "variant_name",
    "option1_name",
    "option1_value",
    "option2_name",
    "option2_value",
    "option3_name",
    "option3_value",
    "sku",
    "barcode",
    "plu",
    "price",
    "cost",
    "currency",
    "unit",
    "weighed",
    "track_stock",
    "location",
    "quantity",
    "phone",
    "email",
    "birthday",
    "note",
    "tags",
]

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_INLINE = 3 * 1024 * 1024
"""Bytes of a file that may come in the request itself: Lambda takes 6 MB, and base64 makes a third more of it."""
_FileName = Annotated[Code, StringConstraints(pattern=r"^[^/\\\"]+$")]


class NewImport(Input):
    """A file to import: small ones come along as base64 in `content`; of others, tell the `size` in bytes, and PUT the
    file to the `upload` that is answered.
    """

    type: ImportType
    file_name: _FileName
    content: Annotated[str, StringConstraints(max_length=MAX_INLINE * 4 // 3 + 4)] | None = None
    size: Annotated[int, Field(ge=1, le=MAX_BYTES)] | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.content is None) == (self.size is None):
            raise ValueError("give either content or size")
        return self


class ColumnChoice(Input):
    """What a column of the file (0 is the first) is: a field, if need be of one location."""

    column: Annotated[int, Field(ge=0, lt=MAX_COLUMNS)]
    field: FieldName
    location_id: Id | None = None


class PreviewSettings(Input):
    """How to understand a file; what is left out, or null, is guessed.

    `header_row` is the line of the headings (1 is the first). `decimal_mark` stands between whole units and parts of
    one, where numbers are text. `source` is the name under which ids of the file are kept as `external_ids`. Empty
    cells `keep` what there is, or `clear` it. Without `create_missing` only what there is already is changed. New
    products get `tax_ids`. Counts without a column for it are of `location_id`.
    """

    columns: Annotated[tuple[ColumnChoice, ...], Field(max_length=MAX_COLUMNS)] | None = None
    header_row: Annotated[int, Field(ge=1, le=MAX_ROWS)] | None = None
    decimal_mark: Mark | None = None
    source: SourceName | None = None
    empty_cells: EmptyCells = "keep"
    create_missing: bool = True
    tax_ids: Annotated[tuple[Id, ...], Field(max_length=10)] = ()
    location_id: Id | None = None

    @field_validator("columns")
    @classmethod
    def _each_once(cls, columns: tuple[ColumnChoice, ...] | None) -> tuple[ColumnChoice, ...] | None:
        taken = [one.column for one in columns or ()]
        if len(set(taken)) < len(taken):
            raise ValueError("names a column twice")
        told = [(one.field, one.location_id) for one in columns or ()]
        if len(set(told)) < len(told):
            raise ValueError("has two columns of one field")
        return columns


class ImportColumn(Output):
    """A column of the file: its heading, some of what is in it, and what it is taken for (null: it is left out)."""

    heading: str
    samples: tuple[str, ...]
    field: FieldName | None = None
    location_id: str | None = None


class ImportSettings(Output):
    """How the file is understood."""

    header_row: int = 1
    decimal_mark: Mark = "."
    source: str = "file"
    empty_cells: EmptyCells = "keep"
    create_missing: bool = True
    tax_ids: tuple[str, ...] = ()
    location_id: str | None = None


class ReadFile(Output):
    """What the file turned out to be; `made_by` is whose export it looks like."""

    format: Literal["csv", "xlsx"]
    encoding: str | None = None
    delimiter: str | None = None
    rows: int
    made_by: str | None = None


class FieldChange(Output):
    """A field that a record changes, by a line of the file. Money is in minor units."""

    line: int
    field: str
    before: str | int | bool | None = None
    after: str | int | bool | None = None


class RecordChange(Output):
    """What a record of the file (one row, or those of one product) changes: `id` is null of what is new."""

    line: int
    outcome: Literal["created", "updated"]
    id: str | None = None
    name: str
    fields: tuple[FieldChange, ...]


class RowProblem(Output):
    """Why a row was refused, or left alone; `column` is the position and `heading` the name of the column at fault."""

    line: int
    column: int | None = None
    heading: str | None = None
    code: str
    detail: str


class Counts(Output):
    """What records come to. `changed_since` were left alone: somebody changed them after the preview."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    invalid: int = 0
    changed_since: int = 0

    def plus(self, more: "Counts") -> "Counts":
        """The sum of both."""
        return Counts(**{name: getattr(self, name) + getattr(more, name) for name in Counts.model_fields})


class UndoCounts(Output):
    """What was taken back: what the import had made is gone (`removed`), what it had changed is as before (`restored`);
    the rest was changed by somebody else since, and is `left_alone`, in whole or in part.
    """

    removed: int = 0
    restored: int = 0
    left_alone: int = 0

    def plus(self, more: "UndoCounts") -> "UndoCounts":
        """The sum of both."""
        return UndoCounts(**{name: getattr(self, name) + getattr(more, name) for name in UndoCounts.model_fields})


class Import(Output):
    """A file on its way into the shop's data; kept until `expires_at`, and so long it can be undone.

    `running`: a worker is at its `step`, `done_records` of `records`. `ready`: `preview` says what would be done,
    `changes` has the first of it. `done`: `applied` says what was done. `problems` are the first `problem_count` rows
    that were refused or left alone in the last step.
    """

    id: str
    type: ImportType
    file_name: str
    size: int | None = None
    status: ImportStatus
    step: Step | None = None
    created_at: str
    created_by: str
    updated_at: str
    finished_at: str | None = None
    expires_at: str
    currency: str
    minor_units: int
    file: ReadFile | None = None
    settings: ImportSettings
    columns: tuple[ImportColumn, ...] = ()
    records: int = 0
    done_records: int = 0
    preview: Counts | None = None
    changes: tuple[RecordChange, ...] = ()
    applied: Counts | None = None
    applied_by: str | None = None
    undone_by: str | None = None
    undone: UndoCounts | None = None
    problem_count: int = 0
    problems: tuple[RowProblem, ...] = ()
    failure: Annotated[str | None, IfAny] = None
    failure_code: Annotated[str | None, IfAny] = None


class Upload(Output):
    """Where to PUT the file, of exactly the size that was told, until `expires_at`: whoever has the `url` can, so it is
    to be kept as a secret.
    """

    url: str
    method: Literal["PUT"] = "PUT"
    expires_at: str


class ImportToUpload(Import):
    """A new import, and where to put its file unless that came along."""

    upload: Upload | None = None


class ImportWithProblems(Import):
    """An import, and where to get its rows that have problems as CSV: each with what is wrong with it."""

    problems_file: Download | None = None


class ImportListing(Listing):
    """Which page of imports."""


class ImportWork(Output):
    """How far a step has come, for whoever goes on with it: the next record, or the cursor of the next marks, and the
    batches that have problems. `asked` is what somebody said of the file, which is `understood` before its preview.
    """

    asked: PreviewSettings = Field(default_factory=PreviewSettings)
    understood: bool = False
    position: int = 0
    cursor: str | None = None
    batches: tuple[int, ...] = ()


PERMISSIONS: Mapping[ImportType, tuple[str, str]] = {
    "products": ("catalog:read", "catalog:write"),
    "customers": ("customers:read", "customers:write"),
    "stock_counts": ("inventory:read", "inventory:write"),
    "price_changes": ("catalog:read", "catalog:write"),
}
"""What else somebody may who sees an import of a type, and who imports."""
