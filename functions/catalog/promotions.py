"""Rules of promotions, without I/O: which ones run at a place and moment, and what of the catalog they cover."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from catalog.models import Promotion, PromotionChange, PromotionTable, Sellable, Targets, Weekday
from pos.clock import timestamp
from pos.errors import DomainError, Invalid, NotFound

MAX_PROMOTIONS = 100
KINDS = ("percent_off", "buy_x_get_y", "order_over")
_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


def check(promotion: Promotion) -> None:
    """Refuse a promotion that is not of exactly one kind, or that never runs."""
    if sum(getattr(promotion, kind) is not None for kind in KINDS) != 1:
        raise Invalid("promotion.kind_invalid", f"Give exactly one of {', '.join(KINDS)}.", "")
    if promotion.starts_at and promotion.ends_at and promotion.starts_at >= promotion.ends_at:
        raise Invalid("promotion.period_invalid", "It ends before it begins.", "/ends_at")
    if (promotion.from_time is None) != (promotion.to_time is None):
        raise Invalid("promotion.hours_invalid", "Give both from_time and to_time, or neither.", "/to_time")
    if promotion.from_time is not None and promotion.from_time == promotion.to_time:
        raise Invalid("promotion.hours_invalid", "It ends when it begins; leave both out for all day.", "/to_time")


def changes(change: PromotionChange) -> dict[str, Any]:
    """The fields that change: of the three kinds, the one that is given takes the place of the one that there was."""
    given = {name: getattr(change, name) for name in change.model_fields_set}
    if any(given.get(kind) is not None for kind in KINDS):
        return dict.fromkeys(KINDS) | given
    return given


def find(table: PromotionTable, promotion_id: str) -> Promotion:
    """The promotion with this id; 404 if there is none."""
    for promotion in table.promotions:
        if promotion.id == promotion_id:
            return promotion
    raise NotFound("promotion", promotion_id)


def added(table: PromotionTable, promotion: Promotion) -> PromotionTable:
    """The table with one promotion more; 409 if a merchant has no more than it has."""
    if len(table.promotions) >= MAX_PROMOTIONS:
        raise DomainError("promotion.too_many", f"A merchant has at most {MAX_PROMOTIONS} promotions.")
    return PromotionTable(version=table.version + 1, promotions=(*table.promotions, promotion))


def replaced(table: PromotionTable, promotion: Promotion) -> PromotionTable:
    """The table with a promotion's new version in the place of the one before; a tombstone is not kept."""
    promotions = (promotion if one.id == promotion.id else one for one in table.promotions)
    kept = tuple(one for one in promotions if one.deleted_at is None)
    return PromotionTable(version=table.version + 1, promotions=kept)


def targets(promotion: Promotion) -> Targets:
    """What of the catalog the promotion names; nothing if it is for whole orders."""
    return promotion.percent_off or promotion.buy_x_get_y or Targets()


def named(promotion: Promotion) -> dict[str, list[tuple[str, str]]]:
    """What the promotion names by an id, of each kind: (JSON pointer, id)."""
    kind = "percent_off" if promotion.percent_off else "buy_x_get_y"
    of = targets(promotion)
    ids = {
        "location": ("/location_ids", promotion.location_ids),
        "category": (f"/{kind}/category_ids", of.category_ids),
        "product": (f"/{kind}/product_ids", of.product_ids),
        "variant": (f"/{kind}/variant_ids", of.variant_ids),
    }
    return {name: [(f"{at}/{i}", id) for i, id in enumerate(those)] for name, (at, those) in ids.items()}


def check_known(promotion: Promotion, known: Container[str]) -> None:
    """Refuse a promotion that names something which the merchant does not have."""
    for name, those in named(promotion).items():
        for pointer, id in those:
            if id not in known:
                raise Invalid(f"{name}.unknown", f"There is no {name} {id}.", pointer)


def running(promotions: Iterable[Promotion], location_id: str, at: datetime, time_zone: str) -> list[Promotion]:
    """Those that run at this location, which is in this time zone, at this moment."""
    local = at.astimezone(ZoneInfo(time_zone))
    return [
        one
        for one in promotions
        if one.active
        and (not one.location_ids or location_id in one.location_ids)
        and (one.starts_at or "") <= timestamp(at) < (one.ends_at or "~")
        and _in_hours(one, local)
    ]


def covering(promotions: Sequence[Promotion], sold: Sellable | None, parents: Mapping[str, str | None]) -> list[str]:
    """The ids of the promotions for single lines that cover what a line sells; none covers what is not in the catalog
    (None). `parents` are those of each category.
    """
    if sold is None:
        return []
    path = list(_path(sold.category_id, parents))
    return [one.id for one in promotions if one.order_over is None and _covers(targets(one), sold, path)]


def _covers(named: Targets, sold: Sellable, path: Sequence[str]) -> bool:
    return (
        not (named.category_ids or named.product_ids or named.variant_ids)
        or sold.variant_id in named.variant_ids
        or sold.product_id in named.product_ids
        or not set(path).isdisjoint(named.category_ids)
    )


def _path(category_id: str | None, parents: Mapping[str, str | None]) -> Iterable[str]:
    """A category and what it is inside of, up to the top."""
    while category_id is not None:
        yield category_id
        category_id = parents.get(category_id)


def _in_hours(promotion: Promotion, local: datetime) -> bool:
    began, begins, ends = local, promotion.from_time or "", promotion.to_time or "~"
    time = local.strftime("%H:%M")
    if begins < ends:
        within = begins <= time < ends
    else:
        within = time >= begins or time < ends
        if time < ends:
            began -= timedelta(days=1)
    return within and (not promotion.weekdays or _WEEKDAYS[began.weekday()] in promotion.weekdays)
