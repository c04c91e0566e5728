/** What a cashier does all day, in a real browser on the deployed stack. */
import { expect, type Page, test } from '@playwright/test';
import { fill, openShop, type Shop } from './stack';
import { pairAndSignIn, scan, sell } from './steps';

let shop: Shop;
test.beforeAll(async () => {
  shop = openShop();
  await fill(shop);
  await shop.employ('Sari', '3333');
  await shop.employ('Marco', '2222', 'manager');
});

const ticketOf = (page: Page) => page.getByRole('complementary', { name: 'Ticket' });
const newest = async () => (await shop.get('/v1/orders?limit=1')).items[0];

test('a scanner sells from any focus, also from a button', async ({ page }) => {
  await pairAndSignIn(page, shop, 'Sari', '3333');
  const ticket = ticketOf(page);
  await scan(page, '8990000000002');
  await expect(ticket.getByRole('listitem')).toHaveCount(1);
  await ticket.getByRole('button', { name: 'One more of Americano' }).focus();
  await scan(page, '8990000000002');
  await expect(ticket.getByText('Rp 40.000').last()).toBeVisible();
  await scan(page, '1234567890123');
  await expect(page.getByText('No product has the barcode 1234567890123.')).toBeVisible();

  await page.keyboard.press('F4');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /50\.000/ })
    .click();
  await expect(ticket.getByText('Rp 10.000')).toBeVisible();
  await expect(ticket.getByText(/Receipt R1-/)).toBeVisible();
  expect(await newest()).toMatchObject({ status: 'completed', total: 40000, change: 10000 });
});

