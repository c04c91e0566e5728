"""GET /v1/customers/{id}/points"""

from customers import store
from customers.models import PointsEntry, PointsListing
from pos import dynamo
from pos.http import Answer, Call, listing, operation


@operation(permission="customers:read", query=PointsListing, answer=PointsEntry, beside={"balance": int})
def handler(call: Call[None, PointsListing]) -> Answer:
    """A customer's balance of points, and what changed it, newest first; also of one that is deleted or erased."""
    customer = store.get_remains(call.merchant_id, call.path["id"])
    balance = dynamo.get(store.balance_ref(call.merchant_id, customer.id))
    page = store.list_entries(call.merchant_id, customer.id, call.query.limit, call.query.cursor)
    return listing([dynamo.unpack(item["doc"]) for item in page.items], page.next_cursor, balance=balance)
