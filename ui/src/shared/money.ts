/** Amounts are whole numbers of minor units, as in the API; they are divided by nothing, only shown. */

export interface Currency {
  code: string;
  /** How many digits stand behind the point: the merchant's, which for IDR differ from ISO 4217's. */
  minorUnits: number;
}

/** An amount's exact decimal digits: 123456 of two minor units is "1234.56". */
export function decimalDigits(amount: number, minorUnits: number): `${number}` {
  const digits = String(Math.abs(amount)).padStart(minorUnits + 1, '0');
  const whole = digits.slice(0, digits.length - minorUnits);
  const sign = amount < 0 ? '-' : '';
  return `${sign}${whole}${minorUnits ? `.${digits.slice(-minorUnits)}` : ''}` as `${number}`;
}

/** What a person typed ("15.000", "12.50"), in minor units; null if it is no amount. Reads what decimalDigits writes. */
export function parseMoney(text: string, minorUnits: number): number | null {
  // with three places "1.234" could be either: there, points and commas only stand before the places
  const grouped = minorUnits === 3 ? null : /^(\d{1,3}(?:[.,\s]\d{3})+)(?:[.,](\d+))?$/.exec(text.trim());
  const match = grouped ?? /^(\d+)(?:[.,](\d+))?$/.exec(text.trim());
  const places = match?.[2] ?? '';
  if (!match?.[1] || places.length > minorUnits) return null;
  const amount = Number(match[1].replace(/\D/g, '') + places.padEnd(minorUnits, '0'));
  return Number.isSafeInteger(amount) ? amount : null;
}

const formats = new Map<string, Intl.NumberFormat>();

/**
 * The locale in whose way numbers stand beside amounts of a currency: its language, as where the currency is at home. So a
 * dollar is $1.89 in English whichever country the shop is in, and $1,89 in Indonesian. A currency of several countries
 * (EUR, XOF) has no home, and is written as in the locale's own.
 */
export function localeOf(currency: string, locale: string): string {
  const home = currency.slice(0, 2); // ISO 4217 makes codes of ISO 3166's
  const shared = home === 'EU' || home.startsWith('X');
  return shared ? locale : `${new Intl.Locale(locale).language}-${home}`;
}

/** An amount for people, in the locale's language: "Rp 15.000", "$12.34". */
export function formatMoney(amount: number, currency: Currency, language: string): string {
  const key = `${language} ${currency.code} ${currency.minorUnits}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(localeOf(currency.code, language), {
      style: 'currency',
      currency: currency.code,
      currencyDisplay: 'narrowSymbol',
      minimumFractionDigits: currency.minorUnits,
      maximumFractionDigits: currency.minorUnits,
    });
    formats.set(key, format);
  }
  return format.format(decimalDigits(amount, currency.minorUnits)); // text is formatted exactly, a float would not be
}

/**
 * Amounts that a customer is likely to hand over for `due`: itself, and what the next notes and coins make of it.
 * At most `count`, ascending.
 */
export function likelyTenders(due: number, minorUnits: number, count = 4): number[] {
  const unit = 10 ** minorUnits;
  const steps = [1, 2, 5, 10, 20, 50, 100, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000].map(
    (note) => note * unit,
  );
  const useful = steps.filter((step) => step * 50 > due); // nobody pays a thousand with ones
  const tenders = new Set([due, ...useful.map((step) => Math.ceil(due / step) * step)]);
  return [...tenders].sort((a, b) => a - b).slice(0, count);
}
