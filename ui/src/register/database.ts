/**
 * What the register keeps on the device: who it is, the catalog, the ticket that is being written, those that were parked
 * without a network, and sales that are not known to have arrived (the outbox). It survives a closed tab and an empty battery.
 *
 * A change to the stores raises VERSION and gets a step in `upgrade`; a step never touches the outbox but to carry it over.
 */
import { type DBSchema, type IDBPDatabase, type IDBPObjectStore, openDB } from 'idb';
import type { Category, Location, Merchant, NewOrder, Pairing, Product, Promotion, ScaleFormat, Tax } from '../api';
import { newId } from '../shared/ids';
import type { StoredTicket, TicketLine } from './ticket.svelte';

const NAME = 'kasir';
const VERSION = 2;

/** All of the catalog but its products, and where the reading of those has got to. */
export interface Reference {
  merchant: Merchant;
  location: Location;
  categories: Category[];
  taxes: Tax[];
  promotions: Promotion[];
  scales: ScaleFormat[];
  /** The products that were changed up to this time are here; null until all have been read once. */
  readUntil: string | null;
}

/** How far a reading of products has come that has not come to its end. */
export interface Reading {
  cursor: string;
  since: string | null;
  until: string | null;
}

/** Who sold, and by what they may be believed: the token of their session, while it lasts. */
export interface Seller {
  staffId: string;
  name: string;
  token: string | null;
  expiresAt: string;
}

/** Why the API will not have a sale. `approval` is what a manager would have to approve. */
export interface Refusal {
  code: string;
  detail: string;
  requestId: string | null;
  approval: { permission: string; entity_id: string; amount: number } | null;
}

/** A sale that was made here. `refusal` is why the API will not have it, which a person has to look at. */
export interface StoredSale {
  /** In the order in which they were made, which is that in which they go up. */
  position?: number;
  seller: Seller;
  order: NewOrder & { id: string };
  /** What the lines are called, for people. */
  names: string[];
  /** What one of each line cost by the catalog that the register had: what the customer was told. */
  prices?: (number | null)[];
  /** The ticket that it was, so that what is refused can be mended on it. */
  ticket?: StoredTicket;
  /** What promotions took off, where the register itself has reckoned that: the customer was told so. */
  promotions?: { lines: number[]; order: number };
  /** What the customer paid, and what that was for. */
  total: number;
  madeAt: string;
  refusal: Refusal | null;
}

/** A refused sale that a person decided not to record, and why: kept for whoever counts the drawer. */
export interface DiscardedSale {
  sale: StoredSale;
  reason: string;
  by: string;
  at: string;
}

interface Schema extends DBSchema {
  /** One value under each of these names. */
  settings: { key: keyof Settings; value: unknown };
  products: { key: string; value: Product };
  parked: { key: string; value: StoredTicket };
  outbox: { key: number; value: StoredSale; indexes: { order: string } };
  discarded: { key: number; value: DiscardedSale };
}

interface Settings {
  device: Pairing;
  reference: Reference;
  reading: Reading;
  ticket: StoredTicket;
}

export type Database = IDBPDatabase<Schema>;

/** Open the database, made or brought up to date as needed. `onBlocking` hears that another tab waits to upgrade it. */
export function openDatabase(onBlocking: () => void = () => {}): Promise<Database> {
  return openDB<Schema>(NAME, VERSION, {
    async upgrade(database, oldVersion, _new, transaction) {
      if (oldVersion < 1) {
        database.createObjectStore('settings');
        database.createObjectStore('products', { keyPath: 'id' });
        const outbox = database.createObjectStore('outbox', { keyPath: 'position', autoIncrement: true });
        outbox.createIndex('order', 'order.id', { unique: true });
      }
      if (oldVersion < 2) {
        database.createObjectStore('parked', { keyPath: 'id' });
        database.createObjectStore('discarded', { autoIncrement: true });
        if (oldVersion === 1) {
          const settings = transaction.objectStore('settings');
          const lines = (await settings.get('ticket')) as Partial<TicketLine>[] | undefined;
          await settings.put({ id: newId('ord'), lines: lines ?? [] }, 'ticket');
          const outbox = transaction.objectStore('outbox');
          for (const sale of (await outbox.getAll()) as (StoredSale & { staff?: string })[]) {
            const seller = { staffId: '', name: sale.staff ?? '', token: null, expiresAt: sale.madeAt };
            await outbox.put({ ...sale, seller, names: [] });
          }
        }
      }
    },
    blocking: onBlocking,
  });
}

export function readSetting<Name extends keyof Settings>(
  db: Database,
  name: Name,
): Promise<Settings[Name] | undefined> {
  return db.get('settings', name) as Promise<Settings[Name] | undefined>;
}

export async function writeSetting<Name extends keyof Settings>(
  db: Database,
  name: Name,
  value: Settings[Name],
): Promise<void> {
  await db.put('settings', value, name);
}

/** Keep the ticket as it is now, on the disk itself: an empty battery takes no line of it. */
export async function keepTicket(db: Database, ticket: StoredTicket): Promise<void> {
  const transaction = db.transaction('settings', 'readwrite', { durability: 'strict' });
  await Promise.all([transaction.store.put(ticket, 'ticket'), transaction.done]);
}

/**
 * Turn the ticket into a sale that is to be sent: both at once or neither, so that no crash leaves a ticket that was paid
 * already, to be rung up a second time. `next` is the ticket that takes its place.
 */
export function sell(db: Database, sale: StoredSale, next: StoredTicket): Promise<number> {
  return withTicket(db, next, (outbox) => outbox.add(sale));
}

/** Put a refused sale back on the ticket, out of the outbox. */
export function takeBack(db: Database, position: number, ticket: StoredTicket): Promise<void> {
  return withTicket(db, ticket, (outbox) => outbox.delete(position));
}

/** Put a sale that was being mended back into the outbox, and `next` in the place of its ticket. */
export async function restore(db: Database, sale: StoredSale, next: StoredTicket): Promise<void> {
  await withTicket(db, next, (outbox) => outbox.put(sale));
}

type Outbox = IDBPObjectStore<Schema, ['outbox', 'settings'], 'outbox', 'readwrite'>;

/** Change the outbox and the ticket, both at once or neither. */
async function withTicket<T>(db: Database, ticket: StoredTicket, change: (outbox: Outbox) => Promise<T>): Promise<T> {
  const transaction = db.transaction(['outbox', 'settings'], 'readwrite', { durability: 'strict' });
  const [changed] = await Promise.all([
    change(transaction.objectStore('outbox')),
    transaction.objectStore('settings').put(ticket, 'ticket'),
    transaction.done,
  ]);
  return changed;
}

/** Take a refused sale out of the outbox for good, keeping why. */
export async function discard(db: Database, position: number, discarded: DiscardedSale): Promise<void> {
  const transaction = db.transaction(['outbox', 'discarded'], 'readwrite', { durability: 'strict' });
  await Promise.all([
    transaction.objectStore('outbox').delete(position),
    transaction.objectStore('discarded').add(discarded),
    transaction.done,
  ]);
}
