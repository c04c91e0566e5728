"""PINs as they are kept, without I/O.

A PIN of 4 digits has 10,000 values, so no hash of it alone withstands who has stolen the table. It is hashed with the
merchant's secret (OWASP's pepper), which the table has only as KMS encrypted it, and then by scrypt at the cost that
OWASP's Password Storage Cheat Sheet asks for (N = 2^14, r = 8, p = 5: 16 MB, so that any Lambda size holds it).
"""

import hashlib
import hmac

SALT_BYTES = 16
COST = 2**14
"""N, of which memory and time follow."""


def hash_pin(secret: bytes, pin: str, salt: bytes) -> bytes:
    """What is kept of a PIN: its salt, and the hash of both with the merchant's secret."""
    peppered = hmac.digest(secret, b"pin:" + pin.encode(), "sha256")
    return salt + hashlib.scrypt(peppered, salt=salt, n=COST, r=8, p=5, maxmem=64 * 2**20, dklen=32)


def is_pin(secret: bytes, pin: str, kept: bytes) -> bool:
    """Whether this is the PIN of which that was kept; takes as long for a wrong one."""
    return hmac.compare_digest(hash_pin(secret, pin, kept[:SALT_BYTES]), kept)
