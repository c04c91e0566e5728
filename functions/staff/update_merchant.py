"""PATCH /v1/merchant"""

from pos import dynamo
from pos.http import Answer, Call, operation
from pos.money import minor_units
from staff import store
from staff.models import Merchant, MerchantChange


@operation(permission="merchant:write", body=MerchantChange, answer=Merchant)
def handler(call: Call[MerchantChange, None]) -> Answer:
    """Change settings; what is left out stays. A new currency brings its own minor units unless they are named too.

    Orders keep the policy that they were made under.
    """
    merchant = dynamo.get(store.merchant_ref(call.merchant_id))
    call.expect(merchant.version)
    changes = {name: getattr(call.body, name) for name in call.body.model_fields_set}
    if "currency" in changes:
        changes.setdefault("minor_units", minor_units(changes["currency"]))
    return store.save_merchant(call, merchant, merchant.changed(call.now, **changes))
