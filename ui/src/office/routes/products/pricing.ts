/** Prices that are changed together. Pure. */

/** Percent as thousandths of a percent: "-12.5" is -12500; null if it is none, or takes more than all. */
export function parsePercent(text: string): number | null {
  const match = /^([+-]?)(\d{1,4})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (!match) return null;
  const size = Number(match[2]) * 1000 + Number((match[3] ?? '').padEnd(3, '0'));
  const percent = match[1] === '-' ? -size : size;
  return percent >= -100_000 ? percent : null;
}

/** A share of a price in percent, as the API reads it: "12.5"; null unless it is above 0 and at most 100. */
export function parseShare(text: string): string | null {
  const share = text.trim().replace(',', '.');
  return /^\d{1,3}(\.\d{1,6})?$/.test(share) && Number(share) > 0 && Number(share) <= 100 ? share : null;
}

/** A price raised (or lowered) by thousandths of a percent, to the nearest `step` minor units, a half upwards. */
export function raised(price: number, percent: number, step: number): number {
  const exact = BigInt(price) * BigInt(100_000 + percent);
  const unit = 100_000n * BigInt(step);
  return Number(((exact * 2n + unit) / (unit * 2n)) * BigInt(step));
}
