"""Queue of imports: goes on with one for a while, and has itself woken up again for the rest."""

from typing import Any

from files import turns
from files.imports.models import Import
from files.imports.working import Turn
from files.store import IMPORTS


def handler(event: dict[str, Any], _context: object) -> None:
    """Take a turn at the import that each message names. Raises, for the message to come again, if it failed."""
    for record in event["Records"]:
        turns.take(IMPORTS, record, lambda running: Turn(running).step, _named)


def _named(job: Import) -> dict[str, Any]:
    return {"type": job.type, "rows": job.records}
