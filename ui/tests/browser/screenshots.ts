/** Pictures of the main screens at four sizes, in both themes and languages: `make screenshots`, for people to look at. */
import { expect, test } from '@playwright/test';
import { DIALOGS, enter, openDialog, openOffice, visit } from './office';
import { fill, openShop, type Shop } from './stack';
import { signIn } from './steps';

const SIZES = [
  { width: 360, height: 780 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];

let shop: Shop;
let office: Awaited<ReturnType<typeof openOffice>>;
test.beforeAll(async () => {
  shop = openShop();
  await fill(shop);
  for (const [name, pin, role] of [
    ['Sari Wulandari', '3333', 'cashier'],
    ['Marco', '2222', 'manager'],
    ['Olivia', '1111', 'owner'],
  ] as const) {
    await shop.employ(name, pin, role);
  }
  office = await openOffice();
  for (const [name, barcode] of [
    ['Table 4', '8990000000009'],
    ['Dewi', '8990000000001'],
  ]) {
    const line = { barcode, quantity: '2', note: 'less sugar' };
    await shop.post('/v1/orders', { location_id: shop.locationId, name, lines: [line] });
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const viewport of SIZES) {
    test(`${colorScheme} ${viewport.width}`, async ({ browser }) => {
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const picture = (name: string, of = page) =>
        of.screenshot({ path: `screenshots/${name}-${colorScheme}-${viewport.width}.png` });

      await page.goto(`/pair#${await shop.pairingCode()}`);
      await expect(page.getByRole('heading')).toBeVisible();
      await picture('pair');
      await page.getByRole('button', { name: 'Pair this device' }).click();
      await expect(page.getByRole('button', { name: /Sari/ })).toBeVisible();
      await picture('staff');
      await page.getByRole('button', { name: /Sari/ }).click();
      await page.keyboard.type('33');
      await picture('pin');
      await page.keyboard.press('Escape');
      await signIn(page, 'Sari', '3333');
      await expect(page.getByRole('button', { name: /Americano/ })).toBeVisible();
      await picture('sell-empty');
      for (const name of [
        'Americano',
        'Kopi susu gula aren',
        'Kopi susu gula aren',
        'Croissant mentega',
        'Nasi goreng',
      ]) {
        await page
          .locator('main')
          .getByRole('button', { name: new RegExp(name) })
          .click();
      }
      await picture('sell');
      if (viewport.width < 830) await page.getByRole('button', { name: /^Ticket/ }).click();
      await expect(page.getByRole('button', { name: 'Pay' })).toBeEnabled();
      await picture('ticket');
      await page.getByRole('button', { name: 'Pay' }).click();
      await picture('payment');
      await page.getByRole('dialog').getByRole('button', { name: /150/ }).click();
      await expect(page.getByText(/Receipt R1-/)).toBeVisible();
      await picture('change');
      await page.getByRole('button', { name: 'Receipt' }).click();
      await expect(page.getByRole('button', { name: 'Print', exact: true })).toBeVisible();
      await picture('receipt');
      await page.keyboard.press('Escape');
      for (const [path, shown] of [
        ['tickets', /Table 4/],
        ['orders', /R1-/],
        ['board', /Table 4/],
        ['shift', /Open shift/],
        ['unsent', /All sales are sent/],
      ] as const) {
        await page.goto(`/${path}`);
        await expect(page.getByText(shown).first()).toBeVisible();
        await picture(path);
      }
      await page.getByRole('button', { name: 'Menu' }).click();
      await picture('menu');
      await page.keyboard.press('Escape');
      await page.goto('/orders');
      await page.getByRole('link', { name: /^R1-/ }).first().click();
      await expect(page.getByText('Total')).toBeVisible();
      await picture('order');
      await page.goto('/settings');
      await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
      await picture('settings');
      await context.close();
    });

    test(`office ${colorScheme} ${viewport.width}`, async ({ browser }) => {
      test.slow(); // many screens
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await page.goto('/office/');
      await page.getByLabel('API key').fill(office.shop.key);
      await page.screenshot({ path: `screenshots/office-sign-in-${colorScheme}-${viewport.width}.png` });
      await enter(page, office.shop);
      for (const screen of office.screens) {
        await visit(page, screen);
        const path = `screenshots/office-${screen.name}-${colorScheme}-${viewport.width}.png`;
        await page.screenshot({ path, fullPage: true });
        // nothing but what scrolls inside its own frame is wider than the screen
        expect(await page.evaluate(() => document.documentElement.scrollWidth), screen.name).toBe(viewport.width);
      }
      for (const dialog of DIALOGS) {
        await openDialog(page, dialog);
        await page.waitForLoadState('networkidle');
        await page.screenshot({
          path: `screenshots/office-dialog-${dialog.name}-${colorScheme}-${viewport.width}.png`,
        });
      }
      await context.close();
    });

    test(`office in Indonesian ${colorScheme} ${viewport.width}`, async ({ browser }) => {
      test.slow();
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce', locale: 'id-ID' });
      const page = await context.newPage();
      await page.goto('/office/');
      await page.getByLabel('Kunci API').fill(office.shop.key);
      await page.getByRole('button', { name: 'Masuk' }).click();
      await expect(page.getByRole('heading', { name: 'Hari ini', exact: true })).toBeVisible();
      for (const { name, path } of office.screens) {
        await page.goto(`/office/${path}`);
        await page.waitForLoadState('networkidle');
        await expect(page.getByRole('heading', { name: 'Memuat' })).toHaveCount(0);
        await page.screenshot({
          path: `screenshots/office-id-${name}-${colorScheme}-${viewport.width}.png`,
          fullPage: true,
        });
        expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBe(viewport.width);
      }
      await context.close();
    });
  }
}
