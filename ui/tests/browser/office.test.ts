/** What an owner does in the back office, on the deployed stack. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import { contest, enter } from './office';
import { fill, openShop, type Shop, stack } from './stack';

let shop: Shop;
test.beforeAll(async () => {
  shop = openShop();
  await fill(shop);
});

test('a price that is changed on the screen is the price that registers read', async ({ page }) => {
  await enter(page, shop);
  await page.goto('/office/products');
  await page.getByLabel('Search').fill('tubruk');
  await page.getByRole('link', { name: 'Kopi tubruk' }).click();
  await page.getByRole('textbox', { name: 'Price' }).fill('17.500');
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  const { items } = await shop.get('/v1/products?q=tubruk');
  expect(items[0].variants[0].price).toBe(17500);
});

test('prices of several products rise by percent, to the nearest step', async ({ page }) => {
  await enter(page, shop);
  await page.goto('/office/products');
  await page.getByLabel('Search').fill('goreng');
  await expect(page.getByRole('row')).toHaveCount(5);
  await page.getByLabel('Choose all that are shown').check();
  await page.getByRole('button', { name: 'Change 4 chosen' }).click();
  await page.getByLabel('Percent').fill('10');
  await page.getByRole('button', { name: 'Apply' }).click();

  await expect(page.getByText('4 products changed')).toBeVisible();
  const { items } = await shop.get('/v1/products?q=goreng');
  const prices = Object.fromEntries(items.map((one: any) => [one.name, one.variants[0].price]));
  expect(prices).toEqual({
    'Nasi goreng kampung': 41800,
    'Mie goreng jawa': 38500,
    'Pisang goreng keju': 22000,
    'Kentang goreng': 26400,
  });
});

const status = async (secret: string, path: string) =>
  (await fetch(`${stack.api_url}${path}`, { headers: { authorization: `Bearer ${secret}` } })).status;

test('an API key is shown once, and works as far as it may', async ({ page }) => {
  await enter(page, shop);
  await page.goto('/office/api-keys');
  await page.getByRole('button', { name: 'New API key' }).click();
  await page.getByLabel('Name').fill('Web shop');
  await page.getByRole('button', { name: 'Create' }).click();
  const secret = (await page.getByTestId('secret').textContent()) ?? '';
  expect(await status(secret, '/v1/products')).toBe(200);
  expect(await status(secret, '/v1/staff')).toBe(403);

  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.reload();
  await expect(page.getByRole('row', { name: /Web shop/ })).toBeVisible();
  expect(await page.content()).not.toContain(secret);
});

test('an API key that is revoked on the screen is refused', async ({ page }) => {
  // not used before: the gateway goes by what the authorizer said of a key for up to a minute
  const { secret } = await shop.post('/v1/api_keys', { name: 'Old shop', permissions: ['catalog:read'] });
  await enter(page, shop);
  await page.goto('/office/api-keys');
  await page.getByRole('button', { name: 'Revoke: Old shop' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();

  await expect(page.getByRole('row', { name: /Old shop/ }).getByText('Revoked')).toBeVisible();
  expect(await status(secret, '/v1/products')).toBe(401);
});

test('of a conflict all three values are shown, and what is chosen holds', async ({ page }) => {
  const productId = await contest(shop);
  await enter(page, shop);
  await page.goto('/office/sync');
  await page.getByRole('button', { name: 'Decide: Kopi luwak' }).click();
  const dialog = page.getByRole('dialog');
  for (const price of ['Rp 80.000', 'Rp 85.000', 'Rp 90.000']) await expect(dialog.getByText(price)).toBeVisible();
  await dialog.getByLabel(/erp says/).check();
  await dialog.getByRole('button', { name: 'Decide' }).click();

  await expect(page.getByText('There is nothing to decide')).toBeVisible();
  const product = await shop.get(`/v1/products/${productId}`);
  expect(product.variants[0].price).toBe(90000);
});

test('events of a day are sent again from the screen, and the receiver has them twice', async ({ page }) => {
  const received: string[] = [];
  const receiver = createServer((request, response) => {
    received.push(String(request.headers['webhook-id']));
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  try {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const endpoint = await shop.post('/v1/webhooks/endpoints', { url, event_types: ['category.created'] });
    await shop.post('/v1/categories', { name: 'Baru' });
    await expect.poll(() => received.length).toBe(1);
    await enter(page, shop);
    await page.goto(`/office/webhooks/${endpoint.id}`);
    await expect(page.getByText('category.created').first()).toBeVisible();

    await page.getByLabel('Which events').selectOption('All that it wants');
    await page.getByRole('button', { name: 'Send again' }).first().click();

    await expect(page.getByText('Done.')).toBeVisible({ timeout: 90_000 });
    await expect.poll(() => received.filter((id) => id === received[0]).length).toBe(2);
  } finally {
    receiver.close();
  }
});

test('a location gets an address on the screen, and another register', async ({ page }) => {
  await enter(page, shop);
  await page.goto('/office/locations');
  await page.getByRole('button', { name: 'Edit: Kemang' }).click();
  await page.getByLabel('Address').fill('Jl. Kemang Raya 8');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Jl. Kemang Raya 8')).toBeVisible();
  await page.getByRole('button', { name: 'New register: Kemang' }).click();
  await page.getByLabel('Name').fill('Bar');
  await page.getByLabel('Receipts begin with').fill('b1');
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await expect(page.getByRole('listitem').filter({ hasText: 'Bar' })).toContainText('B1');
});

test('rules, receipts and points that are set are those that hold', async ({ page }) => {
  await enter(page, shop);
  await page.goto('/office/settings');
  const save = (label: string) =>
    page
      .locator('form')
      .filter({ has: page.getByLabel(label, { exact: true }) })
      .getByRole('button', { name: 'Save', exact: true });
  await page.getByLabel('Cash is rounded to').fill('100');
  await page.getByLabel('At most, in percent').fill('15');
  await save('Cash is rounded to').click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.getByLabel('At the bottom').fill('Terima kasih');
  await save('At the bottom').click();
  await page.getByLabel('For every').fill('10.000');
  await page.getByLabel('A point is worth').fill('100');
  await page.getByLabel('Points', { exact: true }).fill('1');
  await page.getByLabel('To pay, at least').fill('10');
  await save('For every').click();

  await expect.poll(async () => (await shop.get('/v1/loyalty_program')).earn_per).toBe(10000);
  expect(await shop.get('/v1/merchant')).toMatchObject({ cash_rounding_step: 100, discount_limit_percent: '15' });
  expect((await shop.get('/v1/receipt_settings')).footer).toBe('Terima kasih');
});

test('a source is told which fields are ours', async ({ page }) => {
  await enter(page, shop);
  await page.goto('/office/sync');
  await page.getByRole('button', { name: 'New source' }).click();
  await page.getByLabel('Short name').fill('shopify');
  await page.getByLabel('Variant: price').selectOption('Kasir');
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await expect(page.getByRole('row', { name: /shopify/ })).toContainText('Variant: price: Kasir');
  const { items } = await shop.get('/v1/sync/sources');
  const made = items.find((one: any) => one.id === 'src_shopify');
  expect(made.ownership.product).toEqual({ '*': 'shared', 'variants.price': 'kasir' });
});

test('choices of one product are taken over by another', async ({ page }) => {
  const sugar = { id: 'sugar', name: 'Sugar', min: 1, max: 1, modifiers: [{ id: 'less', name: 'Less sugar' }] };
  await shop.post('/v1/products', {
    name: 'Kopi gula',
    variants: [{ price: 1000, sku: 'GULA' }],
    modifier_groups: [sugar],
  });
  await enter(page, shop);
  await page.goto('/office/products');
  await page.getByLabel('Search').fill('tarik');
  await page.getByRole('link', { name: 'Teh tarik' }).click();
  await page.getByRole('button', { name: 'Take over from another product' }).click();
  await page.getByRole('combobox', { name: 'Take over from another product' }).fill('GULA');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Choice', { exact: true })).toHaveValue('Less sugar');
  await page.getByRole('button', { name: 'Add a choice' }).click();
  await page.getByLabel('Choice', { exact: true }).last().fill('Honey');
  await page.getByLabel('Changes the price by').last().fill('3.000');
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  const { items } = await shop.get('/v1/products?q=tarik');
  const [group] = items[0].modifier_groups;
  expect(group.modifiers.map(({ name, price }: any) => [name, price])).toEqual([
    ['Less sugar', 0],
    ['Honey', 3000],
  ]);
});

test('what a report shows is made into a file, and the file is the API’s own', async ({ page }) => {
  const { id: sold } = (await shop.get('/v1/products?q=tubruk')).items[0].variants[0];
  await shop.post('/v1/orders', {
    location_id: shop.locationId,
    register_id: shop.registerId,
    lines: [{ variant_id: sold, quantity: '2' }],
    complete: true,
  });
  await enter(page, shop);
  await page.goto('/office/reports');
  await page.getByLabel('By', { exact: true }).selectOption('Product');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('button', { name: 'Make the file' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sales' });
  await expect(dialog.getByText('Ready')).toBeVisible({ timeout: 90_000 });
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    dialog.getByRole('button', { name: 'Download' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^sales_report_.*\.csv$/);
  expect(readFileSync(await download.path(), 'utf8')).toContain('Kopi tubruk');

  await dialog.getByRole('link', { name: 'All exports' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'By product' })).toContainText('Sales');
});

test('a workbook of products is made on the page of exports', async ({ page }) => {
  await enter(page, shop);
  await page.goto('/office/exports');
  await page.getByRole('button', { name: 'New export' }).click();
  await page.getByLabel('What', { exact: true }).selectOption('Products');
  await page.getByLabel('Format').selectOption('XLSX (Excel)');
  await page.getByRole('button', { name: 'Make the file' }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'XLSX' });
  await expect(row.getByText('Ready')).toBeVisible({ timeout: 90_000 });
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    row.getByRole('button', { name: 'Download' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('products.xlsx');
  expect(
    readFileSync(await download.path())
      .subarray(0, 2)
      .toString(),
  ).toBe('PK'); // what a workbook begins with
});

test('an export that failed says why, and can be made again', async ({ page }) => {
  const failed = {
    ...{ id: 'exp_1', dataset: 'order_lines', parameters: { from: '2026-01-01', to: '2026-11-29' }, format: 'xlsx' },
    ...{ language: 'en', bom: true, status: 'failed', rows: 1_048_576, file_name: 'lines.xlsx', permissions: [] },
    ...{ created_at: '2026-11-29T03:00:00Z', created_by: 'key_1', updated_at: '2026-11-29T03:01:00Z' },
    ...{ expires_at: '2026-12-06T03:00:00Z', failure: 'Too much.', failure_code: 'export.too_many_rows' },
  };
  const asked: any[] = [];
  await page.route('**/v1/exports?*', (route) => route.fulfill({ json: { items: [failed], next_cursor: null } }));
  await page.route('**/v1/exports', (route) => {
    asked.push(route.request().postDataJSON());
    return route.fulfill({ status: 202, json: { ...failed, id: 'exp_2', status: 'running', rows: 0 } });
  });
  await page.route('**/v1/exports/exp_2', (route) =>
    route.fulfill({ json: { ...failed, id: 'exp_2', status: 'done', rows: 7, size: 2000, download: null } }),
  );
  await page.addInitScript(() => localStorage.setItem('kasir.language', 'id'));
  await page.goto('/office/exports');
  await page.getByLabel('Kunci API').fill(shop.key);
  await page.getByRole('button', { name: 'Masuk' }).click();
  await expect(page.getByText('Ini lebih dari muatan Excel: pilih CSV, atau hari lebih sedikit.')).toBeVisible();
  await page.getByRole('button', { name: /^Coba lagi/ }).click();

  await expect(page.getByText('7 baris')).toBeVisible();
  expect(asked).toMatchObject([{ dataset: 'order_lines', parameters: failed.parameters, format: 'xlsx' }]);
});

