"""Signing keys at rest: encrypted by KMS for one endpoint of one merchant, and readable for no other."""

import functools

from pos import aws, dynamo


def seal(merchant_id: str, endpoint_id: str, key: bytes) -> bytes:
    """The signing key as it is kept."""
    answer = aws.kms().encrypt(
        KeyId=f"alias/{dynamo.table('secrets')}",
        Plaintext=key,
        EncryptionContext=_context(merchant_id, endpoint_id),
    )
    return answer["CiphertextBlob"]


@functools.lru_cache(maxsize=1024)
def unseal(merchant_id: str, endpoint_id: str, secret: bytes) -> bytes:
    """The signing key; a process asks KMS once for each."""
    answer = aws.kms().decrypt(CiphertextBlob=secret, EncryptionContext=_context(merchant_id, endpoint_id))
    return answer["Plaintext"]


def _context(merchant_id: str, endpoint_id: str) -> dict[str, str]:
    return {"merchant": merchant_id, "endpoint": endpoint_id}
