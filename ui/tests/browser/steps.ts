/** What most tests begin with. */
import { expect, type Page } from '@playwright/test';
import type { Shop } from './stack';

/** Make this browser the shop's register. */
export async function pair(page: Page, shop: Shop, origin = ''): Promise<void> {
  await page.goto(`${origin}/pair#${await shop.pairingCode()}`);
  await page.getByRole('button', { name: 'Pair this device' }).click();
}

/** Sign somebody in, who is shown. */
export async function signIn(page: Page, name: string, pin: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(name) }).click();
  await expect(page.getByRole('heading', { name: new RegExp(name) })).toBeVisible();
  await page.keyboard.type(pin);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('searchbox')).toBeVisible();
}

export async function pairAndSignIn(page: Page, shop: Shop, name: string, pin: string, origin = ''): Promise<void> {
  await pair(page, shop, origin);
  await signIn(page, name, pin);
}

/** What a scanner does: the keys of a code and Enter, faster than this test could type on a busy machine. */
export async function scan(page: Page, code: string): Promise<void> {
  await expect(page.locator('main li').first()).toBeVisible(); // the catalog is there
  await page.evaluate((text) => {
    for (const key of [...text, 'Enter']) {
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
      (document.activeElement ?? document.body).dispatchEvent(event);
    }
  }, code);
}

/** Sell what has this barcode, or what is on the ticket, for exact cash. */
export async function sell(page: Page, code: string | null): Promise<void> {
  const ticket = page.getByRole('complementary', { name: 'Ticket' });
  if (code) await scan(page, code);
  await ticket.getByRole('button', { name: 'Pay' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Exact' }).click();
  await expect(ticket.getByRole('button', { name: 'Next customer' })).toBeVisible();
}
