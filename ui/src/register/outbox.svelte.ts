/**
 * Sales on their way to the API. A sale is written here before it is sent, and leaves when the API has answered: so it is
 * neither lost nor sold twice, for its id and its Idempotency-Key stay the same however often it is sent.
 *
 * It goes up as its seller's while that session holds, whoever is signed in by now. After that it goes up as whoever is
 * signed in, and its note says who sold.
 */
import type { Client } from 'openapi-fetch';
import { ask, connect, type Order, once, type paths, Refused, Unreachable } from '../api';
import { serverNow } from '../shared/clock';
import { newId } from '../shared/ids';
import { type Database, type DiscardedSale, discard, restore, type StoredSale, sell, takeBack } from './database';
import { type StoredTicket, ticket } from './ticket.svelte';

const RETRY_MS = 5_000;

export interface Signed {
  staffId: string;
  name: string;
  api: Client<paths, 'application/json'>;
}

class Outbox {
  /** Not known to have arrived, oldest first. */
  unsent = $state.raw<readonly StoredSale[]>([]);
  /** Whether the last attempt reached nobody. */
  unreachable = $state(false);
  #database: Database | null = null;
  #signed: Signed | null = null;
  #sending = false;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #arrived = new Map<string, (order: Order) => void>();
  #short: (order: Order) => void = () => {};

  get refused(): readonly StoredSale[] {
    return this.unsent.filter((sale) => sale.refusal);
  }

  /**
   * Read what is left from before, and send it. `short` hears of an order that costs more than the customer paid: its prices
   * were raised while the register had no network, and what is missing is due.
   */
  async open(database: Database, short: (order: Order) => void = () => {}): Promise<void> {
    this.#database = database;
    this.#short = short;
    this.unsent = await database.getAll('outbox');
    addEventListener('online', () => this.send());
    this.send();
  }

  /** Who is signed in from now on; null while nobody is. */
  use(signed: Signed | null): void {
    this.#signed = signed;
    this.send();
  }

