/** What the dashboard makes of the reports' rows. Pure. */
import type { SalesFigures, SalesReport } from '../../api';

export interface Hour {
  hour: string;
  now: number;
  before: number;
}

/** What was sold, less what was given back, in minor units. */
export function sold(figures: SalesFigures | null | undefined): number {
  return (figures?.total ?? 0) - (figures?.refunded_total ?? 0);
}

/**
 * The hours from the first to the last that has anything, in the order of a business day that begins at `dayStart`
 * ("04:00"); with those between them that have nothing.
 */
export function hoursOf(items: SalesReport['items'], dayStart: string): Hour[] {
  const begins = Number(dayStart.slice(0, 2));
  const day = Array.from({ length: 24 }, (_, at) => String((begins + at) % 24).padStart(2, '0'));
  const rows = new Map(items.map((row) => [row.hour, row]));
  const hours = day.map((hour) => {
    const row = rows.get(hour);
    return { hour, now: sold(row), before: sold(row?.compared) };
  });
  const busy = hours.flatMap(({ now, before }, at) => (now || before ? [at] : []));
  return busy.length ? hours.slice(busy[0], (busy.at(-1) ?? 0) + 1) : [];
}

/**
 * By how many percent more was sold than on the day before, counting hours that are over only: `minutes` is how far
 * into the business day it is. Null while there is nothing to compare with.
 */
export function change(items: SalesReport['items'], dayStart: string, minutes: number): number | null {
  const begins = Number(dayStart.slice(0, 2)) * 60 + Number(dayStart.slice(3));
  let now = 0;
  let before = 0;
  for (const row of items) {
    const ends = (Number(row.hour) + 1) * 60;
    const into = (((ends - begins - 1) % 1440) + 1440) % 1440;
    if (into >= minutes) continue;
    now += sold(row);
    before += sold(row.compared);
  }
  return before > 0 ? Math.round(((now - before) / before) * 100) : null;
}
