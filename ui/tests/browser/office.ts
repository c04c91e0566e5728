/** The screens of the back office, and a shop in which each of them has something to show. */
import { expect, type Page } from '@playwright/test';
import { fill, openShop, type Shop } from './stack';

export interface Shown {
  name: string;
  path: string;
  /** What is there once everything is. */
  text: RegExp;
}

/** What opens a dialog, and on which screen. */
export interface Opened {
  name: string;
  path: string;
  button: string | RegExp;
}

/** The dialogs of the back office that are more than a question. */
export const DIALOGS: readonly Opened[] = [
  { name: 'pairing', path: 'registers', button: 'Pair a device' },
  { name: 'api-key-new', path: 'api-keys', button: 'New API key' },
  { name: 'staff-new', path: 'staff', button: 'New member of staff' },
  { name: 'webhook-new', path: 'webhooks', button: 'New endpoint' },
  { name: 'conflict', path: 'sync', button: /^Decide/ },
  { name: 'source-new', path: 'sync', button: 'New source' },
  { name: 'connector', path: 'sync/src_web', button: 'Change the connection' },
  { name: 'source-run', path: 'sync/src_web', button: 'Run now' },
  { name: 'import-new', path: 'imports', button: 'New import' },
  { name: 'export', path: 'reports', button: 'Export' },
  { name: 'export-new', path: 'exports', button: 'New export' },
  { name: 'adjustment', path: 'stock', button: 'Adjust stock' },
  { name: 'stock-history', path: 'stock', button: /^History/ },
  { name: 'count-new', path: 'stock/counts', button: 'Begin a count' },
  { name: 'voucher-new', path: 'vouchers', button: 'Issue a voucher' },
  { name: 'customer-new', path: 'customers', button: 'New customer' },
  { name: 'category-new', path: 'categories', button: 'New category' },
  { name: 'location-edit', path: 'locations', button: 'Edit: Kemang' },
  { name: 'tax-new', path: 'settings', button: 'New tax' },
  { name: 'rebuild', path: 'reports/books', button: 'Project again' },
];

export async function openDialog(page: Page, { path, button }: Opened): Promise<void> {
  await page.goto(`/office/${path}`);
  await page.getByRole('button', { name: button }).first().click();
  await expect(page.getByRole('dialog')).toBeVisible();
}

