"""POST /v1/orders/{id}/lines"""

from orders import consenting, rules
from orders.editing import Edit, edit
from orders.models import NewLines, Order
from orders.reading import read_lines
from pos.http import Answer, Call, operation


@operation(permission="orders:write", body=NewLines, answer=Order, approvable=consenting.PRICING)
def handler(call: Call[NewLines, None]) -> Answer:
    """Add lines to an open order, after those that others add at the same moment."""
    return edit(call, "lines_added", lambda order: _grown(call, order))


def _grown(call: Call[NewLines, None], order: Order) -> Edit:
    rules.check_line_count(len(order.lines) + len(call.body.lines))
    reading = read_lines(call, call.body.lines, order.location_id)
    added = rules.new_lines(reading.sold, order.line_count)
    rules.tax_definitions(added, reading.taxes, order.taxes)  # here, so that a refusal's pointer is into the body
    first = len(order.lines)
    return Edit(
        {"lines": (*order.lines, *added), "line_count": order.line_count + len(added)},
        reading.taxes,
        reading.running,
        reading.policies,
        places={"/lines": "/lines"} | {f"/lines/{first + number}": f"/lines/{number}" for number in range(len(added))},
    )
