"""What the files service takes and answers."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from pos.model import Id, Input, Listing, Output, Query
from reports.models import Period

DatasetName = Literal[
    "sales_report",
    "tax_report",
    "stock_report",
    "stock_movements_report",
    "customers_report",
    "affinity_report",
    "order_lines",
    "products",
    "customers",
]
Format = Literal["csv", "xlsx"]
Language = Literal["en", "id"]
Status = Literal["running", "done", "failed"]

IfAny = Field(exclude_if=lambda value: value is None)
"""What only some have: the others do not tell of it."""


class OrderLinesQuery(Period):
    """Lines of sales of the business days `from` to `to`, both included, and optionally of one location."""

    location_id: Id | None = None


class EverythingQuery(Query):
    """All there is: nothing to choose."""


# --- exports ---------------------------------------------------------------------------------------------------------

Parameter = Annotated[str, StringConstraints(max_length=200)] | bool | int


class NewExport(Input):
    """What to put into a file, and how.

    `parameters` are those of the report's own operation (`from`, `to`, `group_by`, `location_id` …) but for its pages:
    a file has all rows. `bom` puts a byte order mark before CSV, by which Excel knows that it is UTF-8.
    """

    dataset: DatasetName
    parameters: Annotated[dict[Annotated[str, StringConstraints(max_length=40)], Parameter], Field(max_length=20)] = (
        Field(default_factory=dict)
    )
    format: Format = "csv"
    language: Language = "en"
    bom: bool = True


class ExportListing(Listing):
    """Which page of exports."""


class Download(Output):
    """Where to get a file until `expires_at`: whoever has the `url` gets the file, so it is to be kept as a secret."""

    url: str
    file_name: str
    size: int
    expires_at: str


class Export(Output):
    """A file that is made of what the merchant has, and kept until `expires_at`.

    Who gets it must have its `permissions`. `rows` are those that are in it so far. `failed` says why in `failure`,
    whose `failure_code` is that of the report's own refusal.
    """

    id: str
    dataset: DatasetName
    parameters: dict[str, Any]
    format: Format
    language: Language
    bom: bool
    status: Status = "running"
    rows: int = 0
    created_at: str
    created_by: str
    updated_at: str
    finished_at: str | None = None
    expires_at: str
    file_name: str
    permissions: tuple[str, ...]
    size: int | None = None
    currency: str | None = None
    failure: Annotated[str | None, IfAny] = None
    failure_code: Annotated[str | None, IfAny] = None


class ExportWithFile(Export):
    """An export, and while it is done and kept, where to get its file."""

    download: Download | None = None


class ExportWork(Output):
    """How far an export has come, for whoever goes on with it.

    `cursor` is where its rows go on, `currency` and `minor_units` are those of its money. CSV goes up in parts of one
    upload, whose marks are `etags`; of a workbook, rows are kept in so many `chunks` until all are there.
    """

    cursor: str | None = None
    started: bool = False
    read: bool = False
    minor_units: int = 0
    upload_id: str | None = None
    etags: tuple[str, ...] = ()
    chunks: int = 0
    size: int = 0
