import { describe, expect, test } from 'vitest';
import { parsePercent, parseShare, raised } from './pricing';

describe('a price that is raised by percent', () => {
  test.each([
    [24_000, '10', 100, 26_400],
    [24_050, '10', 500, 26_500],
    [999, '7.5', 1, 1074],
    [10, '5', 1, 11], // a half goes up
    [24_000, '-12,5', 1000, 21_000],
    [24_000, '-100', 100, 0],
    [9_007_199_254_740, '0', 1, 9_007_199_254_740],
  ])('%i by %s %% to the nearest %i is %i', (price, percent, step, result) => {
    expect(raised(price, parsePercent(percent) as number, step)).toBe(result);
  });

  test.each(['', 'ten', '-101', '1.2345', '--5'])('%j is no percentage', (text) => {
    expect(parsePercent(text)).toBeNull();
  });
});

test('a share is above nothing and at most all', () => {
  expect(parseShare('12,5')).toBe('12.5');
  expect(parseShare(' 100 ')).toBe('100');
  for (const text of ['0', '-5', '100.001', '']) expect(parseShare(text)).toBeNull();
});
