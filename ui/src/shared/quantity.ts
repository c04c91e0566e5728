/**
 * Quantities have up to three places. Here they are whole thousandths (2.5 kg is 2500), which numbers hold exactly; on
 * the wire and for people they are decimal strings.
 */

export const ONE = 1000;
/** The API's limit: a thousand million. */
export const MAX_THOUSANDTHS = 1_000_000_000 * ONE;

const DECIMAL = /^(\d{1,10})(?:[.,](\d{1,3}))?$/;

/** What a person or the API wrote, in thousandths; null if it is no quantity above 0. Takes a comma for the point. */
export function parseQuantity(text: string): number | null {
  const match = DECIMAL.exec(text.trim());
  if (!match) return null;
  const thousandths = Number(match[1]) * ONE + Number((match[2] ?? '').padEnd(3, '0'));
  return thousandths > 0 && thousandths <= MAX_THOUSANDTHS ? thousandths : null;
}

/** The shortest decimal string: "2", "2.5", "0.125". */
export function quantityText(thousandths: number): `${number}` {
  const digits = String(thousandths).padStart(4, '0');
  const places = digits.slice(-3).replace(/0+$/, '');
  return `${digits.slice(0, -3)}${places && `.${places}`}` as `${number}`;
}

/** A quantity as people of this locale write it. */
export function formatQuantity(thousandths: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }).format(quantityText(thousandths));
}

/** price x quantity in minor units, rounded half up once, exactly: both together may exceed what a number holds. */
export function extend(price: number, thousandths: number): number {
  const product = BigInt(price) * BigInt(thousandths);
  const rest = product % 1000n;
  const half = rest >= 500n ? 1n : rest <= -500n ? -1n : 0n;
  return Number(product / 1000n + half);
}
