"""Signatures, as others verify them: `standardwebhooks` those by the secret, `cryptography` those by the key pair."""

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from webhooks.signing import Keys


def verify_by_key(public_text: str, headers: dict[str, str], body: bytes) -> None:
    """What a receiver does that has the public key only. Raises InvalidSignature if no signature holds."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_text.removeprefix("whpk_")))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    signatures = [one.partition(",") for one in headers["webhook-signature"].split(" ")]
    for signature in (base64.b64decode(text) for version, _, text in signatures if version == "v1a"):
        try:
            return key.verify(signature, signed)
        except InvalidSignature:
            continue
    raise InvalidSignature


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.dictionaries(st.text(), st.text()))
def test_the_published_verifiers_accept_what_was_signed_and_nothing_else(
    secret: bytes, seed: bytes, data: dict[str, str]
) -> None:
    keys = Keys(secret, seed)
    body = json.dumps(data, ensure_ascii=False).encode(errors="replace")
    seconds = int(datetime.now(UTC).timestamp())
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(seconds)}
    headers["webhook-signature"] = keys.sign("evt_1", seconds, body)

    assert Webhook(keys.secret_text).verify(body, headers) == json.loads(body)
    verify_by_key(keys.public_text, headers, body)

    with pytest.raises(WebhookVerificationError):
        Webhook(keys.secret_text).verify(body + b" ", headers)
    with pytest.raises(InvalidSignature):
        verify_by_key(keys.public_text, headers, body + b" ")
    with pytest.raises(InvalidSignature):
        verify_by_key(keys.public_text, headers | {"webhook-id": "evt_2"}, body)
    other = Keys(bytes([secret[0] ^ 1]) + secret[1:], bytes([seed[0] ^ 1]) + seed[1:])
    with pytest.raises(WebhookVerificationError):
        Webhook(other.secret_text).verify(body, headers)
    with pytest.raises(InvalidSignature):
        verify_by_key(other.public_text, headers, body)


def test_a_secret_does_not_tell_the_key() -> None:
    assert Keys(b"s" * 32, b"a" * 32).public_text != Keys(b"s" * 32, b"b" * 32).public_text


def test_the_key_pair_is_that_of_rfc_8032() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

    assert base64.b64decode(Keys(b"s" * 32, seed).public_text.removeprefix("whpk_")).hex() == public
