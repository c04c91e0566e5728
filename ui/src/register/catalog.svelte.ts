/** The catalog as the device has it: read from IndexedDB at once, and brought up to date from the API behind that. */
import type { Client } from 'openapi-fetch';
import { ask, type Category, type Product, pages, type paths, Refused, type Variant } from '../api';
import { type Database, type Reading, type Reference, readSetting, writeSetting } from './database';
import { decode, ScaleProblem } from './scales';
import { type Searchable, searchIn } from './search';

/** What a tile and a line are about. */
export interface Item extends Searchable {
  product: Product;
  variant: Variant;
  name: string;
  price: number;
  /** Whether it is sold in fractions: by weight, length or the hour. */
  measured: boolean;
}

/** What a barcode is: an item, with what a scale printed for it if one did; or what is wrong with it. */
export type Scanned =
  | { item: Item; label: { quantity: number; amount: number | null } | null }
  | { item: null; problem: 'check_digit' | 'empty' | 'price_invalid' | null };

// A change may become visible a little after one with a later time: the last minute is read again.
const OVERLAP_MS = 60_000;

class Catalog {
  /** Everything that is sold here, by name. Replaced as a whole when it changes. */
  items = $state.raw<readonly Item[]>([]);
  categories = $state.raw<readonly Category[]>([]);
  reference = $state.raw<Reference | null>(null);
  syncing = $state(false);

  #byBarcode = new Map<string, Item>();
  #byPlu = new Map<string, Item>();
  #byCategory = new Map<string, Item[]>();
  #byVariant = new Map<string, Item>();
  #products = new Map<string, Product>();

  /** Show what the device has. */
  async load(db: Database): Promise<void> {
    this.reference = (await readSetting(db, 'reference')) ?? null;
    this.#products = new Map((await db.getAll('products')).map((product) => [product.id, product]));
    this.#arrange();
  }

  /** Read from the API what has changed, and keep it. Throws what `ask` throws; what was read until then stays. */
  async sync(db: Database, api: Client<paths, 'application/json'>, locationId: string): Promise<void> {
    if (this.syncing) return;
    this.syncing = true;
    try {
      const [merchant, location, taxes, promotions, scales, categories] = await Promise.all([
        ask(api.GET('/v1/merchant')),
        ask(api.GET('/v1/locations/{id}', { params: { path: { id: locationId } } })),
        ask(api.GET('/v1/taxes')),
        ask(api.GET('/v1/promotions')),
        ask(api.GET('/v1/scale_formats')),
        this.#readCategories(api),
      ]);
      const before = this.reference?.readUntil ?? null;
      const readUntil = await this.#readProducts(db, api, before);
      const reference = {
        merchant,
        location,
        categories,
        taxes: taxes.items,
        promotions: promotions.items,
        scales: scales.formats,
        readUntil,
      };
      await writeSetting(db, 'reference', reference);
      this.reference = reference;
      this.#arrange();
    } finally {
      this.syncing = false;
    }
  }

  /** What a barcode says: a scale's label, or the barcode of an item. */
  scanned(barcode: string): Scanned {
    const plain = this.#byBarcode.get(barcode);
    if (plain) return { item: plain, label: null };
    try {
      const label = decode(barcode, this.reference?.scales ?? []);
      const item = label && this.#byPlu.get(label.plu);
      if (!label || !item) return { item: null, problem: null };
      const minorUnits = this.reference?.merchant.minor_units ?? 0;
      return { item, label: { quantity: label.quantity(item, minorUnits), amount: label.amount(minorUnits) } };
    } catch (error) {
      if (!(error instanceof ScaleProblem)) throw error;
      return { item: null, problem: error.code };
    }
  }

  /** The taxes on a variant. */
  taxIds(variantId: string): readonly string[] {
    return this.#byVariant.get(variantId)?.product.tax_ids ?? [];
  }

  item(variantId: string): Item | undefined {
    return this.#byVariant.get(variantId);
  }

