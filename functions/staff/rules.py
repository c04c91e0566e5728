"""API keys: how they look, what of them is kept, and until when they hold."""

import hashlib
import secrets
import string
import zlib
from datetime import datetime, timedelta

from pos.clock import timestamp

_PREFIX = "kasir_sk_"
_ALPHABET = string.digits + string.ascii_letters
_SECRET_LENGTH = 40  # base 62: 238 bits, so that a plain SHA-256 of it cannot be searched
_CHECKSUM_LENGTH = 6
_NOTED_EVERY = timedelta(hours=1)


def new_api_key() -> str:
    """A fresh key: a prefix that secret scanners know, 40 random characters, 6 of checksum."""
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    return _PREFIX + secret + _checksum(secret)


def is_well_formed(token: str) -> bool:
    """Whether a token can be a key of ours at all: tells typing errors and noise apart without reading a table."""
    secret = token.removeprefix(_PREFIX)
    if secret == token or len(secret) != _SECRET_LENGTH + _CHECKSUM_LENGTH:
        return False
    return _checksum(secret[:_SECRET_LENGTH]) == secret[_SECRET_LENGTH:]


def key_hash(api_key: str) -> str:
    """What is stored of a key, and looked up by."""
    return hashlib.sha256(api_key.encode()).hexdigest()


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


def _checksum(secret: str) -> str:
    value = zlib.crc32(secret.encode())
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        value, digit = divmod(value, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
