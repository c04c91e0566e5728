"""Knowing a person by their PIN at a register, whatever it is for: guessing is counted in one place."""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pos import audit, dynamo
from pos.clock import timestamp
from pos.errors import DomainError, Invalid
from pos.http import Call
from pos.log import logger
from staff import pins, rules, store, vault
from staff.models import Register
from staff.store import Attempts, StoredMember

_FREE, _LONGEST = 3, 3600
_FREE_AT_REGISTER, _LONGEST_AT_REGISTER = 10, 900
_FORGOTTEN_AT_REGISTER = timedelta(hours=1)


def identified(call: Call[Any, Any], register_id: str, staff_id: str, pin: str) -> StoredMember:
    """The person of this id, who typed this PIN at this register. 422 `session.not_allowed` for who does not sign in
    there, `session.wrong_pin`; 429 `session.locked`.

    Each attempt is on record as failed before its PIN is looked at, so that guessing in parallel gains nothing. After
    three failures a person is locked out for 30 seconds, and twice as long each time; after ten, so is the register.
    What failed is in the audit trail before it is answered.
    """
    merchant_id = call.merchant_id
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
    if not pins.is_pin(vault.secret_of(merchant_id), pin, stored.pin):
        _tell(call, staff_id, failed[staff_id], failed[register_id])
        raise Invalid("session.wrong_pin", "This is not the person's PIN.", "/pin")
    _forgive(merchant_id, {staff_id: Attempts(of=salt), register_id: at_register}, failed)
    return stored


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


def _tell(call: Call[Any, Any], staff_id: str, by_person: Attempts, at_register: Attempts) -> None:
    """Write into the audit trail that somebody typed a wrong PIN, and whom that locks out until when."""
    until = max(by_person.locked_until, at_register.locked_until)
    told = audit.entry(
        call,
        "session.locked" if until else "session.failed",
        "staff_member",
        staff_id,
        f"failure {by_person.version}",
        reason=f"Failure {by_person.failures} in a row" + (f"; locked until {until}" if until else ""),
    )
    dynamo.transact([audit.write(call.merchant_id, told).write])


def _forgive(merchant_id: str, before: dict[str, Attempts], failed: dict[str, Attempts]) -> None:
    """Take the attempt back that was no failure: a person begins anew, a register has the failures that it had."""
    forgiven = {id: replace(one, version=failed[id].version + 1) for id, one in before.items()}
    try:
        store.count_attempts(merchant_id, forgiven)
    except dynamo.ConditionFailed:
        logger.info("another attempt to sign in came between", extra={"merchant_id": merchant_id})
