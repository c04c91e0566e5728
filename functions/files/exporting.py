"""Making an export's file, step by step: what a crash interrupts goes on behind the last step that was kept.

CSV goes up in parts while it is read. A workbook cannot be continued once its writer has stopped, so its rows are kept
in S3 first, which is what takes long, and written at once when all are there. A step that is done again puts the same
parts and rows in the same places.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from files import objects, tables
from files.columns import Column, Row
from files.datasets import DATASETS, Asker
from files.store import RunningExport
from pos import clock, dynamo
from pos.errors import DomainError
from staff.store import merchant_ref

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class TooManyRows(DomainError):
    """There is more than a workbook holds."""

    def __init__(self) -> None:
        super().__init__("export.too_many_rows", "This is more than a workbook holds: take CSV, or fewer days.")


def step(running: RunningExport) -> RunningExport:
    """Do the next step."""
    if running.work.read:
        return _write_workbook(running)
    wanted = _Wanted(running)
    return _csv_step(running, wanted) if running.job.format == "csv" else _rows_step(running, wanted)


class _Wanted:
    """An export's columns, and its rows from where it has come to."""

    def __init__(self, running: RunningExport) -> None:
        export = running.job
        dataset = DATASETS[export.dataset]
        self._query = dataset.parsed(export.parameters)
        self._read = dataset.read
        self._asker = Asker(dynamo.get(merchant_ref(running.merchant_id)), clock.now())
        self.columns = dataset.columns(self._query)
        self.cursor = running.work.cursor
        self.currency = export.currency
        self.ended = False

    def batches(self) -> Iterator[list[Row]]:
        """The rows from the cursor on, which moves with them."""
        while not self.ended:
            batch = self._read(self._asker, self._query, self.cursor)
            self.cursor, self.ended = batch.cursor, batch.cursor is None
            self.currency = batch.currency
            yield list(batch.rows)

    @property
    def minor_units(self) -> int:
        return self._asker.decimals(self.currency)


def _csv_step(running: RunningExport, wanted: _Wanted) -> RunningExport:
    """Read as many rows as make a part, and put them up."""
    export, work = running.job, running.work
    data = b"" if work.started else tables.csv_head(wanted.columns, export.language, bom=export.bom)
    rows = export.rows
    for batch in wanted.batches():
        data += tables.csv_rows(wanted.columns, batch)
        rows += len(batch)
        if len(data) >= objects.PART:
            break
    at, media_type = _key(running), MEDIA_TYPES["csv"]
    size = work.size + len(data)
    told = {"rows": rows, "currency": wanted.currency}
    if wanted.ended and work.upload_id is None:
        objects.put(at, data, media_type)
        return running.with_(work, **told, status="done", size=size)
    upload_id = work.upload_id or objects.begin_upload(at, media_type)
    etags = work.etags
    if data:
        etags = (*etags, objects.put_part(at, upload_id, len(etags) + 1, data))
    if wanted.ended:
        objects.end_upload(at, upload_id, etags)
        return running.with_(work, **told, status="done", size=size)
    update = {"cursor": wanted.cursor, "started": True, "upload_id": upload_id, "etags": etags, "size": size}
    return running.with_(work.model_copy(update=update), **told)


def _rows_step(running: RunningExport, wanted: _Wanted) -> RunningExport:
    """Read as many rows as make a chunk, and keep them until all are there."""
    export, work = running.job, running.work
    data, rows = b"", export.rows
    for batch in wanted.batches():
        data += tables.packed(wanted.columns, batch)
        rows += len(batch)
        if rows > tables.MOST_ROWS or rows * len(wanted.columns) > tables.MOST_CELLS:
            raise TooManyRows
        if len(data) >= objects.PART:
            break
    objects.put(_chunk(running, work.chunks), data, "application/x-ndjson")
    update = {
        "cursor": wanted.cursor,
        "chunks": work.chunks + 1,
        "read": wanted.ended,
        "minor_units": wanted.minor_units,
    }
    return running.with_(work.model_copy(update=update), rows=rows, currency=wanted.currency)


def _write_workbook(running: RunningExport) -> RunningExport:
    export, work = running.job, running.work
    columns = _Wanted(running).columns
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        rows = _kept_rows(running, columns)
        tables.write_workbook(path, columns, rows, export.language, work.minor_units, export.dataset)
        size = objects.put_file(_key(running), path, MEDIA_TYPES["xlsx"])
    return running.with_(work, status="done", size=size)


def _kept_rows(running: RunningExport, columns: Sequence[Column]) -> Iterator[Row]:
    for number in range(running.work.chunks):
        yield from tables.unpacked(columns, objects.get(_chunk(running, number)))


def _key(running: RunningExport) -> str:
    return objects.export_key(running.merchant_id, running.job.id, running.job.file_name)


def _chunk(running: RunningExport, number: int) -> str:
    return objects.export_key(running.merchant_id, running.job.id, f"rows-{number:06d}")
