"""POST /v1/sync/products"""

from pos.http import Answer, Call, operation
from sync import telling
from sync.models import ProductsSync, SyncReport
from sync.products import PRODUCTS

_BY = telling.teller(PRODUCTS)


@operation(permission="sync:write", body=ProductsSync, answer=SyncReport, repeatable=True, largest_body=5_000_000)
def handler(call: Call[ProductsSync, None]) -> Answer:
    """Bring up to 1,000 products of a source up to date here; each record is answered for itself.

    A repeat compares and finds nothing to do, so it needs no Idempotency-Key. Fields that both sides changed since they
    last agreed are left alone and become a conflict for a person to decide.
    """
    return Answer(200, telling.tell(call, call.body, _BY).json_bytes())
