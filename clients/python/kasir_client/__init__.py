"""Kasir's API in Python: a method for every operation, typed as the API describes it.

    kasir = Kasir("https://….execute-api.….amazonaws.com", key)
    order = kasir.create_order({"location_id": "loc_…", "lines": [{"sku": "TEH", "quantity": "2"}]})

`kasir_client.operations` is made from the API's description (clients/python/generate.py).
"""

from kasir_client.operations import Kasir
from kasir_client.transport import Pages, Problem, verified

__all__ = ["Kasir", "Pages", "Problem", "verified"]
