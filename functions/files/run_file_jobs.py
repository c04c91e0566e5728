"""Queue of file jobs: goes on with an export for a while, and has itself woken up again for the rest."""

from typing import Any

from files import exporting, turns
from files.models import Export
from files.store import EXPORTS


def handler(event: dict[str, Any], _context: object) -> None:
    """Take a turn at the export that each message names. Raises, for the message to come again, if it failed."""
    for record in event["Records"]:
        turns.take(EXPORTS, record, lambda _: exporting.step, _named)


def _named(export: Export) -> dict[str, Any]:
    return {"dataset": export.dataset, "rows": export.rows, "size": export.size or 0}
