import { describe, expect, test } from 'vitest';
import { decimalDigits, formatMoney, likelyTenders, parseMoney } from './money';

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

  test.each([
    ['USD', 2, 'en-ID', '$1.89'], // a merchant is of Indonesia unless it says otherwise
    ['USD', 2, 'en', '$1.89'],
    ['USD', 2, 'id-ID', '$1,89'],
    ['IDR', 0, 'en-US', 'Rp\u00a0189'],
    ['IDR', 0, 'id', 'Rp\u00a0189'],
    ['EUR', 2, 'de-DE', '1,89\u00a0€'],
    ['EUR', 2, 'en-IE', '€1.89'],
  ])('of %s looks as where that is at home, with %i places in %s', (code, minorUnits, locale, text) => {
    expect(formatMoney(189, { code, minorUnits }, locale)).toBe(text);
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

describe('an amount that is typed', () => {
  test.each([
    ['15000', 0, 15000],
    ['15.000', 0, 15000],
    ['1.250.000', 0, 1_250_000],
    ['12.50', 2, 1250],
    ['12,5', 2, 1250],
    ['1,234.56', 2, 123456],
    ['1.234', 3, 1234],
  ])('%j of %i minor units is read as %i', (text, minorUnits, amount) => {
    expect(parseMoney(text, minorUnits)).toBe(amount);
  });

  test.each(['', '-1', '1e3', '12.50', '15.00', 'Rp', '99999999999999999'])('%j is none in rupiah', (text) => {
    expect(parseMoney(text, 0)).toBeNull();
  });

  test('is read back from how it is written into a field', () => {
    for (const amount of [0, 5, 123456]) {
      for (const minorUnits of [0, 2, 3])
        expect(parseMoney(decimalDigits(amount, minorUnits), minorUnits)).toBe(amount);
    }
  });
});
