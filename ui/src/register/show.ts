/** Money, quantities and times as the merchant's country and currency have them. */
import { locale } from '../shared/i18n.svelte';
import { type Currency, formatMoney, localeOf } from '../shared/money';
import { formatQuantity } from '../shared/quantity';
import { formatMoment, formatTime } from '../shared/time';
import { catalog } from './catalog.svelte';

export function currency(): Currency {
  const merchant = catalog.reference?.merchant;
  return { code: merchant?.currency ?? 'XXX', minorUnits: merchant?.minor_units ?? 0 };
}

export const money = (amount: number): string => formatMoney(amount, currency(), locale.tag);
export const quantity = (thousandths: number): string =>
  formatQuantity(thousandths, localeOf(currency().code, locale.tag));
export const time = (moment: string | Date): string =>
  formatTime(moment, locale.tag, catalog.reference?.location.time_zone ?? 'UTC');
export const moment = (at: string | Date): string =>
  formatMoment(at, locale.tag, catalog.reference?.location.time_zone ?? 'UTC');
