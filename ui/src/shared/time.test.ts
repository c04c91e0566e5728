import { describe, expect, test } from 'vitest';
import { addDays, dayOf, localOf, minutesOf, momentOf, startOf } from './time';

describe("the shop's day", () => {
  test.each([
    ['2026-11-29', 'Asia/Jakarta', '2026-11-28T17:00:00.000Z'],
    ['2026-11-29', 'UTC', '2026-11-29T00:00:00.000Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'], // clocks change in the night after it began
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['2026-11-29', 'America/New_York', '2026-11-29T05:00:00.000Z'],
  ])('%s begins in %s at %s', (day, timeZone, moment) => {
    expect(startOf(day, timeZone).toISOString()).toBe(moment);
    expect(dayOf(moment, timeZone)).toBe(day);
  });

  test('is another a week before, also across the turn of a year', () => {
    expect(addDays('2027-01-03', -7)).toBe('2026-12-27');
  });

  test("is told by the shop's clock, not the device's", () => {
    expect(minutesOf(new Date('2026-11-29T02:05:00Z'), 'Asia/Jakarta')).toBe(9 * 60 + 5);
    expect(minutesOf(new Date('2026-11-28T17:00:00Z'), 'Asia/Jakarta')).toBe(0);
  });
});

test('what the clock of a shop shows is read as the moment that it is, on either side of a change of clocks', () => {
  for (const [local, zone, moment] of [
    ['2026-11-29T17:00', 'Asia/Jakarta', '2026-11-29T10:00:00.000Z'],
    ['2026-03-29T01:30', 'Europe/Berlin', '2026-03-29T00:30:00.000Z'],
    ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-10-25T23:00', 'Europe/Berlin', '2026-10-25T22:00:00.000Z'],
  ] as const) {
    expect(momentOf(local, zone).toISOString()).toBe(moment);
    expect(localOf(moment, zone)).toBe(local);
  }
});
