"""What the vouchers service takes and answers."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from pos.documents import Document
from pos.model import Amount, Id, Input, Listing, Moment, Note, Output

EntryType = Literal["issued", "redeemed", "given_back", "refunded"]

VoucherCode = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z-]{8,40}$"),
    AfterValidator(str.upper),
]
"""A code as it is printed and typed; capitals and small letters are the same."""


class NewVoucher(Input):
    """A voucher to issue: a gift card that was sold, or credit that is given.

    Without a `code` it gets one that cannot be guessed. From `expires_at` on it pays no more.
    """

    amount: Annotated[Amount, Field(gt=0)]
    code: VoucherCode | None = None
    expires_at: Moment | None = None
    customer_id: Id | None = None
    note: Note | None = None


class Voucher(Document):
    """Money that a customer has with the merchant, in minor units of `currency`. `balance` is the sum of its entries,
    never below 0; `amount` is what it was issued with.
    """

    KIND: ClassVar[str] = "voucher"

    code: str
    currency: str
    amount: int
    balance: int
    expires_at: str | None = None
    customer_id: str | None = None
    note: str | None = None


class VoucherMove(Output):
    """A change of a voucher's balance, and its cause: `issued`, an order that it paid (`redeemed`) or did not after all
    (`given_back`), or what was `refunded` of one. `pointer` is the field of the request that names the voucher.
    """

    type: EntryType
    code: str
    amount: int
    order_id: str | None = None
    pointer: str | None = None


class VoucherEntry(Output):
    """A line of a voucher's ledger; `balance` is what it had then."""

    id: str
    at: str
    actor: str
    type: EntryType
    amount: int
    balance: int
    order_id: str | None = None


class VoucherListing(Listing):
    """The merchant's vouchers, newest first."""
