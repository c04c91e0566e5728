"""What the tests of shifts do again and again at a register."""

from dataclasses import dataclass
from typing import Any

from orders import close_shift
from shifts import create_cash_movement, get_shift, get_shift_report, list_shift_entries, list_shifts, open_shift
from staff import create_register
from tests.support.contract import all_pages
from tests.support.shop import Reply, Shop
from tests.unit.orders.till import Till, custom

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counter:
    """A register of a shop, and the drawer under it."""

    shop: Shop
    register: str | None = None

    @property
    def register_id(self) -> str:
        """The register's id: the shop's first one unless another was named."""
        return self.register or self.shop.register_id

    def beside(self, code: str) -> "Counter":
        """Another register of the same shop."""
        body = {"name": code, "location_id": self.shop.location_id, "code": code}
        return Counter(self.shop, self.shop.call(create_register.handler, body).json["id"])

    def open(self, opening_float: int = 0, **request: Any) -> Reply:
        """Open a shift."""
        return self.shop.call(open_shift.handler, self.opening(opening_float), **request)

    def opening(self, opening_float: int = 0) -> Json:
        """The body that opens a shift."""
        return {"register_id": self.register_id, "opening_float": {"total": opening_float}}

    def opened(self, opening_float: int = 0) -> str:
        """The id of a shift that is open from now on."""
        made = self.open(opening_float)
        assert made.status == 201, made.text
        return str(made.json["id"])

    def shift(self, opening_float: int) -> Json:
        """Open a shift; what the API answers."""
        return self.get(self.opened(opening_float))

    def take_cash(self, price: int) -> None:
        """Sell one thing of this price for cash."""
        assert self.sell(price).status == 201

    def count(self, shift: Json, counted: int) -> Json:
        """Close a shift by what was counted; what the API answers."""
        closed: Json = self.close(shift["id"], counted).json
        return closed

    def move(self, shift_id: str, type: str, amount: int, **request: Any) -> Reply:
        """Put cash into the drawer, or take it out."""
        body = {"type": type, "amount": amount, "reason": "Change from the bank"}
        return self.shop.call(create_cash_movement.handler, body, id=shift_id, **request)

    def close(self, shift_id: str, counted: int = 0, **request: Any) -> Reply:
        """Count the drawer and close the shift."""
        return self.shop.call(close_shift.handler, {"counted": {"total": counted}}, id=shift_id, **request)

    def get(self, shift_id: str) -> Json:
        """The shift as the API tells of it."""
        shift: Json = self.shop.call(get_shift.handler, id=shift_id).json
        return shift

    def report(self, shift_id: str) -> Json:
        """Its X or Z report."""
        report: Json = self.shop.call(get_shift_report.handler, id=shift_id).json
        return report

    def expected(self, shift_id: str) -> int:
        """What should be in the drawer."""
        expected: int = self.report(shift_id)["cash"]["expected"]
        return expected

    def entries(self, shift_id: str) -> list[Json]:
        """The newest entries of its ledger, newest first."""
        reply = self.shop.call(list_shift_entries.handler, id=shift_id, query={"limit": "200"})
        entries: list[Json] = reply.json["items"]
        return entries

    def shifts(self, **query: str) -> list[Json]:
        """Shifts as the API lists them."""
        return all_pages(self.shop, list_shifts.handler, 50, **query)

    def sell(self, price: int = 10_000, method: str = "cash", **fields: Any) -> Reply:
        """Sell something of this price at this register, paid whole."""
        paid = {"payments": [{"method": method, "amount": price}], "complete": True, **fields}
        return Till(self.shop).sell(custom(price), register_id=self.register_id, **paid)
