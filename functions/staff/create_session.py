"""POST /v1/sessions"""

from datetime import timedelta

from pos.clock import timestamp
from pos.errors import DomainError
from pos.http import Answer, Call, operation
from staff import employing, identifying, permissions, sessions, vault
from staff.models import NewSession, Session

_LASTS = timedelta(hours=1)


@operation(permission="sessions:write", body=NewSession, answer=Session, status=201, repeatable=True)
def handler(call: Call[NewSession, None]) -> Answer:
    """Sign a person in at the register of the device that asks, for an hour, with what their role may do.

    After three failures a person is locked out for 30 seconds, and twice as long each time; after ten, so is the
    register.
    """
    register_id = call.caller.register_id
    if register_id is None:
        raise DomainError("session.no_register", "Staff sign in with the key of a paired register.")
    member = identifying.identified(call, register_id, call.body.staff_id, call.body.pin).member
    allowed = tuple(employing.permissions_of(call.merchant_id, member.role) or ())
    expires = call.now + _LASTS
    claims = sessions.Claims(
        call.merchant_id, member.id, permissions.text(allowed), register_id, int(expires.timestamp())
    )
    session = Session(
        token=sessions.sign(vault.secret_of(call.merchant_id), claims),
        expires_at=timestamp(expires.replace(microsecond=0)),
        staff_id=member.id,
        name=member.name,
        role=member.role,
        permissions=allowed,
        register_id=register_id,
    )
    return Answer(201, session.json_bytes())
