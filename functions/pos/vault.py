"""Secrets at rest: encrypted by KMS for what they belong to, and readable for nothing else."""

import functools

from pos import aws, dynamo


def seal(secret: bytes, **belongs_to: str) -> bytes:
    """The secret as it is kept. `belongs_to` is KMS's encryption context: `merchant=` and what it is for there."""
    key_id = f"alias/{dynamo.table('secrets')}"
    return aws.kms().encrypt(KeyId=key_id, Plaintext=secret, EncryptionContext=belongs_to)["CiphertextBlob"]


@functools.lru_cache(maxsize=1024)
def unseal(sealed: bytes, **belongs_to: str) -> bytes:
    """The secret; a process asks KMS once for each. Raises ClientError unless it was sealed for just this."""
    return aws.kms().decrypt(CiphertextBlob=sealed, EncryptionContext=belongs_to)["Plaintext"]
