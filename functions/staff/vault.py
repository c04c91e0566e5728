"""Each merchant's secret: what its staff's PINs are hashed and its sessions signed with."""

import functools

from pos import dynamo, vault
from staff import store

_PURPOSE = "staff"


def seal(merchant_id: str, secret: bytes) -> bytes:
    """The secret as it is kept."""
    return vault.seal(secret, merchant=merchant_id, purpose=_PURPOSE)


@functools.lru_cache(maxsize=1024)
def secret_of(merchant_id: str) -> bytes:
    """The merchant's secret; a process reads it once. Raises LookupError if there is no such merchant."""
    return vault.unseal(dynamo.get(store.secret_ref(merchant_id)), merchant=merchant_id, purpose=_PURPOSE)
