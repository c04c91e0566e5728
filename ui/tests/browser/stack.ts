/** The local stack, and shops on it for tests to have to themselves. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');
const FILE = resolve(ROOT, process.env.KASIR_STACK ?? '.local/stack.json');

export const stack: { ui_url: string; api_url: string; api_key: string } = JSON.parse(readFileSync(FILE, 'utf8'));

type Json = Record<string, any>;

export class Shop {
  constructor(
    readonly key: string,
    readonly locationId: string,
    readonly registerId: string,
  ) {}

  /** Ask the API with the merchant's key; fails unless it answers 2xx. */
  async ask(method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await fetch(`${stack.api_url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  }

  post(path: string, body?: unknown): Promise<Json> {
    return this.ask('POST', path, body ?? {});
  }

  get(path: string): Promise<Json> {
    return this.ask('GET', path);
  }

  async pairingCode(): Promise<string> {
    return (await this.post(`/v1/registers/${this.registerId}/pairing_code`)).code;
  }

  /** The same shop at another register. */
  async register(name: string, code: string): Promise<Shop> {
    const { id } = await this.post('/v1/registers', { location_id: this.locationId, name, code });
    return new Shop(this.key, this.locationId, id);
  }

  async employ(name: string, pin: string, role = 'cashier'): Promise<Json> {
    return this.post('/v1/staff', { name, role, pin });
  }
}

/** A merchant of its own, with one location and register; takes the settings of `CreateMerchant`. */
export function openShop(settings: Json = {}): Shop {
  const event = join(mkdtempSync(join(tmpdir(), 'kasir-')), 'event.json');
  writeFileSync(event, JSON.stringify({ name: 'Kopi Senja', location_name: 'Kemang', ...settings }));
  const python = process.env.KASIR_PYTHON ?? join(ROOT, '.venv/bin/python');
  const said = execFileSync(python, ['-m', 'infra.local', 'invoke', 'CreateMerchant', event], { cwd: ROOT });
  const made = JSON.parse(said.toString());
  return new Shop(made.api_key, made.location_id, made.register_id);
}

const MENU: Record<string, [string, number][]> = {
  Kopi: [
    ['Kopi susu gula aren', 24000],
    ['Americano', 20000],
    ['Cappuccino', 28000],
    ['Kopi tubruk', 15000],
    ['Es kopi pandan', 26000],
  ],
  Teh: [
    ['Es teh manis', 8000],
    ['Teh tarik', 16000],
    ['Lemon tea', 14000],
  ],
  Makanan: [
    ['Nasi goreng kampung', 38000],
    ['Mie goreng jawa', 35000],
    ['Roti bakar srikaya', 22000],
    ['Pisang goreng keju', 20000],
    ['Kentang goreng', 24000],
  ],
  Roti: [
    ['Croissant mentega', 21000],
    ['Donat kentang', 9000],
  ],
};

/** Fill a shop with a café's menu; the variants by name. Barcodes count up from 8990000000001. */
export async function fill(shop: Shop, tax_ids: readonly string[] = []): Promise<Map<string, Json>> {
  const variants = new Map<string, Json>();
  let barcode = 8990000000000;
  for (const [category, products] of Object.entries(MENU)) {
    const { id } = await shop.post('/v1/categories', { name: category });
    for (const [name, price] of products) {
      barcode += 1;
      const variant = { price, barcode: String(barcode), track_stock: false };
      const product = await shop.post('/v1/products', { name, category_id: id, tax_ids, variants: [variant] });
      variants.set(name, product.variants[0]);
    }
  }
  return variants;
}
