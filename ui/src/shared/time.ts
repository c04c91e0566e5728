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
