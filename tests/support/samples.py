"""The sample events in events/, made to fit a shop that exists."""

import json
from typing import Any

from tests.support.aws import ROOT
from tests.support.shop import Shop


def sample(service: str, operation: str, shop: Shop, **path_ids: str) -> dict[str, Any]:
    """The operation's sample event, as this shop would send it.

    The ids of the samples' merchant, location and register become the shop's, wherever they stand; so do the path
    parameters named in `path_ids` (`id="prd_…"`).
    """
    text = (ROOT / "events" / service / f"{operation}.json").read_text()
    parameters = json.loads(text).get("pathParameters", {})
    replaced = {"mer_sample": shop.merchant_id, "loc_sample": shop.location_id, "reg_sample": shop.register_id}
    for old, new in (replaced | {parameters[name]: id for name, id in path_ids.items()}).items():
        text = text.replace(old, new)
    event: dict[str, Any] = json.loads(text)
    return event
