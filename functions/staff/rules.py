"""API keys: how they look, and what of them is kept."""

import hashlib
import secrets
import string
import zlib

_PREFIX = "kasir_sk_"
_ALPHABET = string.digits + string.ascii_letters
_SECRET_LENGTH = 40  # base 62: 238 bits, so that a plain SHA-256 of it cannot be searched
_CHECKSUM_LENGTH = 6


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


def _checksum(secret: str) -> str:
    value = zlib.crc32(secret.encode())
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        value, digit = divmod(value, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
