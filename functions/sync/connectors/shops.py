"""The connector of each kind."""

from staff.models import Merchant
from sync.connectors.interface import Connector
from sync.connectors.medusa import Medusa
from sync.connectors.store import Connected
from sync.connectors.woocommerce import WooCommerce


def connect(connected: Connected, merchant: Merchant) -> Connector | None:
    """What a source is reached by; None for one that is not reached, but reaches us."""
    set_up, secrets = connected.connector, connected.secrets
    if set_up.kind == "medusa" and set_up.url and set_up.remote_location_id:
        return Medusa.connect(
            set_up.url, secrets["api_key"], set_up.remote_location_id, merchant.currency, merchant.minor_units
        )
    if set_up.kind == "woocommerce" and set_up.url:
        keys = secrets["consumer_key"], secrets["consumer_secret"]
        return WooCommerce.connect(set_up.url, *keys, merchant.currency, merchant.minor_units)
    if set_up.kind == "inbound":
        return None
    raise LookupError(f"no connector of the kind {set_up.kind}")
