"""GET /v1/reports/jobs/{id}"""

from pos.http import Answer, Call, operation
from reports import jobs
from reports.models import Job


@operation(permission="reports:read", answer=Job)
def handler(call: Call[None, None]) -> Answer:
    """How far an audit or a rebuild is, and what came of it."""
    return Answer(200, jobs.load(call.merchant_id, call.path["id"]).job.json_bytes())
