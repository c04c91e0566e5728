"""GET /v1/shifts/{id}/report"""

from pos.clock import timestamp
from pos.http import Answer, Call, operation
from shifts import rules, store
from shifts.models import Report


@operation(permission="shifts:report", answer=Report)
def handler(call: Call[None, None]) -> Answer:
    """The X report of an open shift, made from its ledger as of one version; the Z report of a closed one."""
    shift = store.get_shift(call.merchant_id, call.path["id"])
    if shift.report is not None:
        return Answer(200, shift.report.json_bytes(), shift.version)
    ledger = store.read_ledger(call.merchant_id, shift.id)
    report = ledger.shift.report or rules.report(ledger.shift, ledger.entries, timestamp(call.now))
    return Answer(200, report.json_bytes(), ledger.shift.version)
