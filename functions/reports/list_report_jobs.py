"""GET /v1/reports/jobs"""

from pos.http import Answer, Call, operation, paged
from pos.model import Listing
from reports import jobs
from reports.models import Job


@operation(permission="reports:read", query=Listing, answer=Job)
def handler(call: Call[None, Listing]) -> Answer:
    """Audits and rebuilds of the last 90 days, newest first; each night's audit is among them."""
    page = jobs.listing(call.merchant_id, call.query.limit, call.query.cursor)
    return paged(page, map(jobs.document, page.items))
