/** Tickets that the API has: parked ones, which any register may go on with, and what is paid piece by piece. */
import {
  ask,
  type NewOrder,
  type NewPayment,
  type Order,
  once,
  onceIfUnchanged,
  pages,
  Refused,
  Unreachable,
} from '../api';
import { quantityText } from '../shared/quantity';
import { approved } from './approvals.svelte';
import { register } from './register.svelte';
import { lineInput, modifierInput, type StoredTicket, type TicketLine, ticket, ticketOf } from './ticket.svelte';

/** Somebody else has changed the ticket meanwhile: it is shown as it is now. */
export class ChangedElsewhere extends Error {}

/** Have the ticket as it is here on the API. Answers its order. Throws what `ask` throws, or ChangedElsewhere. */
export async function save(): Promise<Order> {
  const { device } = register;
  if (!device) throw new Error('this device is not paired');
  const { saved } = ticket;
  const order = saved ? await update(saved) : await create(device.location_id, device.register_id);
  ticket.take(ticketOf(order, ticket.customer?.name));
  return order;
}

async function create(locationId: string, registerId: string): Promise<Order> {
  const body = ticket.order(locationId, registerId);
  const send = (header: object) =>
    ask(register.asStaff.POST('/v1/orders', { body, params: { header: { ...once(body.id), ...header } } }));
  return approved(send);
}

/** Bring the differences to the API, one after the other, each on condition that nobody else changed the order. */
async function update(saved: Order): Promise<Order> {
  const now = ticket.snapshot();
  const before = ticketOf(saved);
  let order = saved;
  try {
    for (const change of changes(before, now)) {
      order = await change(order);
      ticket.changeTicket({ saved: order });
    }
    return order;
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 412) throw error;
    await reload();
    throw new ChangedElsewhere();
  }
}

/** Show the ticket as the API has it now, with the lines of this register that it does not know yet. */
export async function reload(): Promise<void> {
  const { id } = ticket;
  const order = await ask(register.asStaff.GET('/v1/orders/{id}', { params: { path: { id } } }));
  const now = ticket.snapshot(); // with what was scanned meanwhile
  if (now.id !== id) return;
  const fresh = ticketOf(order, now.customer?.name);
  ticket.take({ ...fresh, lines: [...fresh.lines, ...now.lines.filter((line) => line.lineId === null)] });
}

/** Whether the ticket differs from what the API has of it. */
export function unsaved(): boolean {
  return ticket.saved === null || changes(ticketOf(ticket.saved), ticket.snapshot()).length > 0;
}

type Change = (order: Order) => Promise<Order>;

function changes(before: StoredTicket, now: StoredTicket): Change[] {
  const all: Change[] = [];
  const body = {
    ...(now.name !== before.name && { name: now.name || null }),
    ...(now.note !== before.note && { note: now.note || null }),
    ...(now.customer?.id !== before.customer?.id && { customer_id: now.customer?.id ?? null }),
    ...(!same(now.discount, before.discount) && { discounts: now.discount ? [now.discount] : [] }),
    ...(now.tip !== before.tip && { tip: now.tip }),
  };
  const added = now.lines.filter((line) => line.lineId === null);
  if (added.length) all.push((order) => addLines(order, added));
  for (const line of now.lines) {
    const was = before.lines.find((one) => one.lineId === line.lineId);
    const change = was && lineChange(was, line);
    if (was?.lineId && change && Object.keys(change).length) {
      all.push((order) => changeLine(order, was.lineId as string, change));
    }
  }
  const kept = new Set(now.lines.map((line) => line.lineId));
  for (const { lineId } of before.lines) {
    if (lineId && !kept.has(lineId)) all.push((order) => removeLine(order, lineId));
  }
  if (Object.keys(body).length) all.push((order) => changeOrder(order, body));
  return all;
}

