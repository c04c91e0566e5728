"""Every few minutes: undo drafts of orders that nobody finishes (docs/data.md)."""

from datetime import timedelta

from orders import drafts
from pos.log import logger

_ABANDONED = timedelta(minutes=3)
"""Functions end within seconds; a client that still repeats its request begins anew."""


def handler(_event: object, _context: object) -> None:
    """Take back what abandoned drafts moved. One that cannot be now does not hold up the others, and is tried again at
    the next turn.
    """
    failures = []
    for draft in drafts.abandoned(_ABANDONED):
        named = {"merchant_id": draft.merchant_id, "order": draft.change.order.id, "done": draft.done}
        try:
            drafts.undo(draft)
        except Exception as error:  # noqa: BLE001 - raised below, after the others
            logger.exception("draft not undone", extra=named)
            failures.append(error)
        else:
            logger.warning("abandoned draft undone", extra=named)
    if failures:
        raise ExceptionGroup("drafts not undone", failures)
