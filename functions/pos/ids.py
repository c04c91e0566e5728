"""Prefixed ids whose text order is their order in time, and ids derived from what they name."""

import hashlib
import secrets
import time

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """A fresh id such as `ord_01k9…`: 48 bits of milliseconds and 80 random bits, in 26 characters (the ULID
    layout).
    """
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return f"{prefix}_{_base32(value, 26)}"


def derived_id(prefix: str, *parts: str | int) -> str:
    """The one id that these parts always make: 128 bits of SHA-256 over them, so that a repeat names the same thing."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return f"{prefix}_{_base32(int.from_bytes(digest[:16]), 26)}"


def _base32(value: int, width: int) -> str:
    return "".join(_CROCKFORD[value >> shift & 31] for shift in range(5 * (width - 1), -1, -5))
