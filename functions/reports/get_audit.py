"""GET /v1/reports/audit"""

from contextlib import suppress

from pos.http import Answer, Call, operation
from reports import jobs
from reports.auditing import Audit
from reports.jobs import Unsettled
from reports.models import AuditQuery, Job

_SECONDS = 15
"""How long it is waited for: the API answers within 29 seconds, and a step may take some."""


@operation(permission="reports:read", query=AuditQuery, answer=Job)
def handler(call: Call[None, AuditQuery]) -> Answer:
    """Counts some business days' orders and movements again and holds the totals against them: equal, or what differs.

    What takes longer goes on by itself: 202 with the job, and `GET /v1/reports/jobs/{id}` says how far it is. Asking
    for the same again while it runs answers the same job.
    """
    days = call.query.from_, call.query.to
    jobs.check_days(days, "?")
    running = jobs.same(call.merchant_id, "audit", days, call.now)
    if running is None:
        running = jobs.begin(call.merchant_id, "audit", days, call.caller.actor, call.now)
        with suppress(Unsettled):  # the worker will try again
            running = jobs.run(running, Audit(running).step, _SECONDS)
    return Answer(202 if running.job.status == "running" else 200, running.job.json_bytes())
