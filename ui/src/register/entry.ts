/** What people type: prices and discounts. */
import { decimalDigits, parseMoney } from '../shared/money';
import { currency } from './show';
import type { GivenDiscount } from './ticket.svelte';

/** An amount as it is typed into a field. */
export function moneyText(amount: number): string {
  return decimalDigits(amount, currency().minorUnits);
}

/** What a person typed, in minor units; null if it is no amount of 0 or more. */
export function parseAmount(text: string): number | null {
  return parseMoney(text, currency().minorUnits);
}

/** "10%" or an amount; null if nothing is typed, undefined if it is neither. */
export function parseDiscount(text: string, name: string): GivenDiscount | null | undefined {
  const typed = text.trim();
  if (!typed) return null;
  const percent = /^(\d{1,3}(?:[.,]\d{1,2})?)\s*%$/.exec(typed)?.[1]?.replace(',', '.');
  if (percent !== undefined) return Number(percent) > 0 && Number(percent) <= 100 ? { name, percent } : undefined;
  const amount = parseAmount(typed);
  return amount ? { name, amount } : undefined;
}

export function discountText(discount: GivenDiscount | null): string {
  if (!discount) return '';
  return discount.percent !== undefined ? `${discount.percent}%` : moneyText(discount.amount ?? 0);
}
