"""Each merchant's secret: what its staff's PINs are hashed and its sessions signed with; at rest encrypted by KMS, for
this merchant and purpose alone.
"""

import functools

from pos import aws, dynamo
from staff import store


def seal(merchant_id: str, secret: bytes) -> bytes:
    """The secret as it is kept."""
    answer = aws.kms().encrypt(
        KeyId=f"alias/{dynamo.table('secrets')}", Plaintext=secret, EncryptionContext=_context(merchant_id)
    )
    return answer["CiphertextBlob"]


@functools.lru_cache(maxsize=1024)
def secret_of(merchant_id: str) -> bytes:
    """The merchant's secret; a process reads it and asks KMS once. Raises LookupError if there is no such merchant."""
    sealed = dynamo.get(store.secret_ref(merchant_id))
    return aws.kms().decrypt(CiphertextBlob=sealed, EncryptionContext=_context(merchant_id))["Plaintext"]


def _context(merchant_id: str) -> dict[str, str]:
    return {"merchant": merchant_id, "purpose": "staff"}
