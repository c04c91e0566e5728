/**
 * What the ticket comes to. The API computes it, by the very function that will make the order, and money is taken for its
 * figures. Only when it cannot be reached they are the register's own (pricing.ts), which are the same or none.
 */
import { ask, type Order, Refused, Unreachable } from '../api';
import { serverNow } from '../shared/clock';
import { catalog } from './catalog.svelte';
import { type Figures, price } from './pricing';
import { covering, promoted, running, type Sold } from './promotions';
import { register } from './register.svelte';
import { ticket, unitPrice } from './ticket.svelte';

const RESTING_MS = 60;
/** How long a customer is kept waiting for the API's figures. */
const PATIENCE_MS = 6_000;

class Quote {
  /** What to show: the API's, or until they are here the register's own. */
  figures = $state.raw<Figures | null>(null);
  /** Whether money may be taken for the figures: they are the API's, or nobody can ask it. */
  settled = $state(false);
  /** The moment that the figures are of: what runs then are their promotions. */
  at = serverNow();
  /** What promotions take off, where the figures are the register's own. */
  promotions: { lines: number[]; order: number } | null = null;
  /** Whether the figures are the register's own because the API cannot be reached. */
  alone = $state(false);
  /** Why there are none; null while they are on their way. */
  error = $state.raw<unknown>(null);
  #asked = 0;
  #resting: ReturnType<typeof setTimeout> | undefined;

  /** Compute anew, as the ticket has changed. Scanning is quick: the API is asked when the hand rests. */
  refresh(): void {
    const asked = ++this.#asked;
    clearTimeout(this.#resting);
    this.#reckon();
    this.settled = false;
    this.error = null;
    if (!ticket.empty) this.#resting = setTimeout(() => void this.#confirm(asked), RESTING_MS);
  }

  /** Have the register's own figures, if it can tell them. */
  #reckon(): void {
    this.at = serverNow();
    const own = ticket.empty ? null : ownFigures(this.at);
    this.figures = own?.figures ?? null;
    this.promotions = own?.promotions ?? null;
  }

  /** Take the API's figures, unless the ticket has changed since this was asked. */
  async #confirm(asked: number): Promise<void> {
    const { device } = register;
    if (!device) return;
    try {
      const figures = await inTime(this.#ask(device.location_id, device.register_id));
      if (asked !== this.#asked) return;
      this.figures = figures;
      this.promotions = null;
      this.settled = true;
      this.alone = false;
    } catch (error) {
      if (asked !== this.#asked) return;
      const unreachable = error instanceof Unreachable || (error instanceof Refused && error.passes);
      this.error = error;
      this.alone = unreachable;
      if (unreachable) this.settled = this.figures !== null;
      else this.figures = null;
    }
  }

  async #ask(locationId: string, registerId: string): Promise<Figures> {
    const { id, ...body } = ticket.order(locationId, registerId);
    const order = await ask(register.asStaff.POST('/v1/orders/preview', { body }));
    return figuresOf(order);
  }
}

export function figuresOf(
  order: Pick<
    Order,
    'subtotal' | 'discount_total' | 'tax_total' | 'included_tax_total' | 'tip' | 'total' | 'cash_rounding' | 'cash_due'
  >,
): Figures {
  return {
    subtotal: order.subtotal,
    discount: order.discount_total,
    tax: order.tax_total - order.included_tax_total,
    tip: order.tip,
    total: order.total,
    cashDue: order.cash_due,
  };
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Unreachable(new Error('no figures in time'))), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The rules that hold here, as the device knows them. */
export function policy() {
  const merchant = catalog.reference?.merchant;
  return {
    rounding: merchant?.rounding_mode ?? ('half_up' as const),
    taxRounding: merchant?.tax_rounding ?? ('per_line' as const),
    cashRoundingStep: merchant?.cash_rounding_step ?? 0,
  };
}

function ownFigures(at: Date): { figures: Figures; promotions: Quote['promotions'] } | null {
  const { reference } = catalog;
  if (!reference) return null;
  const taxes = new Map(reference.taxes.map((tax) => [tax.id, tax]));
  const lines = ticket.lines.map((line) => ({
    price: unitPrice(line),
    quantity: line.quantity,
    amount: line.label?.amount ?? null,
    discounts: line.discount ? [line.discount] : [],
    taxes: catalog.taxIds(line.variantId).flatMap((id) => taxes.get(id) ?? []),
  }));
  const live = running(reference.promotions, reference.location.id, at, reference.location.time_zone);
  const covered = ticket.lines.map((line) => covering(live, soldBy(line.variantId), reference.categories));
  const given = ticket.discount ? [ticket.discount] : [];
  const after = promoted(lines, given, policy(), live, covered);
  const figures = price(after.lines, after.discounts, policy(), ticket.tip);
  return figures && { figures, promotions: live.length ? after.taken : null };
}

function soldBy(variantId: string): Sold | null {
  const product = catalog.item(variantId)?.product;
  return product ? { variantId, productId: product.id, categoryId: product.category_id ?? null } : null;
}

export const quote = new Quote();
