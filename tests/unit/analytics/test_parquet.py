"""Files that are written are read by other libraries, exactly."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas  # type: ignore[import-untyped]
import pyarrow.parquet  # type: ignore[import-untyped]

from analytics.parquet import write_all
from analytics.rules import TABLES
from tests.support.aws import ROOT

_LINE: dict[str, Any] = {
    "order_id": "ord_1",
    "line_id": "lin_1",
    "name": 'Kopi "susu"\n',
    "quantity": "0.125",
    "gross": 9_007_199_254_740_991,
    "net": -5,
    "currency": "IDR",
    "unknown": "left out",
}


def test_what_is_written_is_what_other_libraries_read(tmp_path: Path) -> None:
    rows = [("lines", _LINE), ("lines", {**_LINE, "line_id": "lin_2", "currency": "USD", "net": 7})]

    told = {name: written.told for name, written in write_all(tmp_path, TABLES, rows).items()}

    read = pyarrow.parquet.read_table(tmp_path / "lines.parquet").to_pylist()
    assert [row["line_id"] for row in read] == ["lin_1", "lin_2"]
    assert (read[0]["name"], read[0]["quantity"], read[0]["gross"]) == (_LINE["name"], Decimal("0.125"), _LINE["gross"])
    assert set(read[0]) == set(TABLES["lines"].columns)
    assert told["lines"]["rows"] == 2
    assert told["lines"]["sums"]["IDR"]["net"] == "-5"
    assert told["lines"]["sums"]["USD"]["net"] == "7"
    assert told["lines"]["sums"]["IDR"]["tax"] is None
    assert len(pandas.read_parquet(tmp_path / "lines.parquet")) == 2


def test_a_table_without_rows_has_its_columns_all_the_same(tmp_path: Path) -> None:
    told = {name: written.told for name, written in write_all(tmp_path, TABLES, []).items()}

    for name, table in TABLES.items():
        assert pyarrow.parquet.read_schema(tmp_path / f"{name}.parquet").names == list(table.columns)
        assert (told[name]["rows"], told[name]["sums"]) == (0, {})


def test_the_same_rows_make_the_same_bytes(tmp_path: Path) -> None:
    rows = [("lines", {**_LINE, "line_id": f"lin_{number}"}) for number in range(50)]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    lines = {"lines": TABLES["lines"]}
    first = write_all(tmp_path / "a", lines, rows)["lines"].told
    again = write_all(tmp_path / "b", lines, rows[::-1])["lines"].told

    assert first == again


def test_athenas_tables_have_the_files_columns() -> None:
    types = {"VARCHAR": "string", "BIGINT": "bigint", "TIMESTAMPTZ": "timestamp", "DATE": "date"}
    told = (ROOT / "docs/analytics.sql").read_text()

    found = {
        name: re.findall(r"^  `(\w+)` ([^\n]*?),?$", body, re.MULTILINE)
        for name, body in re.findall(r"CREATE EXTERNAL TABLE kasir_(\w+) \((.*?)\n\)\n", told, re.DOTALL)
    }

    assert found == {
        name: [(column, types.get(sql) or sql.lower()) for column, sql in table.columns.items()]
        for name, table in TABLES.items()
    }
