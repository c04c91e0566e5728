/** What most tests begin with. */
import { expect, type Page } from '@playwright/test';
import type { Shop } from './stack';

/** Make this browser the shop's register, and sign somebody in. */
export async function pairAndSignIn(page: Page, shop: Shop, name: string, pin: string): Promise<void> {
  await page.goto(`/pair#${await shop.pairingCode()}`);
  await page.getByRole('button', { name: 'Pair this device' }).click();
  await page.getByRole('button', { name: new RegExp(name) }).click();
  await expect(page.getByRole('heading', { name: new RegExp(name) })).toBeVisible();
  await page.keyboard.type(pin);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('searchbox')).toBeVisible();
}
