/**
 * What the register keeps on the device: who it is, the catalog, the ticket that is being written, and sales that are
 * not known to have arrived (the outbox). It survives a closed tab and an empty battery.
 *
 * A change to the stores raises VERSION and gets a step in `upgrade`; a step never touches the outbox but to carry it over.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Category, Location, Merchant, NewOrder, Pairing, Product, Promotion, Tax } from '../api';
import type { TicketLine } from './ticket.svelte';

const NAME = 'kasir';
const VERSION = 1;

/** All of the catalog but its products, and where the reading of those has got to. */
export interface Reference {
  merchant: Merchant;
  location: Location;
  categories: Category[];
  taxes: Tax[];
  promotions: Promotion[];
  /** The products that were changed up to this time are here; null until all have been read once. */
  readUntil: string | null;
}

/** A sale that was made here. `refusal` is why the API will not have it, which a person has to look at. */
export interface StoredSale {
  /** In the order in which they were made, which is that in which they go up. */
  position?: number;
  /** Whose token to send it by matters less than that it was theirs: shown with what is unsent. */
  staff: string;
  order: NewOrder & { id: string };
  total: number;
  madeAt: string;
  refusal: { code: string; detail: string; requestId: string | null } | null;
}

interface Schema extends DBSchema {
  /** One value under each of these names. */
  settings: { key: 'device' | 'reference' | 'ticket'; value: unknown };
  products: { key: string; value: Product };
  outbox: { key: number; value: StoredSale; indexes: { order: string } };
}

export type Database = IDBPDatabase<Schema>;

/** Open the database, made or brought up to date as needed. `onBlocking` hears that another tab waits to upgrade it. */
export function openDatabase(onBlocking: () => void = () => {}): Promise<Database> {
  return openDB<Schema>(NAME, VERSION, {
    upgrade(database, oldVersion) {
      if (oldVersion < 1) {
        database.createObjectStore('settings');
        database.createObjectStore('products', { keyPath: 'id' });
        const outbox = database.createObjectStore('outbox', { keyPath: 'position', autoIncrement: true });
        outbox.createIndex('order', 'order.id', { unique: true });
      }
    },
    blocking: onBlocking,
  });
}

interface Settings {
  device: Pairing;
  reference: Reference;
  ticket: TicketLine[];
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
