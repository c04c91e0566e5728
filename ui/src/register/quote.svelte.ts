/**
 * What the ticket comes to. The API computes it, by the very function that will make the order; where it cannot be asked,
 * the register does where that is a plain sum: no promotion, and no tax on top.
 */
import { ask, Unreachable } from '../api';
import { extend } from '../shared/quantity';
import { catalog } from './catalog.svelte';
import { register } from './register.svelte';
import { ticket } from './ticket.svelte';

export interface Figures {
  subtotal: number;
  discount: number;
  /** Tax on top of the prices; what is included in them is not shown here. */
  tax: number;
  total: number;
  /** What is asked for in cash: the total in coins that there are. */
  cashDue: number;
}

class Quote {
  figures = $state.raw<Figures | null>(null);
  /** Why there are none; null while they are on their way. */
  error = $state.raw<unknown>(null);
  #asked = 0;

  /** Compute anew; what an earlier question answers later than this one is dropped. */
  async refresh(): Promise<void> {
    const asked = ++this.#asked;
    const { device } = register;
    this.figures = null;
    this.error = null;
    if (!device || ticket.empty) return;
    const [figures, error] = await this.#ask(device.location_id, device.register_id);
    if (asked !== this.#asked) return;
    this.figures = figures;
    this.error = error;
  }

  async #ask(locationId: string, registerId: string): Promise<[Figures | null, unknown]> {
    try {
      const { id, ...body } = ticket.order(locationId, registerId);
      const order = await ask(register.asStaff.POST('/v1/orders/preview', { body }));
      return [
        {
          subtotal: order.subtotal,
          discount: order.discount_total,
          tax: order.tax_total - order.included_tax_total,
          total: order.total,
          cashDue: order.cash_due,
        },
        null,
      ];
    } catch (error) {
      return [error instanceof Unreachable ? plainSum() : null, error];
    }
  }
}

/** The figures of a ticket that is a plain sum; null if it is not. */
function plainSum(): Figures | null {
  const { reference } = catalog;
  const onTop = new Set(reference?.taxes.filter((tax) => !tax.included).map((tax) => tax.id));
  const taxed = ticket.lines.some((line) => catalog.taxIds(line.variantId).some((id) => onTop.has(id)));
  if (
    !reference ||
    taxed ||
    reference.promotions.some((one) => one.active) ||
    reference.merchant.cash_rounding_step > 1
  ) {
    return null;
  }
  const total = ticket.lines.reduce((sum, line) => sum + extend(line.price, line.quantity), 0);
  return { subtotal: total, discount: 0, tax: 0, total, cashDue: total };
}

export const quote = new Quote();
