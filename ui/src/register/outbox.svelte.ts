/**
 * Sales on their way to the API. A sale is written here before it is sent, and leaves when the API has answered: so it is
 * neither lost nor sold twice, for its id and its Idempotency-Key stay the same however often it is sent.
 */
import type { Client } from 'openapi-fetch';
import { ask, type Order, once, type paths, Refused, Unreachable } from '../api';
import type { Database, StoredSale } from './database';

const RETRY_MS = 5_000;

class Outbox {
  /** Not known to have arrived, oldest first. */
  unsent = $state.raw<readonly StoredSale[]>([]);
  #database: Database | null = null;
  #api: Client<paths, 'application/json'> | null = null;
  #sending = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #arrived = new Map<string, (order: Order) => void>();

  get refused(): readonly StoredSale[] {
    return this.unsent.filter((sale) => sale.refusal);
  }

  /** Read what is left from before. */
  async open(database: Database): Promise<void> {
    this.#database = database;
    this.unsent = await database.getAll('outbox');
    addEventListener('online', () => this.send());
  }

  /** Send by this client from now on; null while nobody is signed in. */
  use(api: Client<paths, 'application/json'> | null): void {
    this.#api = api;
    this.send();
  }

  /** Keep a sale; once this is done, it will not be lost. `arrived` hears of the order that the API made of it. */
  async add(sale: StoredSale, arrived: (order: Order) => void): Promise<void> {
    if (!this.#database) throw new Error('the outbox is not open');
    const position = await this.#database.add('outbox', sale);
    this.#arrived.set(sale.order.id, arrived);
    this.unsent = [...this.unsent, { ...sale, position }];
    this.send();
  }

  /** Send what is there, one after the other; harmless to call at any time. */
  send(): void {
    if (this.#sending) return;
    this.#sending = true;
    void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      // What is added meanwhile is at the end of `unsent`, where this loop meets it.
      for (let sale = this.#next(); sale && this.#api; sale = this.#next()) {
        if (!(await this.#sendOne(sale, this.#api))) return;
      }
    } finally {
      this.#sending = false;
    }
  }

  /** Whether to go on: the sale arrived, or never will. */
  async #sendOne(sale: StoredSale, api: Client<paths, 'application/json'>): Promise<boolean> {
    try {
      const order = await ask(api.POST('/v1/orders', { body: sale.order, params: { header: once(sale.order.id) } }));
      await this.#forget(sale);
      this.#arrived.get(sale.order.id)?.(order);
      this.#arrived.delete(sale.order.id);
      return true;
    } catch (error) {
      if (error instanceof Refused && !error.passes && error.status !== 401) {
        await this.#refuse(sale, error);
        return true;
      }
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      this.#later(error);
      return false;
    }
  }

  #next(): StoredSale | undefined {
    return this.unsent.find((sale) => !sale.refusal);
  }

  #later(error: Unreachable | Refused): void {
    const seconds = error instanceof Refused ? error.retryAfter : null;
    this.#timer = setTimeout(() => this.send(), seconds ? seconds * 1000 : RETRY_MS);
  }

  async #forget(sale: StoredSale): Promise<void> {
    if (sale.position !== undefined) await this.#database?.delete('outbox', sale.position);
    this.unsent = this.unsent.filter((one) => one.position !== sale.position);
  }

  async #refuse(sale: StoredSale, { code, detail, requestId }: Refused): Promise<void> {
    const refused = { ...sale, refusal: { code, detail, requestId } };
    await this.#database?.put('outbox', refused);
    this.unsent = this.unsent.map((one) => (one.position === sale.position ? refused : one));
  }
}

export const outbox = new Outbox();
