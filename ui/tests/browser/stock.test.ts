/** Stock in the back office, on the deployed stack: it comes in, goes elsewhere, is counted. */
import { expect, type Page, test } from '@playwright/test';
import { enter } from './office';
import { openShop, type Shop } from './stack';

let shop: Shop;
let variantId: string;
test.beforeAll(async () => {
  shop = openShop();
  await shop.post('/v1/locations', { name: 'Gudang' });
  const beans = { name: 'Biji kopi Gayo', variants: [{ price: 95_000, sku: 'GAYO', barcode: '8991234567890' }] };
  variantId = (await shop.post('/v1/products', beans)).variants[0].id;
  await shop.post('/v1/products', { name: 'Susu', variants: [{ price: 20_000, sku: 'SUSU' }] });
});

/** Type a code as a scanner does, into the field that finds products. */
async function scan(page: Page, code: string): Promise<void> {
  await page.getByRole('combobox', { name: /Add a product|Scan what you find/ }).fill(code);
  await page.keyboard.press('Enter');
}

const onHand = async (locationId: string): Promise<string> => {
  const { items } = await shop.get(`/v1/inventory/levels?variant_id=${variantId}&location_id=${locationId}`);
  return items[0]?.on_hand ?? '0';
};

test('a delivery that is scanned is in stock, at what it cost', async ({ page }) => {
  await enter(page, shop);
  await page.goto('/office/stock/deliveries/new');
  await page.getByLabel('Supplier').fill('Kopi Nusantara');
  await scan(page, '8991234567890');
  await scan(page, 'GAYO');
  await expect(page.getByLabel('Quantity of Biji kopi Gayo')).toHaveValue('2');
  await page.getByLabel('Quantity of Biji kopi Gayo').fill('12');
  await page.getByLabel('Cost of one Biji kopi Gayo').fill('60000');
  await page.getByRole('button', { name: 'Take into stock' }).click();

  await expect(page.getByRole('cell', { name: 'Rp 720.000' })).toBeVisible();
  expect(await onHand(shop.locationId)).toBe('12');
});

test('what is sent is on its way until it arrives, and what is missing is named', async ({ page }) => {
  const { items } = await shop.get('/v1/locations');
  const store = items.find((one: { name: string }) => one.name === 'Gudang').id;
  const before = Number(await onHand(shop.locationId));
  await enter(page, shop);
  await page.goto('/office/stock/transfers/new');
  await page.getByLabel('From').selectOption('Kemang');
  await page.getByLabel('To').selectOption('Gudang');
  await scan(page, 'GAYO');
  await page.getByLabel('Quantity of Biji kopi Gayo').fill('5');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByText('On its way')).toBeVisible();
  expect(await onHand(shop.locationId)).toBe(String(before - 5));
  expect(await onHand(store)).toBe('0');

  await page.getByRole('button', { name: 'It has arrived' }).click();
  await page.getByLabel('Arrived of Biji kopi Gayo').fill('4');
  await page.getByRole('dialog').getByRole('button', { name: 'It has arrived' }).click();
  await expect(page.getByRole('cell', { name: '-1', exact: true })).toBeVisible();
  expect(await onHand(store)).toBe('4');
});

test('a count that is scanned, also without a network for a while, posts the difference', async ({ page, context }) => {
  await shop.post('/v1/inventory/adjustments', {
    location_id: shop.locationId,
    reason: 'opening',
    lines: [{ variant_id: variantId, quantity: '1' }],
  });
  await enter(page, shop);
  await page.goto('/office/stock/counts');
  await page.getByRole('button', { name: 'Begin a count' }).click();
  await page.getByRole('button', { name: 'Begin', exact: true }).click();
  await expect(page.getByText(/0 of \d counted/)).toBeVisible();
  await scan(page, 'GAYO');
  await scan(page, 'GAYO');
  await expect(page.getByLabel('Found of Biji kopi Gayo')).toHaveValue('2');
  await expect(page.getByText('All sent')).toBeVisible();

  await context.setOffline(true);
  await page.getByLabel('Found of Biji kopi Gayo').fill('3');
  await page.keyboard.press('Tab');
  await expect(page.getByText('1 not sent yet')).toBeVisible();
  await context.setOffline(false);
  await page.reload();
  await expect(page.getByText('All sent')).toBeVisible();
  await page.getByRole('button', { name: 'Post the differences' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Post the differences' }).click();

  await expect(page.getByText('Posted').first()).toBeVisible();
  expect(await onHand(shop.locationId)).toBe('3');
});

test('what broke is taken from stock, and its history says why', async ({ page }) => {
  await shop.post('/v1/inventory/adjustments', {
    location_id: shop.locationId,
    reason: 'opening',
    lines: [{ variant_id: variantId, quantity: '6' }],
  });
  const before = Number(await onHand(shop.locationId));
  await enter(page, shop);
  await page.goto('/office/stock');
  await page.getByRole('button', { name: 'Adjust stock' }).click();
  await scan(page, 'GAYO');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  expect(await onHand(shop.locationId)).toBe(String(before - 1));

  await page.getByRole('button', { name: 'History: Biji kopi Gayo' }).click();
  await expect(page.getByRole('cell', { name: 'Adjustment: Damaged' })).toBeVisible();
});