/** A shop that has sold, with staff, customers, low stock, a webhook endpoint and a conflict; and its screens. */
export async function openOffice(): Promise<{ shop: Shop; screens: Shown[] }> {
  const shop = openShop();
  const tax = await shop.post('/v1/taxes', { name: 'PB1', rate: '10', included: true });
  const variants = [...(await fill(shop, [tax.id])).values()];
  await shop.employ('Sari', '3333');
  await shop.employ('Marco', '2222', 'manager');
  const customer = await shop.post('/v1/customers', {
    name: 'Dewi Lestari',
    phone: '+62 812 5550 100',
    tags: ['regular'],
  });
  const beans = await shop.post('/v1/products', {
    name: 'Biji kopi Gayo',
    variants: [
      { name: '250 g', price: 95_000, cost: 60_000, sku: 'GAYO-250' },
      { name: '1 kg', price: 340_000, cost: 220_000, sku: 'GAYO-1000' },
    ],
  });
  const small = beans.variants[0].id;
  await shop.post('/v1/inventory/adjustments', {
    location_id: shop.locationId,
    reason: 'opening',
    lines: [{ variant_id: small, quantity: '4' }],
  });
  await shop.ask('PATCH', `/v1/inventory/levels/${shop.locationId}/${small}`, { threshold: '5' });
  const orders = [];
  for (let at = 0; at < 6; at += 1) {
    const [first, second] = [variants[at % 3], variants[(at % 3) + 3]]; // each pair twice: bought together
    const total = 2 * first?.price + second?.price;
    orders.push(
      await shop.post('/v1/orders', {
        location_id: shop.locationId,
        register_id: shop.registerId,
        ...(at === 0 ? { customer_id: customer.id } : {}),
        lines: [
          { variant_id: first?.id, quantity: '2' },
          { variant_id: second?.id, quantity: '1' },
        ],
        payments: [{ method: at % 3 === 0 ? 'card' : 'cash', amount: total }],
        complete: true,
      }),
    );
  }
  const order = orders[0];
  await shop.post(`/v1/orders/${order?.id}/refunds`, {
    reason: 'Spilled',
    lines: [{ line_id: order?.lines[0].id, quantity: '1' }],
  });
  const shift = await shop.post('/v1/shifts', {
    register_id: shop.registerId,
    opening_float: { denominations: [{ value: 50_000, count: 4 }] },
  });
  const endpoint = await shop.post('/v1/webhooks/endpoints', {
    url: 'https://shop.example.com/kasir',
    event_types: ['order.*'],
    description: 'Web shop',
  });
  await contest(shop);
  await connectToNowhere(shop);
  await exportSome(shop);
  const imported = await importSome(shop);
  const goods = await supply(shop, small);
  const [promotion, voucher] = await offer(shop, customer.id);
  await readOnce(shop);
  return {
    shop,
    screens: [
      { name: 'dashboard', path: '', text: /What sells best/ },
      { name: 'orders', path: 'orders', text: /Partly refunded/ },
      { name: 'order', path: `orders/${order?.id}`, text: /order\.refunded/ },
      { name: 'shifts', path: 'shifts', text: /Expected in the drawer/ },
      { name: 'shift', path: `shifts/${shift.id}`, text: /At the start/ },
      { name: 'reports', path: 'reports', text: /Download as CSV/ },
      { name: 'report-taxes', path: 'reports/taxes', text: /Tax to declare/ },
      { name: 'report-discounts', path: 'reports/discounts', text: /By person/ },
      { name: 'report-customers', path: 'reports/customers', text: /Best customers/ },
      { name: 'report-together', path: 'reports/together', text: /Of all orders/ },
      { name: 'report-movements', path: 'reports/movements', text: /By cause/ },
      { name: 'report-slow', path: 'reports/slow', text: /Money in slow stock/ },
      { name: 'report-books', path: 'reports/books', text: /Earlier checks/ },
      { name: 'exports', path: 'exports', text: /Ready/ },
      { name: 'stock', path: 'stock', text: /Biji kopi Gayo/ },
      { name: 'deliveries', path: 'stock/deliveries', text: /Kopi Nusantara/ },
      { name: 'delivery', path: `stock/deliveries/${goods.delivery}`, text: /INV-0412/ },
      { name: 'delivery-new', path: 'stock/deliveries/new', text: /Scan them one after the other/ },
      { name: 'transfers', path: 'stock/transfers', text: /On its way/ },
      { name: 'transfer', path: `stock/transfers/${goods.transfer}`, text: /It has arrived/ },
      { name: 'transfer-new', path: 'stock/transfers/new', text: /Scan them one after the other/ },
      { name: 'counts', path: 'stock/counts', text: /Under way/ },
      { name: 'count', path: `stock/counts/${goods.count}`, text: /Scan what you find/ },
      { name: 'promotions', path: 'promotions', text: /Happy hour/ },
      { name: 'promotion', path: `promotions/${promotion}`, text: /What it is for/ },
      { name: 'vouchers', path: 'vouchers', text: /HADIAH-2026/ },
      { name: 'voucher', path: `vouchers/${voucher}`, text: /What happened/ },
      { name: 'products', path: 'products', text: /Biji kopi Gayo/ },
      { name: 'product', path: `products/${beans.id}`, text: /Set limit/ },
      { name: 'categories', path: 'categories', text: /Makanan/ },
      { name: 'imports', path: 'imports', text: /menu\.csv/ },
      { name: 'import', path: `imports/${imported}`, text: /What the columns are/ },
      { name: 'customers', path: 'customers', text: /Dewi Lestari/ },
      { name: 'customer', path: `customers/${customer.id}`, text: /Partly refunded/ },
      { name: 'staff', path: 'staff', text: /Marco/ },
      { name: 'webhooks', path: 'webhooks', text: /shop\.example\.com/ },
      { name: 'webhook', path: `webhooks/${endpoint.id}`, text: /Deliveries/ },
      { name: 'sync', path: 'sync', text: /Not getting through/ },
      { name: 'source', path: 'sync/src_web', text: /What is wrong/ },
      { name: 'api-keys', path: 'api-keys', text: /Active/ },
      { name: 'locations', path: 'locations', text: /Gudang/ },
      { name: 'registers', path: 'registers', text: /Register 1/ },
      { name: 'settings', path: 'settings', text: /Paper width/ },
      { name: 'audit', path: 'audit', text: /Spilled/ },
    ],
  };
}

/** Ask what the screens ask once, without their patience: what was never called takes its time on a busy machine. */
async function readOnce(shop: Shop): Promise<void> {
  const day = new Date().toISOString().slice(0, 10);
  const days = `from=${day}&to=${day}`;
  for (const path of [
    `reports/taxes?from=${day.slice(0, 7)}&to=${day.slice(0, 7)}`,
    `reports/customers?${days}`,
    `reports/affinity?${days}`,
    `reports/stock_movements?${days}&location_id=${shop.locationId}`,
    `reports/stock?location_id=${shop.locationId}`,
    'reports/jobs',
    'loyalty_program',
    'payment_settings',
    'receipt_settings',
  ]) {
    await shop.get(`/v1/${path}`);
  }
}

