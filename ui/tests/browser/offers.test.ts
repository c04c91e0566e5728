/** Promotions and vouchers in the back office, on the deployed stack: what is set there is what a sale gets. */
import { expect, test } from '@playwright/test';
import { enter } from './office';
import { fill, openShop, type Shop } from './stack';

let shop: Shop;
let tea: string;
test.beforeAll(async () => {
  shop = openShop();
  tea = (await fill(shop)).get('Es teh manis')?.id;
});

test('a promotion that is made on the screen comes off the next sale, and not off others', async ({ page }) => {
  const total = async (variant_id: string): Promise<number> => {
    const lines = [{ variant_id, quantity: '1' }];
    return (await shop.post('/v1/orders/preview', { location_id: shop.locationId, lines })).total;
  };
  await enter(page, shop);
  await page.goto('/office/promotions');
  await page.getByRole('button', { name: 'New promotion' }).click();
  await page.getByLabel('Name').fill('Tea time');
  await page.getByLabel('Percent', { exact: true }).fill('25');
  await page.getByLabel('Add a category').selectOption('Teh');
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await expect(page.getByRole('heading', { name: 'Tea time' })).toBeVisible();
  expect(await total(tea)).toBe(6000);
  const coffee = (await shop.get('/v1/products?q=americano')).items[0].variants[0].id;
  expect(await total(coffee)).toBe(20000);

  await page.getByLabel('Switched on').uncheck();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(() => total(tea)).toBe(8000);
  await page.goto('/office/promotions');
  await expect(page.getByRole('row', { name: /Tea time/ }).getByText('Off', { exact: true })).toBeVisible();
});

test('a voucher that is issued pays, and its screen says what is left', async ({ page }) => {
  await enter(page, shop);
  await page.goto('/office/vouchers');
  await page.getByRole('button', { name: 'Issue a voucher' }).click();
  await page.getByLabel('Worth').fill('50.000');
  await page.getByRole('button', { name: 'Issue', exact: true }).click();
  const code = (await page.getByTestId('secret').textContent()) ?? '';
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  await shop.post('/v1/orders', {
    location_id: shop.locationId,
    lines: [{ variant_id: tea, quantity: '1' }],
    payments: [{ method: 'voucher', amount: 8000, reference: code }],
    complete: true,
  });

  await page.getByLabel('Find a code').fill(code.toLowerCase());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('row', { name: /Paid with/ })).toContainText('Rp 42.000');
  await expect(page.getByText('Partly used')).toBeVisible();
});
