"""What the tests of payments do again and again: sell, and take money for it."""

from dataclasses import dataclass
from typing import Any

from orders import cancel_order, create_order, get_order
from payments import (
    capture_payment,
    check_payment,
    create_payment,
    settle_payments,
    update_payment_settings,
    void_payment,
)
from tests.support.shop import Reply, Shop
from tests.unit.orders.till import Json, custom, stored

MORNING = "2026-11-24T02:00:00Z"
A_MINUTE_LATER = "2026-11-24T02:01:30Z"

QRIS = (
    "00020101021151440014ID.CO.QRIS.WWW0215ID10200123456780303UMI5204581253033605802ID5911TOKO SAMPEL6007BANDUNG"
    "61054011162070703A01630431E5"
)
"""The code of a shop that there is not."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A shop and someone who takes payments there."""

    shop: Shop

    def order(self, total: int = 10_000, **fields: Any) -> str:
        """An order of that total, still to be paid; its id."""
        body = {"location_id": self.shop.location_id, "lines": [custom(total)], **fields}
        made = self.shop.call(create_order.handler, body)
        assert made.status == 201, made.text
        return str(made.json["id"])

    def pay(self, order_id: str, method: str = "card", amount: int = 10_000, **request: Any) -> Reply:
        """Take a payment; `headers` and `permissions` are the request's, the rest goes into its body."""
        options = {name: request.pop(name) for name in ("headers", "permissions") if name in request}
        body = {"method": method, "amount": amount, **request}
        return self.shop.call(create_payment.handler, body, id=order_id, **options)

    def ask(self, order_id: str, amount: int = 10_000, says: str | None = None, **request: Any) -> Reply:
        """Take a payment through the simulated provider, which behaves as `says` tells it."""
        reference = None if says is None else f"simulate:{says}"
        return self.pay(order_id, "card", amount, provider="simulated", reference=reference, **request)

    def capture(self, order_id: str, payment_id: str, body: Json | None = None, **request: Any) -> Reply:
        """Capture a payment."""
        path = {"id": order_id, "payment_id": payment_id}
        return self.shop.call(capture_payment.handler, body or {}, path=path, **request)

    def void(self, order_id: str, payment_id: str, **request: Any) -> Reply:
        """Void a payment."""
        path = {"id": order_id, "payment_id": payment_id}
        return self.shop.call(void_payment.handler, {"reason": "Another card"}, path=path, **request)

    def check(self, order_id: str, payment_id: str, **request: Any) -> Reply:
        """Check a payment."""
        return self.shop.call(check_payment.handler, path={"id": order_id, "payment_id": payment_id}, **request)

    def cancel(self, order_id: str) -> Reply:
        """Cancel an order."""
        return self.shop.call(cancel_order.handler, {"reason": "Left"}, id=order_id)

    def get(self, order_id: str) -> Any:
        """The order as it is now."""
        return self.shop.call(get_order.handler, id=order_id).json

    def set_up_qris(self) -> None:
        """Give the merchant a QRIS code."""
        assert self.shop.call(update_payment_settings.handler, {"qris_payload": QRIS}).status == 200


def settle() -> None:
    """Let the schedule come round."""
    settle_payments.handler({}, None)


def ledger() -> dict[str, str]:
    """What the simulated provider holds of each payment."""
    return {
        item["pk"]["S"].split("#")[1]: item["state"]["S"]
        for item in stored()["test-payments"]
        if item["sk"]["S"] == "simulated"
    }


def figures(order: Json) -> tuple[str, int, int, int]:
    """How far an order is paid: its payment status, what is paid, reserved and due."""
    return order["payment_status"], order["paid"], order["reserved"], order["amount_due"]


def states(order: Json) -> list[str]:
    """The status of each payment."""
    return [payment["status"] for payment in order["payments"]]
