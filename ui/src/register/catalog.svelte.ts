/** The catalog as the device has it: read from IndexedDB at once, and brought up to date from the API behind that. */
import type { Client } from 'openapi-fetch';
import { ask, type Category, type Product, pages, type paths, type Variant } from '../api';
import { type Database, type Reference, readSetting, writeSetting } from './database';

/** What a tile and a line are about. */
export interface Item {
  product: Product;
  variant: Variant;
  name: string;
  price: number;
  /** What is searched in: words in lower case. */
  words: string;
}

// A change may become visible a little after one with a later time: the last minute is read again.
const OVERLAP_MS = 60_000;

class Catalog {
  /** Everything that is sold here, by name. Replaced as a whole when it changes. */
  items = $state.raw<readonly Item[]>([]);
  categories = $state.raw<readonly Category[]>([]);
  reference = $state.raw<Reference | null>(null);
  syncing = $state(false);

  #byBarcode = new Map<string, Item>();
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
      const [merchant, location, taxes, promotions, categories] = await Promise.all([
        ask(api.GET('/v1/merchant')),
        ask(api.GET('/v1/locations/{id}', { params: { path: { id: locationId } } })),
        ask(api.GET('/v1/taxes')),
        ask(api.GET('/v1/promotions')),
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
        readUntil,
      };
      await writeSetting(db, 'reference', reference);
      this.reference = reference;
      this.#arrange();
    } finally {
      this.syncing = false;
    }
  }

  /** The item with this barcode; undefined if there is none here. */
  scanned(barcode: string): Item | undefined {
    return this.#byBarcode.get(barcode);
  }

  /** The taxes on a variant. */
  taxIds(variantId: string): readonly string[] {
    return this.#byVariant.get(variantId)?.product.tax_ids ?? [];
  }

  /** The items of a category (null: of all), whose words include all that was typed. */
  search(text: string, categoryId: string | null): readonly Item[] {
    const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (!wanted.length && categoryId === null) return this.items;
    return this.items.filter(
      (item) =>
        (categoryId === null || item.product.category_id === categoryId) &&
        wanted.every((word) => item.words.includes(word)),
    );
  }

  async #readCategories(api: Client<paths, 'application/json'>): Promise<Category[]> {
    const all: Category[] = [];
    const read = (cursor: string | undefined) =>
      ask(api.GET('/v1/categories', { params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } } }));
    for await (const page of pages(read)) all.push(...page);
    return all.sort((a, b) => a.name.localeCompare(b.name));
  }

  async #readProducts(
    db: Database,
    api: Client<paths, 'application/json'>,
    before: string | null,
  ): Promise<string | null> {
    const since = before && new Date(Date.parse(before) - OVERLAP_MS).toISOString();
    let until = before;
    const read = (cursor: string | undefined) => {
      const query = {
        limit: 200,
        ...(since ? { updated_after: since, include_deleted: true } : {}),
        ...(cursor ? { cursor } : {}),
      };
      return ask(api.GET('/v1/products', { params: { query } }));
    };
    for await (const page of pages(read)) {
      const written = db.transaction('products', 'readwrite');
      for (const product of page) {
        if (product.deleted_at) {
          written.store.delete(product.id);
          this.#products.delete(product.id);
        } else {
          written.store.put(product);
          this.#products.set(product.id, product);
        }
        if (until === null || product.updated_at > until) until = product.updated_at;
      }
      await written.done;
    }
    return until;
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
    this.#byVariant = new Map(items.map((one) => [one.variant.id, one]));
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
    words: [name, variant.sku ?? '', variant.barcode ?? ''].join(' ').toLowerCase(),
  };
}

export const catalog = new Catalog();
