import { describe, expect, test } from 'vitest';
import { change, hoursOf, sold } from './figures';

const row = (hour: string, total: number, before: number) => ({ hour, total, compared: { total: before } });

describe("a day's hours", () => {
  test('go from the first to the last in which something was sold, now or before', () => {
    expect(hoursOf([row('10', 500, 0), row('12', 0, 300)], '00:00')).toEqual([
      { hour: '10', now: 500, before: 0 },
      { hour: '11', now: 0, before: 0 },
      { hour: '12', now: 0, before: 300 },
    ]);
    expect(hoursOf([], '00:00')).toEqual([]);
  });

  test('begin when the business day does: a bar is busiest after midnight', () => {
    const hours = hoursOf([row('01', 10, 0), row('22', 20, 0)], '04:00').map(({ hour }) => hour);
    expect(hours).toEqual(['22', '23', '00', '01']);
  });
});

describe('the change against the same day a week ago', () => {
  const items = [row('09', 150, 100), row('10', 10, 900)];

  test('counts only hours that are over', () => {
    expect(change(items, '00:00', 10 * 60 + 30)).toBe(50);
    expect(change(items, '00:00', 11 * 60)).toBe(-84);
    expect(change(items, '00:00', 1440)).toBe(-84);
  });

  test('is none where nothing was sold then', () => {
    expect(change(items, '00:00', 9 * 60 + 59)).toBeNull();
    expect(change([row('09', 5, 0)], '00:00', 1440)).toBeNull();
  });

  test('counts from when the business day begins', () => {
    const night = [row('23', 100, 100), row('01', 300, 100)];
    expect(change(night, '04:00', 20 * 60)).toBe(0);
    expect(change(night, '04:00', 22 * 60)).toBe(100);
  });
});

test('what was given back is taken off what was sold', () => {
  expect(sold({ total: 1000, refunded_total: 300 })).toBe(700);
  expect(sold(undefined)).toBe(0);
});