function lineChange(was: TicketLine, now: TicketLine) {
  return {
    ...(now.quantity !== was.quantity && { quantity: quantityText(now.quantity) }),
    ...(now.override !== was.override && { price: now.override ?? now.price }),
    ...(!same(now.modifiers, was.modifiers) && { modifiers: now.modifiers.map(modifierInput) }),
    ...(!same(now.discount, was.discount) && { discounts: now.discount ? [now.discount] : [] }),
    ...(now.note !== was.note && { note: now.note || null }),
  };
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function addLines({ id, version }: Order, lines: TicketLine[]): Promise<Order> {
  const header = onceIfUnchanged(version);
  const body = { lines: lines.map(lineInput) };
  return approved((approval) =>
    ask(
      register.asStaff.POST('/v1/orders/{id}/lines', {
        body,
        params: { path: { id }, header: { ...header, ...approval } },
      }),
    ),
  );
}

function changeLine({ id, version }: Order, line_id: string, body: ReturnType<typeof lineChange>): Promise<Order> {
  const header = onceIfUnchanged(version);
  return approved((approval) =>
    ask(
      register.asStaff.PATCH('/v1/orders/{id}/lines/{line_id}', {
        body,
        params: { path: { id, line_id }, header: { ...header, ...approval } },
      }),
    ),
  );
}

function removeLine({ id, version }: Order, line_id: string): Promise<Order> {
  const header = onceIfUnchanged(version);
  return approved((approval) =>
    ask(
      register.asStaff.DELETE('/v1/orders/{id}/lines/{line_id}', {
        params: { path: { id, line_id }, header: { ...header, ...approval } },
      }),
    ),
  );
}

function changeOrder({ id, version }: Order, body: object): Promise<Order> {
  const header = onceIfUnchanged(version);
  return approved((approval) =>
    ask(
      register.asStaff.PATCH('/v1/orders/{id}', {
        body,
        params: { path: { id }, header: { ...header, ...approval } },
      }),
    ),
  );
}

/** Put the ticket aside. Without a network it waits on this device. Answers where it is. */
export async function park(): Promise<'api' | 'device'> {
  try {
    await save();
    ticket.take();
    return 'api';
  } catch (error) {
    if (!(error instanceof Unreachable) || ticket.saved) throw error;
    await register.database.put('parked', ticket.snapshot());
    ticket.take();
    return 'device';
  }
}

/** Tickets that wait on this device alone. */
export function parkedHere(): Promise<StoredTicket[]> {
  return register.database.getAll('parked');
}

/** Go on with a ticket of this device; with the API's, if that has got it after all. */
export async function recallHere(parked: StoredTicket): Promise<void> {
  ticket.take(parked);
  await register.database.delete('parked', parked.id);
}

/** Open orders, newest first. */
export async function openOrders(): Promise<Order[]> {
  const all: Order[] = [];
  const read = (cursor: string | undefined) =>
    ask(
      register.asStaff.GET('/v1/orders', {
        params: { query: { active: true, limit: 100, ...(cursor ? { cursor } : {}) } },
      }),
    );
  for await (const page of pages(read)) all.push(...page);
  return all;
}

/** Go on with an order that the API has. */
export async function recall(id: string): Promise<void> {
  const order = await ask(register.asStaff.GET('/v1/orders/{id}', { params: { path: { id } } }));
  ticket.take(ticketOf(order));
  await register.database.delete('parked', id);
}

/** Pay of an order that the API has. `key` stays the same when it is tried again. */
export async function pay(order: Order, payment: NewPayment, key: string): Promise<Order> {
  const paid = await ask(
    register.asStaff.POST('/v1/orders/{id}/payments', {
      body: payment,
      params: { path: { id: order.id }, header: once(key) },
    }),
  );
  ticket.changeTicket({ saved: paid });
  return paid;
}

/**
 * Sell the ticket for the goods that come back, in one: the new order. `sale` has the payments for what those do not pay.
 * An order that is there under its id by now is it: its answer was lost.
 */
export async function exchange(sale: NewOrder & { id: string }): Promise<Order> {
  const { returning } = ticket;
  if (!returning) throw new Error('nothing comes back');
  const { orderId, lines, reason, restock } = returning;
  const key = once();
  try {
    return await approved((approval) =>
      ask(
        register.asStaff.POST('/v1/orders/{id}/exchange', {
          body: { reason, restock, lines, order: sale },
          params: { path: { id: orderId }, header: { ...key, ...approval } },
        }),
      ),
    );
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const there = ask(register.asStaff.GET('/v1/orders/{id}', { params: { path: { id: sale.id } } }));
    return there.catch(() => Promise.reject(error));
  }
}

/** Have the API's order at its end: what was made of it is handed out. */
export function complete(order: Order): Promise<Order> {
  return ask(
    register.asStaff.POST('/v1/orders/{id}/status', {
      body: { status: 'completed' },
      params: { path: { id: order.id }, header: onceIfUnchanged(order.version) },
    }),
  );
}

/** The cashier has seen the money of a payment that was asked for. */
export async function capture(order: Order, paymentId: string): Promise<Order> {
  const paid = await ask(
    register.asStaff.POST('/v1/orders/{id}/payments/{payment_id}/capture', {
      body: {},
      params: { path: { id: order.id, payment_id: paymentId }, header: once(`capture-${paymentId}`) },
    }),
  );
  ticket.changeTicket({ saved: paid });
  return paid;
}

/** Take back a payment that was not made. */
export async function voidPayment(order: Order, paymentId: string, reason: string): Promise<Order> {
  const key = once();
  const left = await approved((approval) =>
    ask(
      register.asStaff.POST('/v1/orders/{id}/payments/{payment_id}/void', {
        body: { reason },
        params: { path: { id: order.id, payment_id: paymentId }, header: { ...key, ...approval } },
      }),
    ),
  );
  ticket.changeTicket({ saved: left });
  return left;
}

/** Part the ticket: these quantities go on a new order, which becomes the ticket; the rest stays open. */
export async function split(parts: { line_id: string; quantity: `${number}` }[]): Promise<void> {
  const order = await save();
  const made = await ask(
    register.asStaff.POST('/v1/orders/{id}/split', {
      body: { lines: parts },
      params: { path: { id: order.id }, header: once() },
    }),
  );
  ticket.take(ticketOf(made));
}
