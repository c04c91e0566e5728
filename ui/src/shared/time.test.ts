import { describe, expect, test } from 'vitest';
import { addDays, dayOf, minutesOf, startOf } from './time';

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
