"""Parquet files, written and read back by DuckDB: rows go in as lines of JSON, types come from `rules.TABLES`."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from analytics.rules import Document, Table


class Written(NamedTuple):
    """A table's file, and what is in it: rows, sums by currency, size and SHA-256."""

    path: Path
    told: dict[str, Any]


def write_all(folder: Path, tables: Mapping[str, Table], rows: Iterable[tuple[str, Document]]) -> dict[str, Written]:
    """The files of all tables with these rows; what is no column of a table is left out."""
    with ExitStack() as files:
        lines = {name: files.enter_context((folder / f"{name}.ndjson").open("w")) for name in tables}
        for name, row in rows:
            json.dump({column: row.get(column) for column in tables[name].columns}, lines[name])
            lines[name].write("\n")
    with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False}) as database:
        return {name: _write(database, folder, name, table) for name, table in tables.items()}


def _write(database: duckdb.DuckDBPyConnection, folder: Path, name: str, table: Table) -> Written:
    lines, path = folder / f"{name}.ndjson", folder / f"{name}.parquet"
    columns = "{" + ", ".join(f"{column!r}: {sql!r}" for column, sql in table.columns.items()) + "}"
    database.execute(
        f"COPY (SELECT * FROM read_json($lines, format='newline_delimited', columns={columns})"  # noqa: S608
        f" ORDER BY {table.order_by}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)",
        {"lines": str(lines)},
    )
    lines.unlink()
    data = path.read_bytes()
    return Written(path, _read_back(database, path, table) | _of_file(data))


def _of_file(data: bytes) -> dict[str, Any]:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _read_back(database: duckdb.DuckDBPyConnection, path: Path, table: Table) -> dict[str, Any]:
    group = "currency" if "currency" in table.columns else "NULL"
    summed = ", ".join(f"CAST(sum({name}) AS VARCHAR)" for name in table.sums)
    rows = database.execute(
        f"SELECT {group}, count(*), {summed} FROM read_parquet($path) GROUP BY 1 ORDER BY 1",  # noqa: S608
        {"path": str(path)},
    ).fetchall()
    sums = {currency or "": dict(zip(table.sums, of, strict=True)) for currency, _, *of in rows}
    return {"rows": sum(count for _, count, *_ in rows), "sums": sums}