test('a payment is split between a card and cash', async ({ page }) => {
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await scan(page, '8990000000009'); // Nasi goreng, 38000
  await ticketOf(page).getByRole('button', { name: 'Pay' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Card' }).click();
  await page.keyboard.type('20000');
  await dialog.getByRole('button', { name: /as a part/ }).click();
  await dialog.getByRole('radio', { name: 'Cash' }).click();
  await dialog.getByRole('button', { name: /20\.000/ }).click();
  await expect(ticketOf(page).getByText('Rp 2.000')).toBeVisible();
  await expect(ticketOf(page).getByText(/Receipt R1-/)).toBeVisible();
  const order = await newest();
  expect(order.payments.map((one: any) => [one.method, one.amount])).toEqual([
    ['card', 20000],
    ['cash', 18000],
  ]);
});

test('a cashier refunds what a manager approves', async ({ page }) => {
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await sell(page, '8990000000006');
  await page.goto('/orders');
  await page.getByRole('link', { name: /^R1-/ }).first().click();
  await page.getByRole('button', { name: 'Refund' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Everything' }).click();
  await dialog.getByLabel('Reason').fill('Too sweet');
  await dialog.getByRole('button', { name: 'Refund' }).click();
  const approval = page.getByRole('dialog', { name: /manager/ });
  await approval.getByRole('button', { name: 'Marco' }).click();
  await page.keyboard.type('2222');
  await page.keyboard.press('Enter');
  await expect(page.getByText(/Refunded/).first()).toBeVisible();
  expect(await newest()).toMatchObject({ payment_status: 'refunded' });
});

test('a ticket parked at one register is paid at another', async ({ page, browser }) => {
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await scan(page, '8990000000001');
  await page.keyboard.press('F9');
  await page.getByRole('dialog').getByLabel('Name or table').fill('Table 7');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.keyboard.press('F6');
  await expect(page.getByText('The ticket is parked.')).toBeVisible();

  const second = await shop.register('Register 2', 'R2');
  const other = await (await browser.newContext()).newPage();
  await pairAndSignIn(other, second, 'Marco', '2222');
  await other.keyboard.press('F7');
  await other.getByRole('listitem').filter({ hasText: 'Table 7' }).getByRole('button', { name: 'Go on' }).click();
  await expect(ticketOf(other).getByRole('listitem')).toHaveCount(1);
  await scan(other, '8990000000006');
  await expect(ticketOf(other).getByRole('listitem')).toHaveCount(2);
  await ticketOf(other).getByRole('button', { name: 'Pay' }).click();
  await other.getByRole('dialog').getByRole('button', { name: 'Exact' }).click();
  await expect(ticketOf(other).getByText(/Receipt R/)).toBeVisible();
  expect(await newest()).toMatchObject({ status: 'completed', name: 'Table 7', total: 32000, paid: 32000 });
  await other.context().close();
});

test('two registers on one ticket: the second sees what the first did, and nothing is lost', async ({
  page,
  browser,
}) => {
  await pairAndSignIn(page, shop, 'Sari', '3333');
  const order = await shop.post('/v1/orders', {
    location_id: shop.locationId,
    name: 'Table 9',
    lines: [{ barcode: '8990000000001', quantity: '1' }],
  });
  const second = await shop.register('Register 3', 'R3');
  const other = await (await browser.newContext()).newPage();
  await pairAndSignIn(other, second, 'Marco', '2222');
  for (const one of [page, other]) {
    await one.keyboard.press('F7');
    await one.getByRole('listitem').filter({ hasText: 'Table 9' }).getByRole('button', { name: 'Go on' }).click();
    await expect(ticketOf(one).getByRole('listitem')).toHaveCount(1);
  }
  await scan(page, '8990000000002');
  await page.keyboard.press('F6');
  await expect(page.getByText('The ticket is parked.')).toBeVisible();
  await scan(other, '8990000000006');
  await other.keyboard.press('F6');
  await expect(other.getByText(/Another register has changed this ticket/)).toBeVisible();
  await expect(ticketOf(other).getByRole('listitem')).toHaveCount(3);
  await other.keyboard.press('F6');
  await expect(other.getByText('The ticket is parked.')).toBeVisible();
  expect((await shop.get(`/v1/orders/${order.id}`)).lines).toHaveLength(3);
  await other.context().close();
});

test('the kitchen board moves an order from open to handed out', async ({ page }) => {
  await pairAndSignIn(page, shop, 'Sari', '3333');
  const made = await shop.post('/v1/orders', {
    location_id: shop.locationId,
    name: 'Table 12',
    lines: [{ barcode: '8990000000009', quantity: '1' }],
    payments: [{ method: 'card', amount: 38000 }],
  });
  await page.goto('/board');
  const card = page.getByRole('article').filter({ hasText: 'Table 12' });
  for (const bump of ['Start', 'Ready', 'Hand out']) await card.getByRole('button', { name: bump }).click();
  await expect(card).toHaveCount(0);
  expect(await shop.get(`/v1/orders/${made.id}`)).toMatchObject({ status: 'completed' });
});

test('a sale that the API refuses is shown with its reason, and has a way out', async ({ page, context }) => {
  const variant = { price: 5000, barcode: '8990000000099', track_stock: true, stock_policy: 'block' };
  await shop.post('/v1/products', { name: 'Sold out', variants: [variant] });
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await expect(page.getByRole('button', { name: /Sold out/ })).toBeVisible();
  await context.setOffline(true);
  await sell(page, '8990000000099');
  await expect(page.getByText('1 sale unsent')).toBeVisible();
  await context.setOffline(false);
  await page.getByRole('link', { name: '1 sale refused' }).click();
  await expect(page.getByRole('alert')).toContainText('Sold out');
  await page.getByRole('button', { name: 'Do not record' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('The customer came back for it');
  await page.getByRole('dialog').getByRole('button', { name: 'Do not record' }).click();
  await expect(page.getByText('All sales are sent')).toBeVisible();
  const gone = page.getByRole('region', { name: 'Not recorded' });
  await expect(gone.getByText('The customer came back for it')).toBeVisible();
  await expect(gone.getByText(/Decided by Sari/)).toBeVisible();
});

test('a refused sale is mended on the ticket, and what was paid counts', async ({ page, context }) => {
  const variant = { price: 5000, barcode: '8990000000098', track_stock: true, stock_policy: 'block' };
  await shop.post('/v1/products', { name: 'Last one', variants: [variant] });
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await expect(page.getByRole('button', { name: /Last one/ })).toBeVisible();
  await context.setOffline(true);
  await scan(page, '8990000000006');
  await sell(page, '8990000000098'); // 8000 and 5000, paid with 13000
  await context.setOffline(false);
  await page.getByRole('link', { name: '1 sale refused' }).click();
  await page.getByRole('button', { name: 'Mend on the ticket' }).click();

  const ticket = ticketOf(page);
  await expect(ticket.getByText(/Paid already: sold by Sari/)).toBeVisible();
  await page.reload(); // as when the battery dies
  await ticket.getByRole('button', { name: 'One less of Last one' }).click();
  await scan(page, '8990000000014'); // a croissant at 21000 takes its place
  await ticket.getByRole('button', { name: 'Pay' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Rp 16.000').first()).toBeVisible();
  await dialog.getByRole('button', { name: 'Exact' }).click();
  await expect(ticket.getByText(/Receipt R1-/)).toBeVisible();
  const order = await newest();
  expect(order).toMatchObject({ status: 'completed', total: 29_000, amount_due: 0 });
  expect(order.payments.map((one: any) => one.amount)).toEqual([13_000, 16_000]);
});

test('promotions are in the price without a network, exactly as the API has them', async ({ page, context }) => {
  const other = openShop();
  const variants = await fill(other);
  await other.employ('Sari', '3333');
  const id = (name: string) => variants.get(name)?.id;
  await other.post('/v1/promotions', {
    name: 'Second half price',
    buy_x_get_y: { buy: 1, get: 1, percent: '50', variant_ids: [id('Americano'), id('Cappuccino')] },
  });
  await other.post('/v1/promotions', {
    name: 'A third off',
    percent_off: { percent: '33.33', variant_ids: [id('Es teh manis')] },
  });
  await other.post('/v1/promotions', { name: 'Over 40000', order_over: { minimum: 40_000, percent: '7.5' } });
  await pairAndSignIn(page, other, 'Sari', '3333');
  await expect(page.getByRole('button', { name: /Americano/ })).toBeVisible();
  const lines = ['8990000000002', '8990000000003', '8990000000006'];
  const { total } = await other.post('/v1/orders/preview', {
    location_id: other.locationId,
    lines: lines.map((barcode) => ({ barcode, quantity: '1' })),
  });
  await context.setOffline(true);
  for (const code of lines) await scan(page, code);
  await sell(page, null);
  await context.setOffline(false);
  await expect(ticketOf(page).getByText(/Receipt R1-/)).toBeVisible();
  const [order] = (await other.get('/v1/orders?limit=1')).items;
  expect(order).toMatchObject({ status: 'completed', total, paid: total, amount_due: 0, change: 0 });
  expect(order.discount_total).toBeGreaterThan(0);
});

test('a dollar is written as in English, though the merchant has not said that it is in America', async ({ page }) => {
  const american = openShop({ currency: 'USD', time_zone: 'America/New_York' });
  await american.employ('Sari', '3333');
  await american.post('/v1/products', {
    name: 'Gum',
    variants: [{ price: 189, barcode: '8990000000001', track_stock: false }],
  });
  await pairAndSignIn(page, american, 'Sari', '3333');
  await scan(page, '8990000000001');
  await expect(ticketOf(page).getByText('$1.89').last()).toBeVisible();
  await page.goto('/settings');
  await page.getByRole('radio', { name: 'Bahasa Indonesia' }).click();
  await page.goto('/');
  await expect(page.getByRole('complementary', { name: 'Pesanan' }).getByText('$1,89').last()).toBeVisible();
});

test('a second tab does not sell beside the first one, and can take its place', async ({ page, context }) => {
  await pairAndSignIn(page, shop, 'Sari', '3333');
  const second = await context.newPage();
  await second.goto('/');
  await expect(second.getByRole('heading', { name: /another tab/ })).toBeVisible();
  await second.getByRole('button', { name: 'Use it here' }).click();
  await expect(second.getByRole('searchbox')).toBeVisible();
  await expect(page.getByRole('heading', { name: /another tab/ })).toBeVisible();
});
