import { describe, expect, test } from 'vitest';
import { decimalDigits, formatMoney, likelyTenders } from './money';

const IDR = { code: 'IDR', minorUnits: 0 };
const USD = { code: 'USD', minorUnits: 2 };

describe('an amount', () => {
  test.each([
    [123456, 2, '1234.56'],
    [5, 2, '0.05'],
    [-5, 2, '-0.05'],
    [15000, 0, '15000'],
    [1, 3, '0.001'],
    [Number.MAX_SAFE_INTEGER, 2, '90071992547409.91'],
  ])('%i of %i minor units is %s', (amount, minorUnits, text) => {
    expect(decimalDigits(amount, minorUnits)).toBe(text);
  });

  test('looks as in the country', () => {
    expect(formatMoney(15000, IDR, 'id-ID')).toBe('Rp\u00a015.000');
    expect(formatMoney(123456, USD, 'en-US')).toBe('$1,234.56');
    expect(formatMoney(-5, USD, 'en-US')).toBe('-$0.05');
  });

  test('is shown to the last unit where a float would have lost it', () => {
    expect(formatMoney(Number.MAX_SAFE_INTEGER, USD, 'en-US')).toBe('$90,071,992,547,409.91');
  });
});

describe('what a customer is likely to hand over', () => {
  test('begins with the exact amount and goes on with notes', () => {
    expect(likelyTenders(57_000, 0)).toEqual([57_000, 58_000, 60_000, 100_000]);
    expect(likelyTenders(1234, 2)).toEqual([1234, 1300, 1400, 1500]);
  });

  test.each([1, 999, 1000, 43_250, 999_999])('is never less than %i', (due) => {
    for (const tender of likelyTenders(due, 0)) expect(tender).toBeGreaterThanOrEqual(due);
  });
});
