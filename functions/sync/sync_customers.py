"""POST /v1/sync/customers"""

from pos.http import Answer, Call, operation
from sync import telling
from sync.customers import CUSTOMERS
from sync.models import CustomersSync, SyncReport

_BY = telling.teller(CUSTOMERS)


@operation(permission="sync:write", body=CustomersSync, answer=SyncReport, repeatable=True, largest_body=5_000_000)
def handler(call: Call[CustomersSync, None]) -> Answer:
    """Bring up to 1,000 customers of a source up to date here; each record is answered for itself.

    Conflicts and repeats are those of products. Who was erased here does not come back.
    """
    return Answer(200, telling.tell(call, call.body, _BY).json_bytes())
