/** axe finds nothing on any screen or dialog, in either theme, at either end of the sizes. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { DIALOGS, enter, openDialog, openOffice, visit } from './office';
import { once } from './once';
import { openCafe, tour } from './tour';

const theCafe = once(openCafe);
const theOffice = once(openOffice);

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
        test.slow(); // many screens
        await tour(page, await theCafe(), 'en', (name) => check(page, name));
      });

      test('the back office', async ({ page }) => {
        await page.goto('/office/');
        await expect(page.getByRole('heading', { name: 'Back office' })).toBeVisible();
        await check(page);
        test.slow(); // many screens
        const office = await theOffice();
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
