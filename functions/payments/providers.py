"""Payment providers: what Kasir asks of one, and the simulated one that stands in for it on local runs.

A provider knows a payment by its id, and does what is asked of it once, however often it is asked. So a call whose
answer was lost is simply made again, or asked after by `check`. docs/payments.md tells how a payment gets through
whatever fails in between.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from payments import store
from payments.models import Charge, Outcome, State
from pos import clock, dynamo
from pos.clock import timestamp
from pos.dynamo import ConditionFailed, Item
from pos.errors import Invalid


class Unanswered(Exception):
    """The provider did not answer in time: what was asked may have been done or not."""


class Provider(Protocol):
    """What a payment provider can do. Each raises `Unanswered` when no answer came, and may then be repeated."""

    def authorize(self, charge: Charge, *, capture: bool) -> Outcome:
        """Hold the amount, and with `capture` take it at once. What was voided before is not taken any more."""
        ...

    def capture(self, charge: Charge) -> Outcome:
        """Take what was authorised."""
        ...

    def void(self, charge: Charge) -> Outcome:
        """Give all of it back, whatever state it is in; what the provider has not heard of yet must never happen."""
        ...

    def refund(self, charge: Charge, refund_id: str, amount: int) -> Outcome:
        """Give back a part of what was captured, once for each `refund_id`: `captured` if it did, `declined` if not."""
        ...

    def check(self, charge: Charge) -> Outcome:
        """What became of it; asking changes nothing."""
        ...


def offered(name: str) -> Provider:
    """The provider that a request names; 422 if this stack has none such."""
    if name not in PROVIDERS or (name == "simulated" and os.environ.get("ALLOW_SIMULATED_PROVIDER") != "true"):
        raise Invalid("provider.unknown", f"There is no payment provider {name} here.", "/provider")
    return PROVIDERS[name]


# --- the simulated provider ------------------------------------------------------------------------------------------

_LATE = timedelta(seconds=10)
_WORDS = "simulate:"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the simulated provider's ledger: what it will be from `ready_at` on, and until then `pending`."""

    state: State
    amount: int
    ready_at: str
    refunds: Mapping[str, int]
    version: int = 0

    def state_at(self, moment: datetime) -> State:
        return self.state if timestamp(moment) >= self.ready_at else "pending"


class Simulated:
    """A provider without money, with a ledger of its own: it remembers what it did when its answer got lost.

    What goes wrong is said by a payment's reference: `simulate:` and `decline`, `timeout` (done, but no answer), `lost`
    (not done, and no answer), `late` (an answer after 10 seconds), `capture_decline`, `void_timeout`, `refund_decline`
    or `refund_timeout`.
    """

    def authorize(self, charge: Charge, *, capture: bool) -> Outcome:
        """See `Provider`."""
        if _told(charge, "lost"):
            raise Unanswered
        state: State = "declined" if _told(charge, "decline") else "captured" if capture else "authorized"
        ready_at = clock.now() + (_LATE if _told(charge, "late") else timedelta())
        first = _Entry(state, charge.amount, timestamp(ready_at), {})
        outcome = self._changed(charge, lambda entry: first if entry is None else entry)
        if _told(charge, "timeout"):
            raise Unanswered
        return outcome

    def capture(self, charge: Charge) -> Outcome:
        """See `Provider`."""
        wanted: State = "declined" if _told(charge, "capture_decline") else "captured"
        return self._changed(charge, lambda entry: _moved(entry, wanted, "authorized"))

    def void(self, charge: Charge) -> Outcome:
        """See `Provider`."""
        never = _Entry("voided", charge.amount, timestamp(clock.now()), {})
        outcome = self._changed(
            charge, lambda entry: never if entry is None else _moved(entry, "voided", "authorized", "captured")
        )
        if _told(charge, "void_timeout"):
            raise Unanswered
        return outcome

    def refund(self, charge: Charge, refund_id: str, amount: int) -> Outcome:
        """See `Provider`."""
        if _told(charge, "refund_decline"):
            return Outcome("declined", _reference(charge), "refused by the bank")

        def refunded(entry: _Entry | None) -> _Entry | None:
            if entry is None or entry.state_at(clock.now()) != "captured":
                return entry
            refunds = {**entry.refunds, refund_id: amount}
            return replace(entry, refunds=refunds) if sum(refunds.values()) <= entry.amount else entry

        before = _found(charge)
        self._changed(charge, refunded)
        if _told(charge, "refund_timeout") and (before is None or refund_id not in before.refunds):
            raise Unanswered  # who asks again is answered
        entry = _found(charge)
        if entry is None or entry.refunds.get(refund_id) != amount:
            return Outcome("declined", _reference(charge), "more than was taken")
        return Outcome("captured", _reference(charge))

    def check(self, charge: Charge) -> Outcome:
        """See `Provider`."""
        return _outcome(charge, _found(charge))

    def _changed(self, charge: Charge, change: Callable[[_Entry | None], _Entry | None]) -> Outcome:
        """Change the ledger's line of a payment; whoever was overtaken does it again to what it became."""
        while True:
            entry = _found(charge)
            changed = change(entry)
            if changed is None or changed == entry:
                return _outcome(charge, entry)
            try:
                store.save_charge(charge.merchant_id, charge.payment_id, _attributes(changed), changed.version)
            except ConditionFailed:
                continue
            return _outcome(charge, changed)


def _told(charge: Charge, word: str) -> bool:
    return charge.reference == _WORDS + word


def _moved(entry: _Entry | None, wanted: State, *allowed: State) -> _Entry | None:
    """A voided payment that was pending is voided whatever it would have become."""
    if entry is None:
        return None
    now = clock.now()
    if entry.state_at(now) in (*allowed, *(("pending",) if wanted == "voided" else ())):
        return replace(entry, state=wanted, ready_at=timestamp(now))
    return entry


def _reference(charge: Charge) -> str:
    return f"sim_{charge.payment_id.removeprefix('pay_')}"


def _outcome(charge: Charge, entry: _Entry | None) -> Outcome:
    if entry is None:
        return Outcome("unknown")
    state = entry.state_at(clock.now())
    return Outcome(state, _reference(charge), "refused by the bank" if state == "declined" else None)


def _found(charge: Charge) -> _Entry | None:
    item = dynamo.get(store.charge_ref(charge.merchant_id, charge.payment_id))
    if item is None:
        return None
    refunds = {refund_id: int(amount) for refund_id, amount in item["refunds"].items()}
    return _Entry(item["state"], int(item["amount"]), item["ready_at"], refunds, int(item["version"]))


def _attributes(entry: _Entry) -> Item:
    return {"state": entry.state, "amount": entry.amount, "ready_at": entry.ready_at, "refunds": entry.refunds}


PROVIDERS: Mapping[str, Provider] = {"simulated": Simulated()}
"""By the name that payments keep. One that a stack does not offer any more still answers for what it took."""
