"""How quickly files are written, in CPU, and how large they are.

    python -m bench.files

It needs no AWS: rows are made up and written by what the functions write them by.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from analytics.parquet import write_all
from analytics.rules import TABLES, Document
from files import tables
from files.columns import Row, columns

_COLUMNS = columns("product", "product_name", *("gross", "discount", "net", "tax", "total") * 4)
_ROWS = 20_000
_LINES = 200_000


def main() -> None:
    """Print what docs/performance.md tells."""
    cells = _ROWS * len(_COLUMNS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "book.xlsx"
        seconds = _cpu(lambda: tables.write_workbook(path, _COLUMNS, _rows(), "en", 2, "bench"))
        print(f"XLSX: {cells / seconds:,.0f} cells a second of CPU, {path.stat().st_size / cells:.1f} bytes a cell")
        rows = list(_rows())
        seconds = _cpu(lambda: folder.joinpath("book.csv").write_bytes(tables.csv_rows(_COLUMNS, rows)))
        size = folder.joinpath("book.csv").stat().st_size
        print(f"CSV: {cells / seconds:,.0f} cells a second of CPU, {size / cells:.1f} bytes a cell")
        lines = {"lines": TABLES["lines"]}
        seconds = _cpu(lambda: print(write_all(folder, lines, _order_lines())["lines"].told))
        print(f"Parquet: {_LINES / seconds:,.0f} order lines a second of CPU")
    print(f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB of memory")


def _cpu(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def _rows() -> Iterator[Row]:
    names = {column.name for column in _COLUMNS} - {"product", "product_name"}
    for number in range(_ROWS):
        money = {name: Decimal(number * 7919 % 10_000_000).scaleb(-2) for name in names}
        yield {"product": f"var_{number:026d}", "product_name": f"Kopi susu {number}", **money}


def _order_lines() -> Iterator[tuple[str, Document]]:
    for number in range(_LINES):
        gross = number * 7919 % 100_000
        yield (
            "lines",
            {
                "order_id": f"ord_{number // 8:026d}",
                "line_id": f"lin_{number % 8}",
                "order_status": "completed",
                "location_id": "loc_main",
                "variant_id": f"var_{number % 5000:026d}",
                "name": f"Kopi susu {number % 5000}",
                "quantity": "1.5",
                "refunded_quantity": "0",
                "currency": "IDR",
                "minor_units": 0,
                **dict.fromkeys(("gross", "net", "total"), gross),
            },
        )


if __name__ == "__main__":
    main()
