"""What a receipt is made from, read in two round trips: the order, then what it names."""

from dataclasses import dataclass
from typing import Any

from customers.models import Customer
from customers.store import customer_ref
from orders.models import Order
from orders.store import get_order
from pos import dynamo
from pos.dynamo import Ref
from receipts import rules
from receipts.models import Language, Mark, Receipt, ReceiptSettings
from receipts.store import settings_ref
from staff.models import Location, Merchant, Register
from staff.store import StoredMember, location_ref, member_ref, merchant_ref, register_ref


@dataclass(frozen=True, slots=True)
class Sources:
    """An order, where it was sold, and how the merchant's receipts look."""

    order: Order
    merchant: Merchant
    location: Location
    till: Register | None
    cashier: StoredMember | None
    customer: Customer | None
    settings: ReceiptSettings

    def receipt(self, mark: Mark, language: Language | None, print_number: int | None = None) -> Receipt:
        """The order's receipt, so marked."""
        return rules.receipt_of(
            self.order,
            self.merchant,
            self.location,
            self.till,
            self.customer,
            self.settings,
            cashier=self.cashier.member.name if self.cashier else None,
            mark=mark,
            language=language,
            print_number=print_number,
        )


def read_sources(merchant_id: str, order_id: str) -> Sources:
    """Read all that an order's receipt shows; 404 if the merchant has no such order."""
    order = get_order(merchant_id, order_id)
    merchant, location = merchant_ref(merchant_id), location_ref(merchant_id, order.location_id)
    till = register_ref(merchant_id, order.register_id) if order.register_id else None
    cashier = member_ref(merchant_id, rules.cashier_of(order))
    customer = customer_ref(merchant_id, order.customer_id) if order.customer_id else None
    settings = settings_ref(merchant_id)
    wanted: list[Ref[Any] | None] = [merchant, location, till, cashier, customer, settings]
    found = dynamo.fetch(ref for ref in wanted if ref is not None)
    return Sources(
        order=order,
        merchant=dynamo.resolve(merchant, found),
        location=dynamo.resolve(location, found),
        till=dynamo.resolve(till, found) if till else None,
        cashier=dynamo.resolve(cashier, found),
        customer=dynamo.resolve(customer, found) if customer else None,
        settings=dynamo.resolve(settings, found),
    )
