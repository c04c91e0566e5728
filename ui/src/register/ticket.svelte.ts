/**
 * The ticket that is being written. Each change is kept on the device at once, under the id that the order will have: a
 * closed tab loses nothing, and nothing is sold twice.
 */
import type { LineInput, ModifierInput, NewOrder, Order, OrderLine } from '../api';
import { newId } from '../shared/ids';
import { extend, ONE, parseQuantity, quantityText } from '../shared/quantity';
import type { Item } from './catalog.svelte';
import type { StoredSale } from './database';

/** A percentage or an amount off, by hand. */
export interface GivenDiscount {
  name: string;
  percent?: string;
  amount?: number;
}

export interface ChosenModifier {
  id: string;
  name: string;
  /** Of one. */
  price: number;
  /** How often for each unit of the line. */
  quantity: number;
}

export interface TicketLine {
  key: string;
  variantId: string;
  name: string;
  /** Of one, in minor units, as the catalog had it when the line was added: for showing. The API prices the order. */
  price: number;
  /** Another price than the catalog's, by hand. */
  override: number | null;
  /** In thousandths. */
  quantity: number;
  /** A scale's label: its barcode, and what it says that all of it costs, if it says that. */
  label: { barcode: string; amount: number | null } | null;
  modifiers: ChosenModifier[];
  discount: GivenDiscount | null;
  note: string;
  /** The line's id on the order that the API has already; null of a line that it does not know. */
  lineId: string | null;
}

/** Goods that come back for what is on the ticket: it is sold in exchange for them. */
export interface Returning {
  orderId: string;
  number: string;
  lines: { line_id: string; quantity: `${number}` }[];
  names: string[];
  /** What they are worth: it pays as much of the ticket. */
  credit: number;
  reason: string;
  restock: boolean;
}

export interface StoredTicket {
  id: string;
  lines: TicketLine[];
  name: string;
  note: string;
  customer: { id: string; name: string } | null;
  discount: GivenDiscount | null;
  tip: number;
  returning: Returning | null;
  /** The refused sale that this ticket mends: what was paid for it, by whom it was sold and when. */
  mending: StoredSale | null;
  /** The order that the API has of this ticket since it was parked: what was changed here is changed there before it is paid. */
  saved: Order | null;
}

export function emptyTicket(): StoredTicket {
  return {
    id: newId('ord'),
    lines: [],
    name: '',
    note: '',
    customer: null,
    discount: null,
    tip: 0,
    returning: null,
    mending: null,
    saved: null,
  };
}

/** What one of the line's quantity costs. */
export function unitPrice(line: TicketLine): number {
  return (line.override ?? line.price) + line.modifiers.reduce((sum, one) => sum + one.price * one.quantity, 0);
}

/** What the line comes to before taxes on top and what the order takes off. For showing: the API computes the order. */
export function lineAmount(line: TicketLine): number {
  return line.label?.amount ?? extend(unitPrice(line), line.quantity);
}

class Ticket {
  #now = $state<StoredTicket>(emptyTicket());
  #keep: (ticket: StoredTicket) => void = () => {};
  /** Whether it is as the device kept it: what the API has of it may be another by now. */
  restored = false;

  /** Go on with the ticket that the device has kept, and keep all from now on by `keep`. */
  restore(kept: Partial<StoredTicket> | undefined, keep: (ticket: StoredTicket) => void): void {
    this.#now = whole(kept);
    this.restored = true;
    this.#keep = keep;
  }

  get id(): string {
    return this.#now.id;
  }
  get lines(): TicketLine[] {
    return this.#now.lines;
  }
  get name(): string {
    return this.#now.name;
  }
  get note(): string {
    return this.#now.note;
  }
  get customer(): StoredTicket['customer'] {
    return this.#now.customer;
  }
  get discount(): GivenDiscount | null {
    return this.#now.discount;
  }
  get tip(): number {
    return this.#now.tip;
  }
  get returning(): Returning | null {
    return this.#now.returning;
  }
  get mending(): StoredSale | null {
    return this.#now.mending;
  }
  get saved(): Order | null {
    return this.#now.saved;
  }
  get empty(): boolean {
    return this.#now.lines.length === 0;
  }
  /** Whether nothing would be lost if another ticket took its place. */
  get free(): boolean {
    return this.empty && !this.#now.returning && !this.#now.mending;
  }

  /** Whether somebody gave something by hand, which may need a manager. */
  get given(): { discount: boolean; price: boolean } {
    const { lines, discount } = this.#now;
    return {
      discount: discount !== null || lines.some((line) => line.discount !== null),
      price: lines.some((line) => line.override !== null),
    };
  }

  /** Add one of it, or so much, to the line that it has already if that is like it. Answers the line's key. */
  add(item: Item, quantity: number = ONE, modifiers: ChosenModifier[] = []): string {
    const line = this.#now.lines.find((one) => one.variantId === item.variant.id && plain(one) && !modifiers.length);
    if (line && !item.measured) {
      line.quantity += quantity;
      this.#changed();
      return line.key;
    }
    return this.#push({ ...lineOf(item), quantity, modifiers });
  }