test('a shop that is connected with a key that does not hold says so, and is asked again when somebody wants it', async ({
  page,
}) => {
  let asked = 0;
  const remote = createServer((request, response) => {
    asked += 1;
    request.resume().on('end', () => response.writeHead(401, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise<void>((done) => remote.listen(0, '127.0.0.1', done));
  try {
    await shop.post('/v1/sync/sources', { source: 'shop', name: 'Toko daring' });
    await enter(page, shop);
    await page.goto('/office/sync');
    await page.getByRole('link', { name: 'Toko daring' }).click();
    await page.getByRole('button', { name: 'Connect a shop' }).click();
    await page.getByLabel('Address').fill(`http://127.0.0.1:${(remote.address() as AddressInfo).port}`);
    await page.getByLabel('Secret API key').fill('sk_0123456789');
    await page.getByLabel('Stock location there').fill('sloc_1');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByText('Needs you')).toBeVisible({ timeout: 90_000 });
    await expect(page.getByText('The shop does not take the key any more.')).toBeVisible();
    const before = asked;
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run now' }).click();

    await expect(page.getByText('It runs in a moment')).toBeVisible();
    await expect.poll(() => asked, { timeout: 90_000 }).toBeGreaterThan(before);
  } finally {
    await shop.ask('PATCH', '/v1/sync/sources/src_shop', { connector: null });
    remote.close();
  }
});

test('a location is told that it has a kitchen', async ({ page }) => {
  await enter(page, shop);
  await page.goto('/office/locations');
  await page.getByRole('button', { name: 'Edit: Kemang' }).click();
  await page.getByLabel('What is sold here is prepared in a kitchen').check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await expect(page.getByText('Is prepared in a kitchen')).toBeVisible();
  expect((await shop.get(`/v1/locations/${shop.locationId}`)).kitchen).toBe(true);
});

test('a file is read, mapped, looked at, applied and taken back', async ({ page }) => {
  const csv = [
    'Nama barang;Harga;Kode',
    'Wedang jahe;"12.000";WDG-1',
    'Wedang uwuh;"15.000";WDG-2',
    'Tanpa harga;banyak;WDG-3',
  ].join('\r\n');
  const named = async (): Promise<string[]> =>
    (await shop.get('/v1/products?q=wedang')).items.map(({ name }: any) => name).sort();
  await enter(page, shop);
  await page.goto('/office/imports');
  await page.getByRole('button', { name: 'New import' }).click();
  await page
    .getByLabel('File', { exact: true })
    .setInputFiles({ name: 'menu.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.getByRole('button', { name: 'Read the file' }).click();
  await expect(page.getByText('Ready to apply')).toBeVisible({ timeout: 90_000 });

  await page.getByLabel('What Nama barang is').selectOption('Name');
  await page.getByLabel('What Harga is').selectOption('Price');
  await page.getByLabel('What Kode is').selectOption('SKU');
  await page.getByLabel('Numbers are written').selectOption('1.234,50');
  await page.getByRole('button', { name: 'Look again' }).click();
  const jahe = page.getByRole('list', { name: 'The first changes' }).getByRole('listitem').filter({ hasText: 'jahe' });
  await expect(jahe).toContainText('Rp 12.000', { timeout: 90_000 });
  await expect(page.getByRole('list', { name: 'What is wrong with rows' })).toContainText('Line 4: Harga');
  expect(await named()).toEqual([]); // nothing was done yet

  await page.getByRole('button', { name: 'Apply', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Apply', exact: true }).click();
  await expect(page.getByText('Applied', { exact: true })).toBeVisible({ timeout: 90_000 });
  await expect.poll(named).toEqual(['Wedang jahe', 'Wedang uwuh']);

  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(page.getByText('Undone', { exact: true })).toBeVisible({ timeout: 90_000 });
  await expect.poll(named).toEqual([]);
});
