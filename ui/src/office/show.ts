/** How the back office writes money, times and days: the merchant's, in the person's language. */
import { locale } from '../shared/i18n.svelte';
import { decimalDigits, formatMoney } from '../shared/money';
import { formatMoment, formatTime } from '../shared/time';
import { directory } from './directory.svelte';
import { office } from './office.svelte';
import { unitCostText } from './routes/stock/lines';

export function money(amount: number): string {
  return formatMoney(amount, office.currency, locale.tag);
}

/** An amount as a field for amounts takes it; "" where there is none. */
export function amountText(amount: number | null | undefined): string {
  return amount == null ? '' : decimalDigits(amount, office.currency.minorUnits);
}

/** An amount where there is little room: "Rp 1,2 jt". */
export function shortMoney(amount: number): string {
  return new Intl.NumberFormat(locale.tag, { notation: 'compact', maximumFractionDigits: 1 }).format(
    amount / 10 ** office.currency.minorUnits,
  );
}

/** What one costs: minor units with up to six places, as the API says it, to at most two places more than money has. */
export function unitCost(cost: string): string {
  const { code, minorUnits } = office.currency;
  const format = { style: 'currency', currency: code, currencyDisplay: 'narrowSymbol' } as const;
  return new Intl.NumberFormat(locale.tag, {
    ...format,
    minimumFractionDigits: minorUnits,
    maximumFractionDigits: minorUnits + 2,
  }).format(unitCostText(cost, minorUnits));
}

export function count(number: number): string {
  return new Intl.NumberFormat(locale.tag).format(number);
}

/** A decimal string of the API, such as a quantity. */
export function decimal(text: string): string {
  return new Intl.NumberFormat(locale.tag, { maximumFractionDigits: 3 }).format(text as `${number}`);
}

/** How large a file is: "71 kB". */
export function fileSize(bytes: number): string {
  const [unit, size] =
    bytes < 1e6 ? (['kilobyte', Math.max(1, bytes / 1e3)] as const) : (['megabyte', bytes / 1e6] as const);
  return new Intl.NumberFormat(locale.tag, { style: 'unit', unit, maximumFractionDigits: bytes < 1e6 ? 0 : 1 }).format(
    size,
  );
}

/** A moment on the clock of the location, or of the merchant. */
export function moment(at: string, locationId?: string | null): string {
  return formatMoment(at, locale.tag, directory.timeZone(locationId));
}

export function clock(at: string, locationId?: string | null): string {
  return formatTime(at, locale.tag, directory.timeZone(locationId));
}
