/** What is sold at a counter besides plain goods: choices, tips, points, exchanges, codes to pay by, what a kitchen makes. */
import { expect, type Page, test } from '@playwright/test';
import { fill, openShop, type Shop } from './stack';
import { pairAndSignIn, scan, sell } from './steps';

const QRIS =
  '00020101021151440014ID.CO.QRIS.WWW0215ID10200123456780303UMI5204581253033605802ID5911TOKO SAMPEL6007BANDUNG61054011162070703A01630431E5';
const AMERICANO = '8990000000002'; // 20000
const TEA = '8990000000006'; // 8000

let shop: Shop;
test.beforeAll(async () => {
  shop = openShop();
  await fill(shop);
  await shop.employ('Sari', '3333');
  await shop.employ('Marco', '2222', 'manager');
});

const ticketOf = (page: Page) => page.getByRole('complementary', { name: 'Ticket' });
const newest = async () => (await shop.get('/v1/orders?limit=1')).items[0];

async function pay(page: Page) {
  await ticketOf(page).getByRole('button', { name: 'Pay' }).click();
  return page.getByRole('dialog');
}

async function sold(page: Page): Promise<void> {
  await expect(ticketOf(page).getByText(/Receipt R1-/)).toBeVisible();
}

test('a modifier is chosen twice, and costs twice', async ({ page }) => {
  const groups = [{ id: 'extra', name: 'Extra', max: 3, modifiers: [{ id: 'shot', name: 'Shot', price: 5000 }] }];
  await shop.post('/v1/products', {
    name: 'Latte',
    variants: [{ price: 30_000, barcode: '8990000000077', track_stock: false }],
    modifier_groups: groups,
  });
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await scan(page, '8990000000077');
  await page.keyboard.press('F8');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /^Shot/ }).click();
  await dialog.getByRole('button', { name: 'One more of Shot' }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(ticketOf(page).getByText('2 × Shot')).toBeVisible();
  await (await pay(page)).getByRole('button', { name: 'Exact' }).click();
  await sold(page);
  const order = await newest();
  expect(order.total).toBe(40_000);
  expect(order.lines[0].modifiers).toMatchObject([{ id: 'shot', quantity: 2 }]);
});

test('a tip comes on top, and is told apart', async ({ page }) => {
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await scan(page, AMERICANO);
  const dialog = await pay(page);
  await dialog.getByRole('button', { name: 'Add a tip' }).click();
  await dialog.getByRole('button', { name: /^10 %/ }).click();
  await expect(dialog.getByText('Rp 22.000').first()).toBeVisible();
  await dialog.getByRole('button', { name: 'Exact' }).click();
  await sold(page);
  expect(await newest()).toMatchObject({ tip: 2000, total: 22_000, status: 'completed' });
});

test('a customer pays by points, and earns some', async ({ page }) => {
  const program = { enabled: true, earn_points: 1, earn_per: 1000, point_value: 100, min_redeem: 10 };
  await shop.ask('PUT', '/v1/loyalty_program', program);
  const customer = await shop.post('/v1/customers', { name: 'Dewi', phone: '+62 812 5550 111' });
  await shop.post(`/v1/customers/${customer.id}/points`, { points: 50, reason: 'Birthday' });
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await scan(page, AMERICANO);
  await page.keyboard.press('F9');
  const details = page.getByRole('dialog');
  await details.getByLabel(/Phone number/).fill('0812 5550 111');
  await details.getByRole('button', { name: 'Find' }).click();
  await expect(details.getByText('Dewi')).toBeVisible();
  await details.getByRole('button', { name: 'Save' }).click();
  const dialog = await pay(page);
  await dialog.getByRole('radio', { name: 'Points' }).click();
  await expect(dialog.getByText('50 points, worth Rp 5.000')).toBeVisible();
  await dialog.getByRole('button', { name: /Take Rp 5\.000 as a part/ }).click();
  await dialog.getByRole('radio', { name: 'Cash' }).click();
  await dialog.getByRole('button', { name: 'Exact' }).click();
  await sold(page);
  await expect(ticketOf(page).getByText('15 points earned')).toBeVisible();
  expect((await shop.get(`/v1/customers/${customer.id}/points`)).balance).toBe(15);
});

