"""Session tokens, without I/O: what a person may do at a register for a while, signed (HMAC-SHA256) with their
merchant's secret, so that the authorizer reads no table for them.
"""

import base64
import binascii
import hmac
import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime

_PREFIX = "kasir_st_"
_LONGEST = 4096
_MERCHANT = re.compile(r"mer_[0-9a-z]{1,64}")


@dataclass(frozen=True, slots=True)
class Claims:
    """Who acts for which merchant at which register, what they may do, and until when (seconds since 1970)."""

    merchant_id: str
    actor: str
    permissions: str
    register_id: str
    expires: int


def sign(secret: bytes, claims: Claims) -> str:
    """The token of a session."""
    payload = _text(json.dumps(list(asdict(claims).values()), separators=(",", ":")).encode())
    return f"{_PREFIX}{payload}.{_signature(secret, payload)}"


def is_session(token: str) -> bool:
    """Whether a token says that it is a session's."""
    return token.startswith(_PREFIX) and len(token) <= _LONGEST and token.isascii()


def read_unverified(token: str) -> Claims | None:
    """What a token claims, only good for finding whose secret it must be signed with; None if it cannot be read."""
    try:
        values = json.loads(_bytes(token[len(_PREFIX) :].partition(".")[0]))
    except (binascii.Error, ValueError, RecursionError):
        return None
    match values:
        case [str(merchant_id), str(), str(), str(), int()] if _MERCHANT.fullmatch(merchant_id):
            return Claims(*values)
    return None


def holds(token: str, secret: bytes, claims: Claims, now: datetime) -> bool:
    """Whether the token is signed with this secret, and not over."""
    payload, _, signature = token[len(_PREFIX) :].partition(".")
    return hmac.compare_digest(signature, _signature(secret, payload)) and now.timestamp() < claims.expires


def _signature(secret: bytes, payload: str) -> str:
    return _text(hmac.digest(secret, b"session:" + payload.encode(), "sha256"))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
