"""An application's messages as records of ours, by expressions that its owner set up, without I/O (JMESPath)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import jmespath
from pydantic import TypeAdapter, ValidationError

from pos.errors import Invalid
from pos.model import Moment
from sync.connectors.interface import Refused, RemoteLine, RemoteOrder, RemoteProduct
from sync.connectors.models import Mapping as Rule
from webhooks import filters

type Json = dict[str, Any]

_FUNCTIONS = {"to_string": 1, "not_null": 2, "join": 2, "abs": 1}
_MOST = 1000
"""Records of one message."""
_PRODUCT = frozenset(
    {"external_id", "name", "deleted", "changed_at", "sku", "barcode", "price", "price_major", "track_stock"}
)
_VARIANT = frozenset({"external_id", "name", "sku", "barcode", "price", "price_major", "track_stock"})
_ORDER = frozenset(
    {"external_id", "number", "placed_at", "currency", "total", "total_major", "paid", "cancelled", "refunded"}
)
_LINE = frozenset(
    {"name", "sku", "quantity", "price", "price_major", "discount", "discount_major", "product_id", "variant_id"}
)
_NEEDS = {"product": ("external_id",), "order": ("external_id", "placed_at")}
_KNOWS = {"product": _PRODUCT, "order": _ORDER}
_moment = TypeAdapter[str](Moment)


def check(rules: Sequence[Rule]) -> None:
    """Refuse (422) mappings that name fields which there are not, or expressions that are none."""
    for number, rule in enumerate(rules):
        at = f"/connector/mappings/{number}"
        _check_names(rule.fields, _KNOWS[rule.to], f"{at}/fields")
        _check_names(rule.line_fields, _LINE, f"{at}/line_fields")
        _check_names(rule.variant_fields, _VARIANT, f"{at}/variant_fields")
        for name in _NEEDS[rule.to]:
            if name not in rule.fields:
                raise Invalid("mapping.incomplete", f"A mapping to {rule.to} needs {name}.", f"{at}/fields")
        if rule.to == "order" and rule.lines is None:
            raise Invalid("mapping.incomplete", "A mapping to order needs lines.", f"{at}/lines")
        for path, expression in _expressions(rule):
            problem = filters.problem(expression, _FUNCTIONS)
            if problem is not None:
                raise Invalid("mapping.expression_invalid", f"The expression {problem}.", at + path)


def mapped(rules: Sequence[Rule], message: Any, currency: str, digits: int) -> list[RemoteProduct | RemoteOrder]:
    """The records that a message comes to, by all mappings that are for it. `Refused` if none is, or does not fit."""
    found: list[RemoteProduct | RemoteOrder] = []
    fits = False
    for rule in rules:
        if not filters.passes(rule.when, message):
            continue
        fits = True
        entries = [message] if rule.each is None else _list(rule.each, message)
        for entry in entries:
            found.append(
                _product(rule, entry, digits) if rule.to == "product" else _order(rule, entry, currency, digits)
            )
    if not fits:
        raise Refused("message.unmapped", "No mapping is for this message.")
    return found


def _product(rule: Rule, entry: Any, digits: int) -> RemoteProduct:
    told = _values(rule.fields, entry)
    external_id, name = str(told.pop("external_id", "") or ""), str(told.get("name") or "")
    if not external_id:
        raise Refused("message.invalid", "The message has no external_id for the product.")
    own: Json = {key: told.pop(key) for key in ("sku", "barcode", "price", "price_major", "track_stock") if key in told}
    variants: list[Json] = []
    if rule.variants is not None:
        variants = [_values(rule.variant_fields, one) for one in _list(rule.variants, entry)]
    elif own:
        variants = [{"external_id": external_id, **own}]
    record: Json = {"external_id": external_id, **told}
    if variants:
        record["variants"] = [_variant(one, digits) for one in variants]
    return RemoteProduct(external_id, name, record)


def _variant(told: Json, digits: int) -> Json:
    price = _amount(told, "price", digits)
    rest = {name: value for name, value in told.items() if name not in ("price", "price_major")}
    for name in ("external_id", "sku", "barcode"):
        if rest.get(name) is not None:
            rest[name] = str(rest[name])
    return rest if price is None else {**rest, "price": price}


def _order(rule: Rule, entry: Any, currency: str, digits: int) -> RemoteOrder:
    told = _values(rule.fields, entry)
    lines = [_line(_values(rule.line_fields, one), digits) for one in _list(rule.lines or "", entry)]
    external_id = str(told.get("external_id") or "")
    if not external_id:
        raise Refused("message.invalid", "The message has no external_id for the order.")
    total = _amount(told, "total", digits)
    sum_of_lines = sum(int(one.price * one.quantity) - one.discount for one in lines)
    return RemoteOrder(
        external_id=external_id,
        number=str(told.get("number") or external_id),
        placed_at=_at(told.get("placed_at")),
        currency=str(told.get("currency") or currency).upper(),
        total=sum_of_lines if total is None else total,
        lines=lines,
        paid=bool(told.get("paid")),
        cancelled=bool(told.get("cancelled")),
        refunded=bool(told.get("refunded")),
    )


def _line(told: Json, digits: int) -> RemoteLine:
    quantity = _decimal(told.get("quantity", 1), "quantity")
    if quantity <= 0:
        raise Refused("message.invalid", "A line has no quantity above 0.")
    sku = told.get("sku")
    return RemoteLine(
        name=str(told.get("name") or sku or "?"),
        quantity=quantity,
        price=_amount(told, "price", digits) or 0,
        discount=_amount(told, "discount", digits) or 0,
        product_id=_text(told.get("product_id")),
        variant_id=_text(told.get("variant_id")),
        sku=_text(sku),
    )


def _amount(told: Json, name: str, digits: int) -> int | None:
    """An amount in minor units, given as such or (`…_major`) as the currency is written."""
    for field, scale in ((name, 0), (f"{name}_major", digits)):
        if told.get(field) is not None:
            amount = _decimal(told[field], field).scaleb(scale)
            if amount < 0 or amount != amount.to_integral_value():
                raise Refused("message.invalid", f"{field} is no whole number of the smallest unit, 0 or above.")
            return int(amount)
    return None


def _decimal(value: Any, field: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Refused("message.invalid", f"{field} is no number.") from None
    if not number.is_finite() or abs(number) > 10**15:
        raise Refused("message.invalid", f"{field} is no number that can be.")
    return number


def _at(value: Any) -> str:
    try:
        return _moment.validate_python(value)
    except ValidationError:
        raise Refused("message.invalid", "placed_at is no time with its offset from UTC.") from None


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _values(fields: Mapping[str, str], entry: Any) -> Json:
    """What each expression finds; what it does not find is not told."""
    found = {name: _search(expression, entry) for name, expression in fields.items()}
    return {name: value for name, value in found.items() if value is not None}


def _list(expression: str, entry: Any) -> list[Any]:
    found = _search(expression, entry)
    if not isinstance(found, list):
        raise Refused("message.invalid", f"{expression} finds no list in the message.")
    if len(found) > _MOST:
        raise Refused("message.invalid", f"{expression} finds more than {_MOST} records.")
    return found


def _search(expression: str, entry: Any) -> Any:
    try:
        return jmespath.compile(expression).search(entry)
    except (jmespath.exceptions.JMESPathError, RecursionError, TypeError, ValueError) as error:
        raise Refused("message.invalid", f"{expression} does not fit the message: {str(error)[:100]}") from error


def _expressions(rule: Rule) -> Iterator[tuple[str, str]]:
    for name in ("when", "each", "lines", "variants"):
        expression = getattr(rule, name)
        if expression is not None:
            yield f"/{name}", expression
    for group in ("fields", "line_fields", "variant_fields"):
        for name, expression in getattr(rule, group).items():
            yield f"/{group}/{name}", expression


def _check_names(fields: Mapping[str, str], known: frozenset[str], at: str) -> None:
    for name in fields:
        if name not in known:
            detail = f"There is no field {name} to map; there are {', '.join(sorted(known))}."
            raise Invalid("mapping.field_unknown", detail, f"{at}/{name}")


def parsed(body: bytes) -> Any:
    """A message's JSON. Numbers stay exact."""
    return json.loads(body, parse_float=str)