test('goods are exchanged for dearer ones: one press, two orders, and only the difference is paid', async ({
  page,
}) => {
  await pairAndSignIn(page, shop, 'Marco', '2222');
  await sell(page, TEA);
  await sold(page);
  const before = await newest();
  await page.goto(`/orders/${before.id}`);
  await page.getByRole('button', { name: 'Exchange' }).click();
  const goods = page.getByRole('dialog');
  await goods.getByRole('button', { name: 'Everything' }).click();
  await goods.getByLabel('Reason').fill('Wanted coffee');
  await goods.getByRole('button', { name: 'Next' }).click();
  await expect(ticketOf(page).getByText(/In exchange for Es teh manis/)).toBeVisible();
  await scan(page, AMERICANO);
  const dialog = await pay(page);
  await expect(dialog.getByText('Rp 12.000').first()).toBeVisible();
  await dialog.getByRole('button', { name: 'Exact' }).click();
  await sold(page);
  const order = await newest();
  expect(order).toMatchObject({ status: 'completed', total: 20_000, amount_due: 0 });
  expect(order.payments.map((one: any) => [one.method, one.amount]).sort()).toEqual([
    ['cash', 12_000],
    ['exchange', 8000],
  ]);
  expect(await shop.get(`/v1/orders/${before.id}`)).toMatchObject({ payment_status: 'refunded' });
});

test('goods are exchanged for cheaper ones, and the rest is given back', async ({ page }) => {
  await pairAndSignIn(page, shop, 'Marco', '2222');
  await sell(page, AMERICANO);
  await sold(page);
  await page.goto(`/orders/${(await newest()).id}`);
  await page.getByRole('button', { name: 'Exchange' }).click();
  const goods = page.getByRole('dialog');
  await goods.getByRole('button', { name: 'One more of Americano' }).click();
  await goods.getByLabel('Reason').fill('Too strong');
  await goods.getByRole('button', { name: 'Next' }).click();
  await scan(page, TEA);
  const dialog = await pay(page);
  await expect(dialog.getByText('To give back')).toBeVisible();
  await expect(dialog.getByText('Rp 12.000')).toBeVisible();
  await dialog.getByRole('button', { name: 'Exchange' }).click();
  await sold(page);
  await expect(ticketOf(page).getByText('Rp 12.000')).toBeVisible();
  expect(await newest()).toMatchObject({ status: 'completed', total: 8000 });
});

test('a code of the sale is shown, and once the money is seen the sale is done', async ({ page }) => {
  await shop.ask('PUT', '/v1/payment_settings', { qris_payload: QRIS });
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await scan(page, AMERICANO);
  const dialog = await pay(page);
  await dialog.getByRole('radio', { name: 'QRIS' }).click();
  await dialog.getByRole('button', { name: 'Show a code' }).click();
  await expect(dialog.getByRole('img', { name: 'QRIS' })).toBeVisible();
  await dialog.getByRole('button', { name: 'I have seen the money' }).click();
  await sold(page);
  expect(await newest()).toMatchObject({ status: 'completed', payment_status: 'paid' });
});

test('where a kitchen prepares, a sale is paid first and completed from the board', async ({ page }) => {
  await shop.employ('Olivia', '1111', 'owner');
  await pairAndSignIn(page, shop, 'Olivia', '1111');
  await page.goto('/settings');
  const kitchen = page.getByLabel('What is sold here is prepared in a kitchen');
  await kitchen.click();
  await expect.poll(async () => (await shop.get(`/v1/locations/${shop.locationId}`)).kitchen).toBe(true);
  await expect(kitchen).toBeEnabled();
  await expect(kitchen).toBeChecked();
  await page.goto('/');
  await scan(page, AMERICANO);
  await page.keyboard.press('F9');
  await page.getByRole('dialog').getByLabel('Name or table').fill('Budi');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await (await pay(page)).getByRole('button', { name: 'Exact' }).click();
  await sold(page);
  await expect(ticketOf(page).getByText('The kitchen has it.')).toBeVisible();
  const order = await newest();
  expect(order).toMatchObject({ status: 'open', payment_status: 'paid', amount_due: 0 });
  await page.goto('/tickets');
  await expect(page.getByText('No open tickets')).toBeVisible(); // nothing is to be paid

  await page.goto('/board');
  const card = page.getByRole('article').filter({ hasText: 'Budi' });
  for (const bump of ['Start', 'Ready', 'Hand out']) await card.getByRole('button', { name: bump }).click();
  await expect(card).toHaveCount(0);
  expect(await shop.get(`/v1/orders/${order.id}`)).toMatchObject({ status: 'completed' });

  await page.goto('/');
  await scan(page, TEA); // from the fridge: nothing to prepare
  const dialog = await pay(page);
  await dialog.getByLabel('Goes to the kitchen').uncheck();
  await dialog.getByRole('button', { name: 'Exact' }).click();
  await sold(page);
  expect(await newest()).toMatchObject({ status: 'completed', total: 8000 });
});
