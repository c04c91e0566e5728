/**
 * What a ticket comes to without a network: exactly what the API's `price_ticket` (functions/orders/pricing.py) makes of it,
 * or nothing at all. It does what shops need on most days; where taxes build on each other, or a line has taxes in its price
 * and others on top, it answers null, and selling waits for the network. What promotions take off is promotions.ts.
 */

export type Rounding = 'half_up' | 'half_even' | 'down';

export interface PricedTax {
  id: string;
  /** In percent, a decimal. */
  rate: string;
  included: boolean;
  compound?: boolean;
  base_fraction?: string | null;
}

export interface OfflineDiscount {
  percent?: string;
  amount?: number;
  /** It came by itself: before all others, and it takes no more than there is. */
  promotion?: boolean;
}

export interface OfflineLine {
  /** Of one, with its modifiers. */
  price: number;
  /** In thousandths. */
  quantity: number;
  /** What a scale's label says that all of it costs. */
  amount?: number | null;
  discounts?: readonly OfflineDiscount[];
  taxes?: readonly PricedTax[];
}

export interface Policy {
  rounding: Rounding;
  taxRounding: 'per_line' | 'per_order';
  cashRoundingStep: number;
}

export interface Figures {
  subtotal: number;
  discount: number;
  /** Tax on top of the prices; what is included in them is not shown here. */
  tax: number;
  tip: number;
  total: number;
  /** What is asked for in cash: the total in coins that there are. */
  cashDue: number;
}

/** What the ticket comes to; null if that is beyond what is computed here. */
export function price(
  lines: readonly OfflineLine[],
  discounts: readonly OfflineDiscount[],
  policy: Policy,
  tip = 0,
): Figures | null {
  if (!lines.every(({ taxes = [] }) => simple(taxes))) return null;
  const gross = grossAmounts(lines, policy);
  let costs = discounted(lines, gross, policy);
  for (const discount of inTurn(discounts)) {
    const sum = costs && total(costs);
    const after = sum === null ? null : less(sum, discount, policy.rounding);
    if (!costs || sum === null || after === null) return null;
    const parts = allocate(sum - after, costs);
    costs = costs.map((amount, at) => amount - (parts[at] ?? 0));
  }
  if (!costs) return null;
  const tax = onTop(costs, lines, policy);
  const subtotal = total(gross);
  const after = total(costs) + tax + tip;
  if (![...gross, subtotal, after].every(Number.isSafeInteger)) return null;
  return { subtotal, discount: subtotal - total(costs), tax, tip, total: after, cashDue: inCoins(after, policy) };
}

/** What each line comes to before any discount. */
export function grossAmounts(lines: readonly OfflineLine[], policy: Policy): number[] {
  return lines.map((line) => line.amount ?? round(BigInt(line.price) * BigInt(line.quantity), 1000, policy.rounding));
}

/** What the lines come to after their own discounts; 0 if those take more than there is. */
export function worth(lines: readonly OfflineLine[], policy: Policy): number {
  return total(discounted(lines, grossAmounts(lines, policy), policy) ?? []);
}

/** What a percentage takes off an amount: it is the price after it that is rounded. */
export function percentOf(percent: string, amount: number, mode: Rounding): number {
  return amount - (less(amount, { percent }, mode) ?? 0);
}

/** The lines after their own discounts; null if one takes more than there is. */
function discounted(lines: readonly OfflineLine[], gross: readonly number[], policy: Policy): number[] | null {
  const left = gross.map((amount, at) =>
    inTurn(lines[at]?.discounts ?? []).reduce<number | null>(
      (rest, one) => (rest === null ? null : less(rest, one, policy.rounding)),
      amount,
    ),
  );
  return left.every((amount) => amount !== null) ? left : null;
}

/** An amount in the coins that there are. */
export function inCoins(amount: number, { cashRoundingStep: step, rounding }: Policy): number {
  return step > 1 ? round(amount, step, rounding) * step : amount;
}

