/** What goods are worth that come back, as the API reckons it (docs/money.md, "Refunds"): a share of what is left of each line. */
import type { Order } from '../api';
import { parseQuantity } from '../shared/quantity';
import { round } from './pricing';

type Line = Order['lines'][number];

/** How much of a line has not come back, in thousandths. */
export function leftOf(line: Line): number {
  return (parseQuantity(line.quantity) ?? 0) - (line.refunded ? (parseQuantity(line.refunded) ?? 0) : 0);
}

/** What these quantities (in thousandths) of an order's lines are worth, and no more than was paid for it. */
export function creditOf(order: Order, parts: Readonly<Record<string, number>>): number {
  const mode = order.policy.rounding_mode;
  const worth = order.lines.reduce((sum, line) => {
    const [part, whole] = [parts[line.id] ?? 0, leftOf(line)];
    return part > 0 ? sum + round(BigInt(lineLeft(order, line)) * BigInt(part), whole, mode) : sum;
  }, 0);
  return Math.min(worth, order.paid - (order.refunded ?? 0));
}

/** Whether that is all there is to it: a charge that is not taxed is in no line, and its share is the API's to tell. */
export function exchangeable(order: Order): boolean {
  return (
    order.status === 'completed' &&
    order.paid > (order.refunded ?? 0) &&
    !order.service_charges.some((one) => !one.taxable)
  );
}

function lineLeft(order: Order, line: Line): number {
  const gone = (order.refunds ?? []).flatMap((one) => one.lines ?? []).filter((one) => one.line_id === line.id);
  return line.total - gone.reduce((sum, one) => sum + one.total, 0);
}
