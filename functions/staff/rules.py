"""API keys: how they look, what of them is kept, and until when they hold."""

import hashlib
import secrets
import string
import zlib
from datetime import datetime, timedelta

from pos.auth import Caller
from pos.clock import timestamp
from pos.errors import Needed
from staff.models import Approval

_API_KEY = "kasir_sk_"
_DEVICE_KEY = "kasir_dk_"
_ALPHABET = string.digits + string.ascii_letters
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SECRET_LENGTH = 40  # base 62: 238 bits, so that a plain SHA-256 of it cannot be searched
_CHECKSUM_LENGTH = 6
_NOTED_EVERY = timedelta(hours=1)


def new_api_key() -> str:
    """A fresh key: a prefix that secret scanners know, 40 random characters, 6 of checksum."""
    return _new_key(_API_KEY)


def new_device_key() -> str:
    """A fresh key for a paired register, of the same form under a prefix of its own."""
    return _new_key(_DEVICE_KEY)


def is_well_formed(token: str) -> bool:
    """Whether a token can be a key of ours at all: tells typing errors and noise apart without reading a table."""
    if not token.startswith((_API_KEY, _DEVICE_KEY)):
        return False
    secret = token[len(_API_KEY) :]
    if len(secret) != _SECRET_LENGTH + _CHECKSUM_LENGTH:
        return False
    return _checksum(secret[:_SECRET_LENGTH]) == secret[_SECRET_LENGTH:]


def key_hash(api_key: str) -> str:
    """What is stored of a key, and looked up by."""
    return hashlib.sha256(api_key.encode()).hexdigest()


def approves(approval: Approval, caller: Caller, needed: Needed, now: datetime) -> bool:
    """Whether an approval lets this caller do what is needed, at this moment."""
    return (
        (approval.requested_by, approval.register_id) == (caller.actor, caller.register_id)
        and (approval.permission, approval.entity_id) == (needed.permission, needed.entity_id)
        and needed.amount <= approval.amount
        and holds(approval.expires_at, now)
    )


def holds(expires_at: str | None, now: datetime) -> bool:
    """Whether what expires at that time (None: never) still holds."""
    return expires_at is None or expires_at > timestamp(now)


def overlap_end(now: datetime, hours: int, expires_at: str | None) -> str:
    """Until when a key holds that was replaced now, with so many hours to change over; never longer than it would
    have.
    """
    end = timestamp(now + timedelta(hours=hours))
    return end if expires_at is None else min(end, expires_at)


def use_is_news(last_used_at: str | None, now: datetime) -> bool:
    """Whether a key's use now is worth a write: its last known one is an hour or more ago."""
    return last_used_at is None or last_used_at <= timestamp(now - _NOTED_EVERY)


def new_pairing_code() -> str:
    """A one-time code to type in: 60 bits in three groups, so that nobody guesses one in the minutes that it holds."""
    letters = [secrets.choice(_CROCKFORD) for _ in range(12)]
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


def code_hash(code: str) -> str:
    """What is stored of a pairing code, and looked up by, however it was typed: case, O for 0, I or L for 1, gaps."""
    typed = code.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))
    return hashlib.sha256(typed.encode()).hexdigest()


def lock_seconds(failures: int, free: int, longest: int) -> int:
    """How long signing in is locked after so many failures in a row: not at all for the first `free`, then 30 seconds,
    and twice as long each time, up to `longest`.
    """
    return 0 if failures <= free else min(30 * 2 ** min(failures - free - 1, 20), longest)


def _new_key(prefix: str) -> str:
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    return prefix + secret + _checksum(secret)


def _checksum(secret: str) -> str:
    value = zlib.crc32(secret.encode())
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        value, digit = divmod(value, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
