from datetime import UTC, datetime
from decimal import Decimal

from bench.groceries import Basket, Line
from bench.projection import postings_of, sale_of
from reports.sheets import EMPTY, sheet_after


def test_a_real_basket_becomes_what_the_projection_takes() -> None:
    line = Line(product_id=7, quantity=Decimal(2), price=300, discount=100, paid=500)
    basket = Basket(id=1, store_id=3, week=48, sold_at=datetime(2026, 11, 28, 10, tzinfo=UTC), lines=(line,))

    postings = list(postings_of(1, [sale_of(basket)], whole=True))
    [day] = [key for key in {posting.place.sheet for posting in postings} if key.book == "day"]
    sheet = sheet_after(EMPTY, [posting for posting in postings if posting.place.sheet == day], 1)

    assert sheet.rows["day"][""]["total"] == 500
    assert {posting.place.sheet.book for posting in postings} == {"day", "category", "product", "basket"}
