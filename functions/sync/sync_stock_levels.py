"""POST /v1/sync/stock_levels"""

from pos.http import Answer, Call, operation
from sync import stock, telling
from sync.models import StockLevelsSync, SyncReport


@operation(permission="sync:write", body=StockLevelsSync, answer=SyncReport, repeatable=True, largest_body=5_000_000)
def handler(call: Call[StockLevelsSync, None]) -> Answer:
    """Bring stock up to date with what a source counts; each record is answered for itself.

    What the source's quantity changed by since it last told is moved here too, so that what was sold here in between is
    kept. If the source owns stock, the level becomes what it counts.
    """
    return Answer(200, telling.tell(call, call.body, stock.TELLER).json_bytes())
