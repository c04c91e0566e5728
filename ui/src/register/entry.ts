/** What people type: prices and discounts. */
import { decimalDigits } from '../shared/money';
import { currency } from './show';
import type { GivenDiscount } from './ticket.svelte';

/** An amount as it is typed into a field. */
export function moneyText(amount: number): string {
  return decimalDigits(amount, currency().minorUnits);
}

/** What a person typed, in minor units; null if it is no amount of 0 or more. Takes a comma for the point. */
export function parseMoney(text: string, minorUnits: number = currency().minorUnits): number | null {
  const match = /^(\d{1,13})(?:[.,](\d+))?$/.exec(text.trim());
  if (!match || (match[2] ?? '').length > minorUnits) return null;
  const amount = Number(match[1]) * 10 ** minorUnits + Number((match[2] ?? '').padEnd(minorUnits, '0') || 0);
  return Number.isSafeInteger(amount) ? amount : null;
}

/** "10%" or an amount; null if nothing is typed, undefined if it is neither. */
export function parseDiscount(text: string, name: string): GivenDiscount | null | undefined {
  const typed = text.trim();
  if (!typed) return null;
  const percent = /^(\d{1,3}(?:[.,]\d{1,2})?)\s*%$/.exec(typed)?.[1]?.replace(',', '.');
  if (percent !== undefined) return Number(percent) > 0 && Number(percent) <= 100 ? { name, percent } : undefined;
  const amount = parseMoney(typed);
  return amount ? { name, amount } : undefined;
}

export function discountText(discount: GivenDiscount | null): string {
  if (!discount) return '';
  return discount.percent !== undefined ? `${discount.percent}%` : moneyText(discount.amount ?? 0);
}
