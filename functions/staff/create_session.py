"""POST /v1/sessions"""

import math
from dataclasses import replace
from datetime import datetime, timedelta

from pos import dynamo
from pos.clock import timestamp
from pos.errors import DomainError, Invalid
from pos.http import Answer, Call, operation
from pos.log import logger
from staff import employing, permissions, pins, rules, sessions, store, vault
from staff.models import NewSession, Register, Session
from staff.store import Attempts, StoredMember

_LASTS = timedelta(hours=1)
_FREE, _LONGEST = 3, 3600
_FREE_AT_REGISTER, _LONGEST_AT_REGISTER = 10, 900
_FORGOTTEN_AT_REGISTER = timedelta(hours=1)


@operation(permission="sessions:write", body=NewSession, answer=Session, status=201, repeatable=True)
def handler(call: Call[NewSession, None]) -> Answer:
    """Sign a person in at the register of the device that asks, for an hour, with what their role may do.

    Each attempt is on record as failed before its PIN is looked at, so that guessing in parallel gains nothing. After
    three failures a person is locked out for 30 seconds, and twice as long each time; after ten, so is the register.
    """
    register_id = call.caller.register_id
    if register_id is None:
        raise DomainError("session.no_register", "Staff sign in with the key of a paired register.")
    staff_id, merchant_id = call.body.staff_id, call.merchant_id
    place = store.register_ref(merchant_id, register_id)
    person = store.member_ref(merchant_id, staff_id)
    counts = [store.attempts_ref(merchant_id, id) for id in (staff_id, register_id)]
    found = dynamo.fetch([place, person, *counts])
    stored = dynamo.resolve(person, found)
    if stored is None or stored.pin is None or not _works_here(stored, dynamo.resolve(place, found)):
        raise Invalid("session.not_allowed", "This person does not sign in here.", "/staff_id")
    by_person, at_register = (dynamo.resolve(ref, found) for ref in counts)
    salt = stored.pin[: pins.SALT_BYTES]
    by_person = by_person if by_person.of == salt else Attempts(version=by_person.version, of=salt)
    if at_register.last_at <= timestamp(call.now - _FORGOTTEN_AT_REGISTER):
        at_register = Attempts(version=at_register.version)
    _refuse_locked(call.now, by_person, at_register)
    failed = {
        staff_id: _failed(by_person, call.now, _FREE, _LONGEST),
        register_id: _failed(at_register, call.now, _FREE_AT_REGISTER, _LONGEST_AT_REGISTER),
    }
    store.count_attempts(merchant_id, failed)
    secret = vault.secret_of(merchant_id)
    if not pins.is_pin(secret, call.body.pin, stored.pin):
        raise Invalid("session.wrong_pin", "This is not the person's PIN.", "/pin")
    _forgive(merchant_id, {staff_id: Attempts(of=salt), register_id: at_register}, failed)
    return _signed_in(call, secret, stored, register_id)


def _works_here(stored: StoredMember, register: Register) -> bool:
    places = stored.member.location_ids
    return stored.member.active and (not places or register.location_id in places)


def _refuse_locked(now: datetime, *attempts: Attempts) -> None:
    until = max(one.locked_until for one in attempts)
    if until > timestamp(now):
        detail = f"After failed attempts, signing in is locked until {until}."
        wait = math.ceil((datetime.fromisoformat(until) - now).total_seconds())
        raise DomainError("session.locked", detail, status=429, retry_after=wait)


def _failed(before: Attempts, now: datetime, free: int, longest: int) -> Attempts:
    failures = before.failures + 1
    locked = rules.lock_seconds(failures, free, longest)
    until = timestamp(now + timedelta(seconds=locked)) if locked else ""
    return replace(before, version=before.version + 1, failures=failures, last_at=timestamp(now), locked_until=until)


def _forgive(merchant_id: str, before: dict[str, Attempts], failed: dict[str, Attempts]) -> None:
    """Take the attempt back that was no failure: a person begins anew, a register has the failures that it had."""
    forgiven = {id: replace(one, version=failed[id].version + 1) for id, one in before.items()}
    try:
        store.count_attempts(merchant_id, forgiven)
    except dynamo.ConditionFailed:
        logger.info("another attempt to sign in came between", extra={"merchant_id": merchant_id})


def _signed_in(call: Call[NewSession, None], secret: bytes, stored: StoredMember, register_id: str) -> Answer:
    member = stored.member
    allowed = tuple(employing.permissions_of(call.merchant_id, member.role) or ())
    expires = call.now + _LASTS
    claims = sessions.Claims(
        call.merchant_id, member.id, permissions.text(allowed), register_id, int(expires.timestamp())
    )
    session = Session(
        token=sessions.sign(secret, claims),
        expires_at=timestamp(expires.replace(microsecond=0)),
        staff_id=member.id,
        name=member.name,
        role=member.role,
        permissions=allowed,
        register_id=register_id,
    )
    return Answer(201, session.json_bytes())
