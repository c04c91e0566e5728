/** From an unpaired device to a sale, in a real browser on the deployed stack. */
import { expect, test } from '@playwright/test';
import { fill, openShop, type Shop } from './stack';
import { pairAndSignIn } from './steps';

let shop: Shop;
test.beforeAll(async () => {
  shop = openShop();
  await fill(shop);
  await shop.employ('Sari', '3333');
});

test('a device is paired, a cashier signs in, and a sale in cash is an order on the API', async ({ page }) => {
  await pairAndSignIn(page, shop, 'Sari', '3333');

  await page.getByRole('button', { name: /Kopi susu gula aren/ }).click();
  await page
    .getByRole('button', { name: /Kopi susu gula aren/ })
    .first()
    .click();
  await page
    .getByRole('button', { name: /Donat kentang/ })
    .first()
    .click();
  const ticket = page.getByRole('complementary', { name: 'Ticket' });
  await expect(ticket.getByText('Rp 57.000').last()).toBeVisible();
  await ticket.getByRole('button', { name: 'Pay' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /100\.000/ })
    .click();

  await expect(ticket.getByText('Rp 43.000')).toBeVisible();
  await expect(ticket.getByText(/Receipt R1-/)).toBeVisible();
  const { items } = await shop.get('/v1/orders');
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ status: 'completed', total: 57000, paid: 57000, change: 43000 });
});

test('a scanned code and Enter put a product on the ticket, whatever was there before', async ({ page }) => {
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await expect(page.getByRole('button', { name: /Americano/ })).toBeVisible(); // the catalog is there

  const search = page.getByRole('searchbox');
  for (const code of ['8990000000002', '8990000000002', '8990000000006']) {
    await search.fill(code);
    await search.press('Enter');
  }

  const ticket = page.getByRole('complementary', { name: 'Ticket' });
  await expect(ticket.getByRole('listitem')).toHaveCount(2);
  await expect(ticket.getByText('Rp 48.000').last()).toBeVisible();
});

test('a ticket is still there when the page is loaded anew', async ({ page }) => {
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await page.getByRole('button', { name: /Teh tarik/ }).click();

  await page.reload();

  const ticket = page.getByRole('complementary', { name: 'Ticket' });
  await expect(ticket.getByText('Teh tarik')).toBeVisible();
});

test('a sale without a network is kept, told, and sent once the network is back', async ({ page, context }) => {
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await expect(page.getByRole('button', { name: /Americano/ })).toBeVisible();
  const before = (await shop.get('/v1/orders')).items.length;

  await context.setOffline(true);
  await page.getByRole('button', { name: /Americano/ }).click();
  const ticket = page.getByRole('complementary', { name: 'Ticket' });
  await ticket.getByRole('button', { name: 'Pay' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Exact' }).click();
  await expect(page.getByText('1 sale unsent')).toBeVisible();
  await context.setOffline(false);

  await expect(page.getByText('1 sale unsent')).toBeHidden();
  expect((await shop.get('/v1/orders')).items).toHaveLength(before + 1);
});

test('a wrong PIN is said to be one, and then locks for a time that is told', async ({ page }) => {
  await shop.employ('Budi', '4711');
  await page.goto(`/pair#${await shop.pairingCode()}`);
  await page.getByRole('button', { name: 'Pair this device' }).click();
  await page.getByRole('button', { name: /Budi/ }).click();
  for (let attempt = 0; attempt < 4; attempt += 1) {
    await page.keyboard.type('0000');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert')).toHaveText('That is not the PIN.');
  }
  await page.keyboard.type('4711');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText(/Locked until/);
});