/** `total` split in proportion to `weights` by largest remainder, ties to the earlier. */
export function allocate(whole: number, weights: readonly number[]): number[] {
  const sum = BigInt(total(weights));
  const shares = sum === 0n ? weights.map(() => 1n) : weights.map(BigInt);
  const of = sum === 0n ? BigInt(weights.length) : sum;
  const parts = shares.map((weight) => Number((BigInt(whole) * weight) / of));
  const rests = shares.map((weight, at) => ({ at, rest: (BigInt(whole) * weight) % of }));
  rests.sort((a, b) => (a.rest < b.rest ? 1 : a.rest > b.rest ? -1 : a.at - b.at));
  for (const { at } of rests.slice(0, whole - total(parts))) parts[at] = (parts[at] ?? 0) + 1;
  return parts;
}

/** The whole number for numerator / denominator; ties as the mode says, and alike on both sides of 0. */
export function round(numerator: number | bigint, denominator: number | bigint, mode: Rounding): number {
  const [top, bottom] = [BigInt(numerator), BigInt(denominator)];
  const positive = top < 0n ? -top : top;
  let whole = positive / bottom;
  const doubled = (positive % bottom) * 2n;
  if (mode === 'half_up' && doubled >= bottom) whole += 1n;
  else if (mode === 'half_even' && (doubled > bottom || (doubled === bottom && whole % 2n === 1n))) whole += 1n;
  return Number(top < 0n ? -whole : whole);
}

/** A decimal as a fraction: "12.5" is 125 / 10. */
function ratio(decimal: string): [bigint, bigint] {
  const [whole = '0', places = ''] = decimal.split('.');
  return [BigInt(whole + places), 10n ** BigInt(places.length)];
}

/** Promotions first, then percentages, then amounts. */
function inTurn(discounts: readonly OfflineDiscount[]): OfflineDiscount[] {
  const turn = (one: OfflineDiscount): number => (one.promotion ? 0 : one.percent !== undefined ? 1 : 2);
  return [...discounts].sort((a, b) => turn(a) - turn(b));
}

/** What a discount leaves of an amount: it is the price after a percentage that is rounded. Null if it takes too much. */
function less(amount: number, discount: OfflineDiscount, mode: Rounding): number | null {
  if (discount.percent === undefined) {
    const rest = amount - (discount.amount ?? 0);
    return rest < 0 ? (discount.promotion ? 0 : null) : rest;
  }
  const [top, bottom] = ratio(discount.percent);
  return round(BigInt(amount) * (100n * bottom - top), 100n * bottom, mode);
}

/** Whether these taxes are computed here: all in the price, which leaves the total alone, or all plainly on top. */
function simple(taxes: readonly PricedTax[]): boolean {
  return taxes.every((tax) => tax.included) || taxes.every((tax) => !tax.included && !tax.compound);
}

function onTop(costs: readonly number[], lines: readonly OfflineLine[], policy: Policy): number {
  const exact = new Map<string, { tax: PricedTax; base: number }>(); // where a tax is rounded once for the order
  let sum = 0;
  for (const [at, { taxes = [] }] of lines.entries()) {
    for (const tax of taxes) {
      if (tax.included) continue;
      if (policy.taxRounding === 'per_line') sum += taxOn(costs[at] ?? 0, tax, policy.rounding);
      else exact.set(tax.id, { tax, base: (exact.get(tax.id)?.base ?? 0) + (costs[at] ?? 0) });
    }
  }
  for (const { tax, base } of exact.values()) sum += taxOn(base, tax, policy.rounding);
  return sum;
}

function taxOn(base: number, tax: PricedTax, mode: Rounding): number {
  const [top, bottom] = ratio(tax.rate);
  const [part = '1', of = '1'] = (tax.base_fraction ?? '1/1').split('/');
  return round(BigInt(base) * top * BigInt(part), 100n * bottom * BigInt(of), mode);
}

function total(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}
