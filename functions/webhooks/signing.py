"""Signatures of webhooks, after Standard Webhooks: `v1` by a secret that both sides hold (HMAC-SHA-256), `v1a` by a key
of which the receiver holds the public half alone (Ed25519), so that who reads the receiver's files cannot forge one.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from nacl import bindings

from pos import vault
from webhooks.store import Target

_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """What an endpoint's webhooks are signed with: the secret of `v1`, and the seed of the key pair of `v1a`."""

    secret: bytes
    seed: bytes

    @classmethod
    def new(cls) -> "Keys":
        """Fresh ones, by chance."""
        return cls(secrets.token_bytes(_BYTES), secrets.token_bytes(_BYTES))

    @classmethod
    def unseal(cls, sealed: bytes, merchant_id: str, endpoint_id: str) -> "Keys":
        """Those that were sealed for this endpoint; a process asks KMS once for each."""
        both = vault.unseal(sealed, merchant=merchant_id, endpoint=endpoint_id)
        return cls(both[:_BYTES], both[_BYTES:])

    def seal(self, merchant_id: str, endpoint_id: str) -> bytes:
        """As they are kept."""
        return vault.seal(self.secret + self.seed, merchant=merchant_id, endpoint=endpoint_id)

    @property
    def secret_text(self) -> str:
        """The secret as integrators get it, once."""
        return "whsec_" + base64.b64encode(self.secret).decode()

    @property
    def public_text(self) -> str:
        """The public key, which anybody may know."""
        return "whpk_" + base64.b64encode(self._pair()[0]).decode()

    def sign(self, event_id: str, timestamp: int, body: bytes) -> str:
        """Both signatures over `id.timestamp.body`, separated by a space."""
        signed = f"{event_id}.{timestamp}.".encode() + body
        by_secret = hmac.digest(self.secret, signed, hashlib.sha256)
        by_key = bindings.crypto_sign(signed, self._pair()[1])[: bindings.crypto_sign_BYTES]
        return f"v1,{base64.b64encode(by_secret).decode()} v1a,{base64.b64encode(by_key).decode()}"

    def _pair(self) -> tuple[bytes, bytes]:
        return bindings.crypto_sign_seed_keypair(self.seed)


def headers(merchant_id: str, target: Target, event_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of a webhook: signed with the endpoint's keys and with those before them that still hold."""
    seconds = int(now.timestamp())
    keys = (Keys.unseal(sealed, merchant_id, target.endpoint.id) for sealed in _sealed(target, now))
    return {
        "content-type": "application/json",
        "user-agent": "Kasir-Webhooks/1",
        "webhook-id": event_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(one.sign(event_id, seconds, body) for one in keys),
    }


def _sealed(target: Target, now: datetime) -> Iterable[bytes]:
    if target.secret is None:
        raise LookupError("an endpoint without its secret")
    return (target.secret, *(one.secret for one in target.held(now)))
