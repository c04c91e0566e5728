"""list_sources"""

from sync import create_source, list_sources
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send


def test_sources_are_listed_by_name(shop: Shop) -> None:
    for name in ("web", "erp", "shop"):
        shop.call(create_source.handler, {"source": name})
    Shop.open().call(create_source.handler, {"source": "other"})

    assert [one["id"] for one in all_pages(shop, list_sources.handler, 2)] == ["src_erp", "src_shop", "src_web"]
    assert len(send(list_sources.handler, sample("sync", "list_sources", shop)).json["items"]) == 3
    assert_needs("sync:read", shop, list_sources.handler)
