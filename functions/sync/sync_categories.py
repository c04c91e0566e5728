"""POST /v1/sync/categories"""

from pos.http import Answer, Call, operation
from sync import telling
from sync.categories import CATEGORIES
from sync.models import CategoriesSync, SyncReport

_BY = telling.teller(CATEGORIES)


@operation(permission="sync:write", body=CategoriesSync, answer=SyncReport, repeatable=True, largest_body=5_000_000)
def handler(call: Call[CategoriesSync, None]) -> Answer:
    """Bring up to 1,000 categories of a source up to date here, in any order; each record is answered for itself.

    Conflicts and repeats are those of products. Once a category is told, records of products may name it by the
    source's id for it.
    """
    return Answer(200, telling.tell(call, call.body, _BY).json_bytes())
