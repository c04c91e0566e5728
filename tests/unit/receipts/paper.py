"""What the tests of receipts do again and again: sell something worth a receipt, and read what a printer prints."""

import base64
import re
from typing import Any

from receipts import create_receipt_print, get_receipt, update_receipt_settings
from tests.support.shop import Reply, Shop
from tests.unit.orders.till import Till, custom

# The commands that our printer bytes may have, as Epson's reference spells them.
_COMMANDS = re.compile(rb"\x1b@|\x1bt.|\x1c&|\x1bE[\x00\x01]|\x1d!.|\x1bd.|\x1dV.|\x1bp.{3}", re.DOTALL)


def meal(till: Till, **fields: Any) -> Any:
    """A table's order with every figure that an order can have, sold at the shop's register; the order."""
    ppn, pbjt = till.tax("11", included=True, name="PPN"), till.tax("10", name="PBJT")
    egg = {"name": "Telur", "price": 5_000, "quantity": 2}
    promo = {"name": "Promo", "percent": "10"}
    body: dict[str, Any] = {
        "name": "Meja 7",
        "note": "Ulang tahun",
        "register_id": till.shop.register_id,
        "discounts": [{"name": "Member", "percent": "5"}],
        "service_charges": [{"name": "Service", "percent": "5", "taxable": True}],
        "tip": 2_000,
        "complete": True,
        **fields,
    }
    made = till.sell(
        custom(15_000, "2", tax_ids=(ppn,)),
        custom(35_500, tax_ids=(pbjt,), modifiers=[egg], discounts=[promo], note="tidak pedas"),
        custom(12_500, "1.25"),
        **body,
    )
    assert made.status == 201, made.text
    return made.json


def receipt(shop: Shop, order_id: str, **query: str) -> Reply:
    """The order's receipt."""
    return shop.call(get_receipt.handler, id=order_id, query=query)


def print_(shop: Shop, order_id: str, **request: Any) -> Reply:
    """Print the order's receipt."""
    headers = request.pop("headers", None)
    return shop.call(create_receipt_print.handler, request, id=order_id, headers=headers)


def settings(shop: Shop, **fields: Any) -> None:
    """Let the shop's receipts look so."""
    assert shop.call(update_receipt_settings.handler, fields).status == 200


def printed_lines(document: bytes, encoding: str = "cp1252") -> list[str]:
    """The lines on paper: printer bytes without their commands, of which there are no unknown ones."""
    text = _COMMANDS.sub(b"", document)
    assert not re.search(rb"[\x00-\x09\x0b-\x1f]", text), text
    return text.decode(encoding).splitlines()


def paper(reply: Reply) -> list[str]:
    """The lines that a printer prints of this answer."""
    assert reply.status in (200, 201), reply.text
    content = reply.json["content"] if reply.headers["content-type"] == "application/json" else reply.text
    return printed_lines(base64.b64decode(content))
