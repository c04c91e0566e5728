/**
 * What promotions take off a ticket that is priced without a network: exactly what the API's orders/promotions.py and
 * catalog/promotions.py make of it. tests/cases/promotions.json, which those have computed, holds this to it.
 */
import type { Category, Promotion } from '../api';
import { minutesOf } from '../shared/time';
import {
  allocate,
  grossAmounts,
  type OfflineDiscount,
  type OfflineLine,
  type Policy,
  percentOf,
  worth,
} from './pricing';

/** What a line sells of the catalog; nothing of a line that is not in it. */
export interface Sold {
  variantId: string;
  productId: string;
  categoryId: string | null;
}

/** A ticket with what promotions take off it, before what people gave. */
export interface Promoted {
  lines: OfflineLine[];
  discounts: OfflineDiscount[];
  /** What they take off each line, and off the order. */
  taken: { lines: number[]; order: number };
}

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const DAY_MS = 86_400_000;

/** Those that run at this location, which is in this time zone, at this moment. */
export function running(all: readonly Promotion[], locationId: string, at: Date, timeZone: string): Promotion[] {
  return all.filter(
    (one) =>
      one.active &&
      (!one.location_ids?.length || one.location_ids.includes(locationId)) &&
      (!one.starts_at || Date.parse(one.starts_at) <= at.getTime()) &&
      (!one.ends_at || at.getTime() < Date.parse(one.ends_at)) &&
      inHours(one, at, timeZone),
  );
}

function inHours(promotion: Promotion, at: Date, timeZone: string): boolean {
  const now = minutesOf(at, timeZone);
  const [from, to] = [minutes(promotion.from_time, 0), minutes(promotion.to_time, 24 * 60)];
  const overnight = from >= to;
  const within = overnight ? now >= from || now < to : from <= now && now < to;
  const began = overnight && now < to ? new Date(at.getTime() - DAY_MS) : at;
  return within && (!promotion.weekdays?.length || promotion.weekdays.includes(weekday(began, timeZone)));
}

function minutes(time: string | null | undefined, otherwise: number): number {
  if (!time) return otherwise;
  const [hours = '0', rest = '0'] = time.split(':');
  return Number(hours) * 60 + Number(rest);
}

function weekday(at: Date, timeZone: string): (typeof WEEKDAYS)[number] {
  const name = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short' }).format(at).toLowerCase();
  return name as (typeof WEEKDAYS)[number];
}

/** The ids of the promotions for single lines that cover what a line sells. */
export function covering(all: readonly Promotion[], sold: Sold | null, categories: readonly Category[]): string[] {
  if (!sold) return [];
  const parents = new Map(categories.map((one) => [one.id, one.parent_id ?? null]));
  const path: string[] = [];
  for (let at = sold.categoryId; at !== null; at = parents.get(at) ?? null) path.push(at);
  return all.filter((one) => !one.order_over && covers(one, sold, path)).map((one) => one.id);
}

function covers(promotion: Promotion, sold: Sold, path: readonly string[]): boolean {
  const named = promotion.percent_off ?? promotion.buy_x_get_y;
  const [categories, products, variants] = [
    named?.category_ids ?? [],
    named?.product_ids ?? [],
    named?.variant_ids ?? [],
  ];
  return (
    categories.length + products.length + variants.length === 0 ||
    variants.includes(sold.variantId) ||
    products.includes(sold.productId) ||
    path.some((id) => categories.includes(id))
  );
}

/** The ticket with what the `live` promotions take off it; `covered` are the ids of those that cover each line. */
export function promoted(
  lines: readonly OfflineLine[],
  discounts: readonly OfflineDiscount[],
  policy: Policy,
  live: readonly Promotion[],
  covered: readonly (readonly string[])[],
): Promoted {
  const costs = grossAmounts(lines, policy);
  const best: number[] = lines.map(() => 0); // of several, the one that takes most
  const discount: (OfflineDiscount | null)[] = lines.map(() => null);
  for (const promotion of live) {
    for (const [at, taken] of takenOff(promotion, lines, costs, policy, covered)) {
      if (taken <= (best[at] ?? 0)) continue;
      best[at] = taken;
      discount[at] = { amount: taken, promotion: true };
    }
  }
  const after = lines.map((line, at) => {
    const own = discount[at];
    return own ? { ...line, discounts: [own, ...(line.discounts ?? [])] } : line;
  });
  const order = offOrder(live, worth(after, policy), policy);
  const taken = { lines: best, order: order?.amount ?? 0 };
  return { lines: after, discounts: order ? [order, ...discounts] : [...discounts], taken };
}

function takenOff(
  promotion: Promotion,
  lines: readonly OfflineLine[],
  costs: readonly number[],
  policy: Policy,
  covered: readonly (readonly string[])[],
): [number, number][] {
  const positions = lines.map((_, at) => at).filter((at) => covered[at]?.includes(promotion.id));
  const { percent_off: percent, buy_x_get_y: counted } = promotion;
  if (percent) return positions.map((at) => [at, percentOf(percent.percent, costs[at] ?? 0, policy.rounding)]);
  if (!counted) return [];
  // Only what is sold whole can be counted, and what a scale's label says that it costs has no price for one.
  const units = new Map<number, number>();
  for (const at of positions) {
    const line = lines[at];
    if (line && line.amount == null && line.quantity % 1000 === 0) units.set(at, line.quantity / 1000);
  }
  const all = [...units.values()].reduce((sum, one) => sum + one, 0);
  let cheaper = Math.floor(all / (counted.buy + counted.get)) * counted.get;
  const ranked = [...units.keys()].sort((a, b) => compare(rank(a), rank(b)));
  const parts = ranked.map((at) => {
    const count = units.get(at) ?? 0;
    const taken = Math.min(cheaper, count);
    cheaper -= taken;
    return Math.floor((costs[at] ?? 0) / count) * taken;
  });
  const whole = percentOf(
    counted.percent ?? '100',
    parts.reduce((sum, one) => sum + one, 0),
    policy.rounding,
  );
  const shares = allocate(whole, parts);
  return ranked.map((at, place) => [at, shares[place] ?? 0]);

  /** The price of one, and then all that makes a difference to the total, so that the order of scanning makes none. */
  function rank(at: number): (number | string)[] {
    const [line, count] = [lines[at], units.get(at) ?? 1];
    const given = line?.discounts?.[0];
    return [
      Math.floor((costs[at] ?? 0) / count),
      count,
      [...(covered[at] ?? [])].sort().join(' '),
      given ? 1 : 0,
      Number(given?.percent ?? 0),
      given?.amount ?? 0,
    ];
  }
}

function compare(one: readonly (number | string)[], other: readonly (number | string)[]): number {
  for (const [at, value] of one.entries()) {
    const against = other[at] as typeof value;
    if (value !== against) return value < against ? -1 : 1;
  }
  return 0;
}

/** The one promotion for whole orders that takes most off what the lines come to. */
function offOrder(live: readonly Promotion[], sum: number, policy: Policy): OfflineDiscount | null {
  const offers = live.flatMap(({ order_over: over }) =>
    over && sum >= over.minimum ? [over.amount ?? percentOf(over.percent ?? '0', sum, policy.rounding)] : [],
  );
  return offers.length ? { amount: Math.max(...offers), promotion: true } : null;
}
