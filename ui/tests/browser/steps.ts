/** What most tests begin with. */
import { expect, type Page } from '@playwright/test';
import type { Shop } from './stack';

/** Make this browser the shop's register. */
export async function pair(page: Page, shop: Shop): Promise<void> {
  await page.goto(`/pair#${await shop.pairingCode()}`);
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

export async function pairAndSignIn(page: Page, shop: Shop, name: string, pin: string): Promise<void> {
  await pair(page, shop);
  await signIn(page, name, pin);
}
