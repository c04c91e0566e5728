"""POST /v1/approvals"""

from datetime import timedelta

from pos.auth import allows
from pos.clock import timestamp
from pos.errors import DomainError, Invalid
from pos.http import Answer, Call, operation
from pos.ids import new_id
from staff import employing, identifying, store
from staff.models import Approval, NewApproval

_HOLDS = timedelta(minutes=5)


@operation(permission="approvals:write", body=NewApproval, answer=Approval, status=201, repeatable=True)
def handler(call: Call[NewApproval, None]) -> Answer:
    """Let the caller do once what they may not, within five minutes: whoever may types their PIN at the caller's
    register. Failures count as those of signing in do.
    """
    register_id, wanted = call.caller.register_id, call.body
    if register_id is None:
        raise DomainError("approval.no_register", "Approvals are for who is signed in at a register.")
    member = identifying.identified(call, register_id, wanted.staff_id, wanted.pin).member
    if not allows(employing.permissions_of(call.merchant_id, member.role) or (), wanted.permission):
        raise Invalid("approval.not_allowed", f"This person may not {wanted.permission} either.", "/staff_id")
    approval = Approval(
        id=new_id("apv"),
        permission=wanted.permission,
        entity_id=wanted.entity_id,
        amount=wanted.amount,
        requested_by=call.caller.actor,
        approved_by=member.id,
        register_id=register_id,
        expires_at=timestamp(call.now + _HOLDS),
    )
    store.add_approval(call, approval)
    return Answer(201, approval.json_bytes())
