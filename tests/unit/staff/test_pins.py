"""PINs as they are kept."""

import os

import pytest

from staff import pins

SECRET = bytes(32)


@pytest.mark.parametrize(
    ("secret", "pin", "right"), [(SECRET, "2749", True), (SECRET, "2740", False), (b"x", "2749", False)]
)
def test_only_the_same_pin_with_the_same_merchants_secret_is_right(secret: bytes, pin: str, right: bool) -> None:
    kept = pins.hash_pin(SECRET, "2749", os.urandom(pins.SALT_BYTES))

    assert pins.is_pin(secret, pin, kept) is right
