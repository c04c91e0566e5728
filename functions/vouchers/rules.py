"""Rules of vouchers, without I/O: what a voucher pays, and what its balance becomes."""

import secrets
from datetime import datetime

from pos.clock import timestamp
from pos.documents import stamp
from pos.errors import DomainError, Invalid
from pos.ids import new_id
from vouchers.models import Voucher, VoucherMove

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another when read aloud


def new_code() -> str:
    """A code of 80 random bits, in groups as people read it."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def check_expiry(expires_at: str | None, now: datetime) -> None:
    """Refuse to issue what has expired already."""
    if expires_at is not None and expires_at <= timestamp(now):
        raise Invalid("voucher.expires_at_invalid", "A voucher expires in the future.", "/expires_at")


def code_taken(move: VoucherMove) -> Invalid:
    """The refusal to issue a voucher with a code that another has."""
    return Invalid("voucher.code_taken", f"There is a voucher {move.code} already.", move.pointer or "")


def moved(voucher: Voucher | None, move: VoucherMove, currency: str, now: datetime) -> Voucher:
    """The voucher after a move of its balance, in that currency.

    422 for a code that the merchant has not given out, another currency, or a payment by what has expired; 409
    `voucher.insufficient` for one above the balance. What comes back is taken by an expired one, too.
    """
    if move.type == "issued":
        return _issued(voucher, move, currency, now)
    if voucher is None:
        raise Invalid("voucher.unknown", f"There is no voucher {move.code}.", move.pointer or "")
    if voucher.currency != currency:
        raise Invalid("voucher.currency", f"The voucher is in {voucher.currency}.", move.pointer or "")
    if move.amount < 0 and voucher.expires_at is not None and voucher.expires_at <= timestamp(now):
        raise Invalid("voucher.expired", f"The voucher expired at {voucher.expires_at}.", move.pointer or "")
    if voucher.balance + move.amount < 0:
        detail = f"The voucher has {voucher.balance}, which is less than {-move.amount}."
        raise DomainError("voucher.insufficient", detail, pointer=move.pointer)
    return voucher.model_copy(update={"balance": voucher.balance + move.amount})


def _issued(there: Voucher | None, move: VoucherMove, currency: str, now: datetime) -> Voucher:
    if there is not None:
        raise code_taken(move)
    return Voucher(
        id=new_id("vch"), code=move.code, currency=currency, amount=move.amount, balance=move.amount, **stamp(now)
    )
