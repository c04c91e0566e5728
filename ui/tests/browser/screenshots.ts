/** Pictures of the main screens at four sizes, in both themes and languages: `make screenshots`, for people to look at. */
import { expect, type Page, test } from '@playwright/test';
import { DIALOGS, enter, openDialog, openOffice, visit } from './office';
import { once } from './once';
import { openCafe, tour } from './tour';

const SIZES = [
  { width: 360, height: 780 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];

const theCafe = once(openCafe);
const theOffice = once(openOffice);

/** Nothing but what scrolls inside its own frame is wider than the screen. */
async function expectNoOverflow(page: Page, name: string): Promise<void> {
  const width = page.viewportSize()?.width;
  expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), name).toBe(width);
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const viewport of SIZES) {
    for (const language of ['en', 'id'] as const) {
      if (language === 'id' && viewport.width !== 360 && viewport.width !== 1280) continue; // its words are as long elsewhere
      test(`register ${language} ${colorScheme} ${viewport.width}`, async ({ browser }) => {
        test.slow(); // many screens
        const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
        const page = await context.newPage();
        await tour(page, await theCafe(), language, async (name) => {
          const of = language === 'en' ? name : `${name}-${language}`;
          await page.screenshot({ path: `screenshots/${of}-${colorScheme}-${viewport.width}.png` });
          await expectNoOverflow(page, name);
        });
        await context.close();
      });
    }

    test(`office ${colorScheme} ${viewport.width}`, async ({ browser }) => {
      test.slow(); // many screens
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const office = await theOffice();
      await page.goto('/office/');
      await page.getByLabel('API key').fill(office.shop.key);
      await page.screenshot({ path: `screenshots/office-sign-in-${colorScheme}-${viewport.width}.png` });
      await enter(page, office.shop);
      for (const screen of office.screens) {
        await visit(page, screen);
        const path = `screenshots/office-${screen.name}-${colorScheme}-${viewport.width}.png`;
        await page.screenshot({ path, fullPage: true });
        await expectNoOverflow(page, screen.name);
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
      const office = await theOffice();
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
        await expectNoOverflow(page, name);
      }
      await context.close();
    });
  }
}
