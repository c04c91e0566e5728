import pytest
from botocore.exceptions import ClientError

from pos import vault


def test_a_secret_is_kept_so_that_it_is_read_for_what_it_belongs_to(aws: None) -> None:
    sealed = vault.seal(b"key", merchant="mer_1", purpose="staff")
    assert b"key" not in sealed
    assert vault.unseal(sealed, merchant="mer_1", purpose="staff") == b"key"


@pytest.mark.parametrize("other", [{"merchant": "mer_2", "purpose": "staff"}, {"merchant": "mer_1"}])
def test_nobody_elses_secret_is_read(aws: None, other: dict[str, str]) -> None:
    sealed = vault.seal(b"key", merchant="mer_1", purpose="staff")
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        vault.unseal(sealed, **other)
