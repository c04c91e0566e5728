"""POST /v1/reports/rebuilds"""

from pos.http import Answer, Call, operation
from reports import jobs
from reports.models import Job, NewRebuild


@operation(permission="reports:rebuild", body=NewRebuild, answer=Job, status=202)
def handler(call: Call[NewRebuild, None]) -> Answer:
    """Projects some business days' totals again from orders and movements, and takes in events that were set aside, if
    they can be read now. Reports stay right meanwhile. `GET /v1/reports/jobs/{id}` says how far it is.
    """
    days = call.body.from_, call.body.to
    jobs.check_days(days, "/")
    running = jobs.same(call.merchant_id, "rebuild", days, call.now)
    if running is None:
        running = jobs.begin(call.merchant_id, "rebuild", days, call.caller.actor, call.now, call.once)
    return Answer(202, running.job.json_bytes())
