/**
 * What the ticket comes to. The API computes it, by the very function that will make the order. Where that is a plain sum
 * (no promotion, no tax on top, no rounding to coins) the register does not wait for it: it adds up at once.
 */
import { ask, Unreachable } from '../api';
import { extend } from '../shared/quantity';
import { catalog } from './catalog.svelte';
import { register } from './register.svelte';
import { ticket } from './ticket.svelte';

const RESTING_MS = 60;

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
  #resting: ReturnType<typeof setTimeout> | undefined;

  /** Compute anew, as the ticket has changed. Scanning is quick: the API is asked when the hand rests. */
  refresh(): void {
    const asked = ++this.#asked;
    clearTimeout(this.#resting);
    this.figures = ticket.empty ? null : plainSum();
    this.error = null;
    if (!ticket.empty) this.#resting = setTimeout(() => void this.#confirm(asked), RESTING_MS);
  }

  /** Take the API's figures, unless the ticket has changed since this was asked. */
  async #confirm(asked: number): Promise<void> {
    const { device } = register;
    if (!device) return;
    try {
      const figures = await this.#ask(device.location_id, device.register_id);
      if (asked === this.#asked) this.figures = figures;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.error = error;
      if (!(error instanceof Unreachable)) this.figures = null;
    }
  }

  async #ask(locationId: string, registerId: string): Promise<Figures> {
    const { id, ...body } = ticket.order(locationId, registerId);
    const order = await ask(register.asStaff.POST('/v1/orders/preview', { body }));
    return {
      subtotal: order.subtotal,
      discount: order.discount_total,
      tax: order.tax_total - order.included_tax_total,
      total: order.total,
      cashDue: order.cash_due,
    };
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