/** Goods that came in, are on their way to another location, and are being counted. */
async function supply(shop: Shop, variant_id: string): Promise<{ delivery: string; transfer: string; count: string }> {
  const location_id = shop.locationId;
  const store = await shop.post('/v1/locations', { name: 'Gudang', address: 'Jl. Bangka Raya 12, Jakarta' });
  const delivery = await shop.post('/v1/inventory/receipts', {
    location_id,
    supplier: 'Kopi Nusantara',
    reference: 'INV-0412',
    lines: [{ variant_id, quantity: '3', unit_cost: '61250.5' }],
  });
  const transfer = await shop.post('/v1/inventory/transfers', {
    from_location_id: location_id,
    to_location_id: store.id,
    lines: [{ variant_id, quantity: '2' }],
  });
  const count = await shop.post('/v1/inventory/counts', { location_id, all: true, note: 'Monthly' });
  return { delivery: delivery.id, transfer: transfer.id, count: count.id };
}

/** A promotion and a voucher: the one's id, the other's code. */
async function offer(shop: Shop, customer_id: string): Promise<[string, string]> {
  const { items } = await shop.get('/v1/categories');
  const promotion = await shop.post('/v1/promotions', {
    name: 'Happy hour',
    weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'],
    from_time: '15:00',
    to_time: '17:00',
    percent_off: { percent: '20', category_ids: [items[0].id] },
  });
  await shop.post('/v1/promotions', { name: 'Buy two croissants', buy_x_get_y: { buy: 2, get: 1 }, active: false });
  const voucher = await shop.post('/v1/vouchers', { amount: 100_000, code: 'HADIAH-2026', customer_id });
  return [promotion.id, voucher.code];
}

/** Have a source and the shop change the same price: a conflict about "Kopi luwak". Answers our product's id. */
export async function contest(shop: Shop): Promise<string> {
  const tell = (price: number) =>
    shop.post('/v1/sync/products', {
      source: 'erp',
      records: [{ external_id: 'P-1', name: 'Kopi luwak', variants: [{ external_id: 'P-1-S', sku: 'LUWAK', price }] }],
    });
  const { results } = await tell(80_000);
  const product = await shop.get(`/v1/products/${results[0].id}`);
  const variants = product.variants.map((variant: object) => ({ ...variant, price: 85_000 }));
  await shop.ask('PATCH', `/v1/products/${product.id}`, { variants });
  await tell(90_000);
  return product.id;
}

/** A connector whose shop takes no connection. */
async function connectToNowhere(shop: Shop): Promise<void> {
  const { id } = await shop.post('/v1/locations', { name: 'Web shop' });
  await shop.post('/v1/sync/sources', {
    source: 'web',
    name: 'Web shop',
    connector: {
      kind: 'medusa',
      url: 'http://127.0.0.1:9',
      api_key: 'sk_0123456789',
      location_id: id,
      remote_location_id: 'sloc_1',
    },
  });
  await expect
    .poll(async () => (await shop.get('/v1/sync/sources/src_web')).connector_status.status, { timeout: 120_000 })
    .toBe('retrying');
}

/** A file of products that was read, with a row that is wrong. */
async function importSome(shop: Shop): Promise<string> {
  const rows = ['Name,Variant,Price,SKU,Category', 'Wedang jahe,,12000,WDG-1,Teh', 'Wedang uwuh,,15000,WDG-2,Teh'];
  const csv = [...rows, 'Bandrek,,a lot,WDG-3,Teh', 'Americano,,21000,,Kopi'].join('\n');
  const content = Buffer.from(csv).toString('base64');
  const { id } = await shop.post('/v1/imports', { type: 'products', file_name: 'menu.csv', content });
  await expect.poll(async () => (await shop.get(`/v1/imports/${id}`)).status, { timeout: 120_000 }).toBe('ready');
  return id;
}

/** A file that is there. */
async function exportSome(shop: Shop): Promise<void> {
  const { id } = await shop.post('/v1/exports', { dataset: 'products', format: 'xlsx' });
  await expect.poll(async () => (await shop.get(`/v1/exports/${id}`)).status, { timeout: 120_000 }).toBe('done');
}

export async function enter(page: Page, shop: Shop): Promise<void> {
  await page.goto('/office/');
  await page.getByLabel('API key').fill(shop.key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Today', exact: true })).toBeVisible();
}

/** Go to a screen, and wait until nothing on it is being read any more. */
export async function visit(page: Page, { path, text }: Shown): Promise<void> {
  await page.goto(`/office/${path}`);
  await expect(page.getByRole('main').getByText(text).first()).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Loading' })).toHaveCount(0);
}