  /** Add what a scale's label says. */
  addLabel(item: Item, barcode: string, quantity: number, amount: number | null): void {
    this.#push({ ...lineOf(item), quantity, label: { barcode, amount } });
  }

  change(key: string, change: Partial<TicketLine>): void {
    for (const line of this.#now.lines) if (line.key === key) Object.assign(line, change);
    this.#changed();
  }

  /** Change how much there is of a line; 0 removes it. */
  setQuantity(key: string, thousandths: number): void {
    if (thousandths > 0) this.change(key, { quantity: thousandths });
    else {
      this.#now.lines = this.#now.lines.filter((line) => line.key !== key);
      this.#changed();
    }
  }

  changeTicket(change: Partial<Pick<StoredTicket, 'name' | 'note' | 'customer' | 'discount' | 'tip' | 'saved'>>): void {
    Object.assign(this.#now, change);
    this.#changed();
  }

  /** Begin another one, or go on with one that was parked. */
  take(next: Partial<StoredTicket> = {}): void {
    this.#now = whole(next);
    this.restored = false;
    this.#changed();
  }

  /** Show the ticket that the device has put in this one's place already. */
  follow(next: StoredTicket): void {
    this.#now = next;
  }

  snapshot(): StoredTicket {
    return $state.snapshot(this.#now) as StoredTicket;
  }

  /** The ticket as an order that is not paid. */
  order(locationId: string, registerId: string): NewOrder & { id: string } {
    const { id, lines, name, note, customer, discount, tip } = this.snapshot();
    return {
      id,
      location_id: locationId,
      register_id: registerId,
      ...(customer && { customer_id: customer.id }),
      ...(name && { name }),
      ...(note && { note }),
      ...(discount && { discounts: [discount] }),
      ...(tip && { tip }),
      lines: lines.map(lineInput),
    };
  }

  #push(line: TicketLine): string {
    this.#now.lines.push(line);
    this.#changed();
    return line.key;
  }

  #changed(): void {
    this.#keep(this.snapshot());
  }
}

/** A chosen modifier as the API takes it. */
export function modifierInput({ id, quantity }: ChosenModifier): ModifierInput {
  return quantity === 1 ? { id } : { id, quantity };
}

/** A line as the API takes it. */
export function lineInput(line: TicketLine): LineInput {
  const named = line.label?.barcode
    ? { barcode: line.label.barcode }
    : { variant_id: line.variantId, quantity: quantityText(line.quantity) };
  return {
    ...named,
    ...(line.override !== null && { price: line.override }),
    ...(line.modifiers.length > 0 && { modifiers: line.modifiers.map(modifierInput) }),
    ...(line.discount && { discounts: [line.discount] }),
    ...(line.note && { note: line.note }),
  };
}

/** The ticket of an order that the API has. */
export function ticketOf(order: Order, customerName: string = ''): StoredTicket {
  return {
    id: order.id,
    lines: order.lines.map(savedLine),
    name: order.name ?? '',
    note: order.note ?? '',
    customer: order.customer_id ? { id: order.customer_id, name: customerName } : null,
    discount: byHand(order.discounts),
    tip: order.tip,
    returning: null,
    mending: null,
    saved: order,
  };
}

function savedLine(line: OrderLine): TicketLine {
  return {
    key: line.id,
    lineId: line.id,
    variantId: line.variant_id ?? '',
    name: line.name,
    price: line.list_price ?? line.price,
    override: line.list_price == null ? null : line.price,
    quantity: parseQuantity(line.quantity) ?? ONE,
    label: line.amount == null ? null : { barcode: '', amount: line.amount },
    modifiers: (line.modifiers ?? []).flatMap(({ id, name, price, quantity }) =>
      id ? [{ id, name, price, quantity }] : [],
    ),
    discount: byHand(line.discounts ?? []),
    note: line.note ?? '',
  };
}

function byHand(discounts: Order['discounts']): GivenDiscount | null {
  const given = discounts.find((one) => !one.promotion_id);
  if (!given) return null;
  return { name: given.name, ...(given.percent != null ? { percent: given.percent } : { amount: given.amount ?? 0 }) };
}

function lineOf(item: Item): TicketLine {
  return {
    key: newId('lin'),
    variantId: item.variant.id,
    name: item.name,
    price: item.price,
    override: null,
    quantity: ONE,
    label: null,
    modifiers: [],
    discount: null,
    note: '',
    lineId: null,
  };
}

function plain(line: TicketLine): boolean {
  return !line.modifiers.length && !line.discount && !line.label && line.override === null && !line.note;
}

/** What an earlier version kept has not all the fields of today's. */
function whole(kept: Partial<StoredTicket> | undefined): StoredTicket {
  const ticket = { ...emptyTicket(), ...kept };
  const missing = { override: null, label: null, modifiers: [], discount: null, note: '', lineId: null };
  const lines = ticket.lines.map((line) => {
    const whole = { ...missing, ...line };
    return { ...whole, modifiers: whole.modifiers.map((one) => ({ ...one, quantity: one.quantity ?? 1 })) };
  });
  return { ...ticket, lines };
}

export const ticket = new Ticket();
