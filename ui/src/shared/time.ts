/** Moments are UTC in the API and the shop's in front of people, whatever the device's clock is set to. */

const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, timeZone, options]);
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(locale, { timeZone, ...options });
    formats.set(key, made);
  }
  return made;
}

/** "14:05", "2:05 PM". */
export function formatTime(moment: string | Date, locale: string, timeZone: string): string {
  return format(locale, timeZone, { timeStyle: 'short' }).format(new Date(moment));
}

/** "29 Nov 2026, 14:05". */
export function formatMoment(moment: string | Date, locale: string, timeZone: string): string {
  return format(locale, timeZone, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(moment));
}

/** The shop's day of a moment, as 2026-11-29. */
export function dayOf(moment: string | Date, timeZone: string): string {
  return format('en-CA', timeZone, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(moment));
}

/** "Sun, 29 Nov 2026" of a day such as 2026-11-29. */
export function formatDay(day: string, locale: string): string {
  return format(locale, 'UTC', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(
    new Date(`${day}T00:00:00Z`),
  );
}

/** "November 2026" of a month such as 2026-11. */
export function formatMonth(month: string, locale: string): string {
  return format(locale, 'UTC', { month: 'long', year: 'numeric' }).format(new Date(`${month}-01T00:00:00Z`));
}

/** "Sunday". */
export function formatWeekday(day: string, locale: string): string {
  return format(locale, 'UTC', { weekday: 'long' }).format(new Date(`${day}T00:00:00Z`));
}

/** The day so many days after another. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The shop's clock at a moment, as minutes after midnight. */
export function minutesOf(moment: Date, timeZone: string): number {
  const parts = format('en-GB', timeZone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(
    moment,
  );
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  return part('hour') * 60 + part('minute');
}

/** The first moment of the shop's day, in UTC. */
export function startOf(day: string, timeZone: string): Date {
  return momentOf(`${day}T00:00`, timeZone);
}

/** When the shop's clock shows a time such as 2026-11-29T17:00. */
export function momentOf(local: string, timeZone: string): Date {
  const utc = Date.parse(`${local}Z`);
  const noon = new Date(`${local.slice(0, 10)}T12:00:00Z`);
  // where a place is from UTC changes by an hour at most, twice a year: a second look from the guess is enough
  const guess = new Date(utc - offset(noon, timeZone));
  return new Date(utc - offset(guess, timeZone));
}

/** What the shop's clock shows at a moment, as 2026-11-29T17:00: what a field for date and time takes. */
export function localOf(moment: string | Date, timeZone: string): string {
  const at = new Date(moment);
  return new Date(Math.floor(at.getTime() / 1000) * 1000 + offset(at, timeZone)).toISOString().slice(0, 16);
}

function offset(moment: Date, timeZone: string): number {
  const parts = format('en-GB', timeZone, {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(moment);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - Math.floor(moment.getTime() / 1000) * 1000;
}