  /** The items of a category (null: of all), whose words include all that was typed; those that begin with it first. */
  search(text: string, categoryId: string | null): readonly Item[] {
    const within = categoryId === null ? this.items : (this.#byCategory.get(categoryId) ?? []);
    return searchIn(within, text);
  }

  async #readCategories(api: Client<paths, 'application/json'>): Promise<Category[]> {
    const all: Category[] = [];
    const read = (cursor: string | undefined) =>
      ask(api.GET('/v1/categories', { params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } } }));
    for await (const page of pages(read)) all.push(...page);
    return all.sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Read products page by page; each is kept with where to go on, so that what is interrupted goes on from there. */
  async #readProducts(
    db: Database,
    api: Client<paths, 'application/json'>,
    before: string | null,
  ): Promise<string | null> {
    const since = before && new Date(Date.parse(before) - OVERLAP_MS).toISOString();
    const begun = (await readSetting(db, 'reading')) ?? null;
    const reading = begun && begun.since === since ? begun : null;
    try {
      return await this.#readOn(db, api, since, reading, reading?.until ?? before);
    } catch (error) {
      const stale = reading && error instanceof Refused && !error.passes && error.status !== 401;
      if (!stale) throw error;
      await db.delete('settings', 'reading'); // the cursor does not hold any more
      return this.#readOn(db, api, since, null, before);
    }
  }

  async #readOn(
    db: Database,
    api: Client<paths, 'application/json'>,
    since: string | null,
    reading: Reading | null,
    from: string | null,
  ): Promise<string | null> {
    let until = from;
    let cursor = reading?.cursor;
    do {
      const query = {
        limit: 200,
        ...(since ? { updated_after: since, include_deleted: true } : {}),
        ...(cursor ? { cursor } : {}),
      };
      const page = await ask(api.GET('/v1/products', { params: { query } }));
      cursor = page.next_cursor ?? undefined;
      for (const { updated_at } of page.items) if (until === null || updated_at > until) until = updated_at;
      await this.#keep(db, page.items, cursor ? { cursor, since, until } : null);
      // the first of a large catalog can be sold while the rest comes
      if (since === null && cursor) this.#arrange();
    } while (cursor);
    return until;
  }

  async #keep(db: Database, products: readonly Product[], reading: Reading | null): Promise<void> {
    const written = db.transaction(['products', 'settings'], 'readwrite');
    for (const product of products) {
      if (product.deleted_at) {
        written.objectStore('products').delete(product.id);
        this.#products.delete(product.id);
      } else {
        written.objectStore('products').put(product);
        this.#products.set(product.id, product);
      }
    }
    const settings = written.objectStore('settings');
    if (reading) settings.put(reading, 'reading');
    else settings.delete('reading');
    await written.done;
  }

  #arrange(): void {
    this.categories = this.reference?.categories ?? [];
    const locationId = this.reference?.location.id ?? '';
    const now = new Date().toISOString();
    const items: Item[] = [];
    for (const product of this.#products.values()) {
      if ((product.active_from && product.active_from > now) || (product.active_until && product.active_until <= now)) {
        continue;
      }
      for (const variant of product.variants) items.push(item(product, variant, locationId));
    }
    items.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    this.#byBarcode = new Map(items.flatMap((one) => (one.variant.barcode ? [[one.variant.barcode, one]] : [])));
    this.#byPlu = new Map(items.flatMap((one) => (one.variant.plu ? [[one.variant.plu, one]] : [])));
    this.#byVariant = new Map(items.map((one) => [one.variant.id, one]));
    this.#byCategory = new Map();
    for (const one of items) {
      const category = one.product.category_id ?? '';
      const siblings = this.#byCategory.get(category);
      if (siblings) siblings.push(one);
      else this.#byCategory.set(category, [one]);
    }
    this.items = items;
  }
}

function item(product: Product, variant: Variant, locationId: string): Item {
  const name = variant.name ? `${product.name} ${variant.name}` : product.name;
  return {
    product,
    variant,
    name,
    price: variant.prices?.[locationId] ?? variant.price,
    measured: !variant.components?.length && (variant.weighed || (variant.unit ?? 'piece') !== 'piece'),
    words: [name, variant.sku ?? '', variant.barcode ?? ''].join(' ').toLowerCase(),
  };
}

export const catalog = new Catalog();
