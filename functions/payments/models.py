"""What the payments service takes and answers."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from orders.models import PaymentInput
from pos.documents import Document
from pos.model import Code, Id, Input, Output


class NewPayment(PaymentInput):
    """Money offered for an order that there is already.

    `provider` asks a payment provider to take it; without one it was taken outside of Kasir (a terminal of its own, a
    printed QR code). With `capture` false it is only reserved: held by the provider, or waiting for the cashier's word
    that it arrived. `complete` completes the order once this pays it whole.
    """

    register_id: Id | None = None
    provider: Code | None = None
    capture: bool = True
    complete: bool = False


class PaymentCapture(Input):
    """That reserved money is to be taken, or has arrived; `reference` is what the cashier saw, such as an RRN."""

    reference: Code | None = None


class PaymentVoid(Input):
    """Why a payment is taken back."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class QrisMerchant(Output):
    """Whom a merchant's own QRIS code pays, as read from it; `nmid` is the national merchant id."""

    nmid: str | None
    name: str
    city: str
    postal_code: str | None


class NewPaymentSettings(Input):
    """How the merchant is paid: `qris_payload` is the text of its own (static) QRIS code, null for none."""

    qris_payload: Annotated[str, Field(max_length=512)] | None


class PaymentSettings(Document):
    """How the merchant is paid; version 0 until something is set."""

    KIND: ClassVar[str] = "payment_settings"

    qris_payload: str | None = None
    qris: QrisMerchant | None = None


# --- what is said between Kasir and a provider ------------------------------------------------------------------------

type State = Literal["unknown", "pending", "authorized", "captured", "declined", "voided"]


@dataclass(frozen=True, slots=True)
class Charge:
    """What a provider is asked about: a payment of `amount` minor units; `reference` is the cashier's."""

    merchant_id: str
    payment_id: str
    amount: int
    currency: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a provider says of a payment: its state there (`unknown`: it never heard of it), how the provider names it,
    and why it was declined.
    """

    state: State
    reference: str | None = None
    because: str | None = None