  /**
   * Keep a sale and put `next` in the place of its ticket, at once; once this is done, it will not be lost. `arrived` hears
   * of the order that the API made of it.
   */
  async add(sale: StoredSale, next: StoredTicket, arrived: (order: Order) => void): Promise<void> {
    const position = await sell(this.#opened(), sale, next);
    this.#arrived.set(sale.order.id, arrived);
    this.unsent = [...this.unsent, { ...sale, position }];
    this.send();
  }

  /** Try a refused sale again, with what a person changed of it. */
  async retry(sale: StoredSale, change: Partial<StoredSale['order']> = {}): Promise<void> {
    await this.#put({ ...sale, order: { ...sale.order, ...change }, refusal: null });
    this.send();
  }

  /** Take a refused sale off, for a reason that is kept. */
  async discard(sale: StoredSale, reason: string, by: string): Promise<void> {
    const kept = { sale, reason, by, at: serverNow().toISOString() };
    await discard(this.#opened(), sale.position as number, kept);
    this.#gone(sale);
  }

  /** Put a refused sale back on the ticket, under an id of its own: what was refused stays refused. */
  async mend(sale: StoredSale): Promise<void> {
    if (!sale.ticket) throw new Error('an earlier version kept no ticket');
    const next = { ...sale.ticket, id: newId('ord'), mending: sale };
    await takeBack(this.#opened(), sale.position as number, next);
    this.#gone(sale);
    ticket.follow(next);
  }

  /** Put the sale that is being mended back among the refused ones, as it was; `next` is the ticket after it. */
  async putBack(next: StoredTicket): Promise<void> {
    const { mending } = ticket.snapshot();
    if (!mending) return;
    await restore(this.#opened(), mending, next);
    this.unsent = [...this.unsent, mending];
    ticket.follow(next);
  }

  /** Those that were not recorded, newest first. */
  async discarded(): Promise<DiscardedSale[]> {
    return (await this.#opened().getAll('discarded')).reverse();
  }

  /** A refused sale arrived after all, sent by a person with an approval. */
  async arrived(sale: StoredSale, order: Order): Promise<void> {
    await this.#opened().delete('outbox', sale.position as number);
    this.#gone(sale);
    if (order.amount_due > 0) this.#short(order);
    this.#arrived.get(sale.order.id)?.(order);
    this.#arrived.delete(sale.order.id);
  }

  /** Another tab sends from now on. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Send what is there, one after the other; harmless to call at any time. */
  send(): void {
    if (this.#sending || this.#stopped) return;
    this.#sending = true;
    void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      // What is added meanwhile is at the end of `unsent`, where this loop meets it.
      for (let sale = this.#next(); sale && !this.#stopped; sale = this.#next())
        if (!(await this.#sendOne(sale))) return;
    } finally {
      this.#sending = false;
    }
  }

  /** Whether to go on: the sale arrived, or never will. */
  async #sendOne(sale: StoredSale): Promise<boolean> {
    const own = ownToken(sale);
    if (!own && !this.#signed) return false;
    const late = !own && this.#signed?.staffId !== sale.seller.staffId;
    const api = own ? connect(() => own) : (this.#signed as Signed).api;
    try {
      await this.arrived(sale, await send(api, late ? soldBy(sale) : sale.order));
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      this.unreachable = error instanceof Unreachable;
      if (error instanceof Refused && error.status === 401 && own) {
        await this.#put({ ...sale, seller: { ...sale.seller, token: null } });
      } else if (error instanceof Refused && !error.passes && error.status !== 401) {
        const { code, detail, requestId, approval } = error;
        await this.#put({ ...sale, refusal: { code, detail, requestId, approval } });
      } else {
        this.#later(error);
        return false;
      }
    }
    this.unreachable = false;
    return true;
  }

  #next(): StoredSale | undefined {
    return this.unsent.find((sale) => !sale.refusal);
  }

  #later(error: Unreachable | Refused): void {
    const seconds = error instanceof Refused ? error.retryAfter : null;
    this.#timer = setTimeout(() => this.send(), seconds ? seconds * 1000 : RETRY_MS);
  }

  async #put(sale: StoredSale): Promise<void> {
    await this.#opened().put('outbox', sale);
    this.unsent = this.unsent.map((one) => (one.position === sale.position ? sale : one));
  }

  #gone(sale: StoredSale): void {
    this.unsent = this.unsent.filter((one) => one.position !== sale.position);
  }

  #opened(): Database {
    if (!this.#database) throw new Error('the outbox is not open');
    return this.#database;
  }
}

/** The token that the seller's session had, if it still holds. */
function ownToken({ seller }: StoredSale): string | null {
  return seller.token && Date.parse(seller.expiresAt) > serverNow().getTime() ? seller.token : null;
}

/** The sale as somebody else sends it. */
function soldBy({ order, seller }: StoredSale): StoredSale['order'] {
  if (!seller.name) return order;
  return { ...order, note: [order.note, `Sold by ${seller.name}`].filter(Boolean).join('\n') };
}

/**
 * Make the order of a sale. One that is there under its id is it, as it was sent before by another hand or without its
 * answer, if it is paid (or completed, where a customer paid too little): its id is this register's own, and is given to
 * nothing else.
 */
async function send(api: Client<paths, 'application/json'>, order: StoredSale['order']): Promise<Order> {
  try {
    return await ask(api.POST('/v1/orders', { body: order, params: { header: once(order.id) } }));
  } catch (error) {
    const known =
      error instanceof Refused && (error.code === 'order.already_exists' || error.code === 'idempotency.mismatch');
    if (!known) throw error;
    const there = await ask(api.GET('/v1/orders/{id}', { params: { path: { id: order.id } } }));
    if (there.status !== 'completed' && there.payment_status !== 'paid') throw error;
    return there;
  }
}

export const outbox = new Outbox();
