/** axe finds nothing on any main screen, in either theme, at either end of the sizes. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { DIALOGS, enter, openDialog, openOffice, visit } from './office';
import { fill, openShop, type Shop } from './stack';
import { pairAndSignIn } from './steps';

let shop: Shop;
let office: Awaited<ReturnType<typeof openOffice>>;
test.beforeAll(async () => {
  shop = openShop();
  await fill(shop);
  await shop.employ('Sari', '3333');
  office = await openOffice();
});

async function check(page: Page, of = ''): Promise<void> {
  await page.evaluate(() => {
    const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    return Promise.all(ending.map(({ finished }) => finished));
  });
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  expect
    .soft(
      violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html.slice(0, 200))]),
      of,
    )
    .toEqual([]);
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [360, 1280]) {
    test.describe(`${colorScheme} at ${width} px`, () => {
      test.use({ colorScheme, viewport: { width, height: 800 }, reducedMotion: 'reduce' } as object);

      test('the register', async ({ page }) => {
        await page.goto('/');
        await expect(page.getByRole('heading', { name: 'Make this device a register' })).toBeVisible();
        await check(page);
        await pairAndSignIn(page, shop, 'Sari', '3333');
        await expect(page.getByRole('button', { name: /Americano/ })).toBeVisible();
        await check(page);
        await page.getByRole('button', { name: /Americano/ }).click();
        if (width < 800) await page.getByRole('button', { name: /^Ticket/ }).click();
        await expect(page.getByRole('button', { name: 'Pay' })).toBeEnabled();
        await check(page);
        await page.getByRole('button', { name: 'Pay' }).click();
        await check(page);
        await page.getByRole('button', { name: 'Exact' }).click();
        await expect(page.getByText(/Receipt R1-/)).toBeVisible();
        await check(page);
        await page.getByRole('button', { name: 'Receipt' }).click();
        await expect(page.getByRole('button', { name: 'Print', exact: true })).toBeVisible();
        await check(page);
        for (const [path, heading] of [
          ['tickets', 'Open tickets'],
          ['orders', 'Orders'],
          ['board', 'Kitchen board'],
          ['shift', 'Shift and drawer'],
          ['unsent', 'Unsent sales'],
          ['settings', 'Settings'],
        ] as const) {
          await page.goto(`/${path}`);
          await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
          await expect(page.locator('main .notice.loading')).toHaveCount(0);
          await check(page, path);
        }
      });

      test('the back office', async ({ page }) => {
        await page.goto('/office/');
        await expect(page.getByRole('heading', { name: 'Back office' })).toBeVisible();
        await check(page);
        test.slow(); // many screens
        await enter(page, office.shop);
        for (const screen of office.screens) {
          await visit(page, screen);
          await check(page, screen.name);
        }
        for (const dialog of DIALOGS) {
          await openDialog(page, dialog);
          await check(page, dialog.name);
        }
      });
    });
  }
}
