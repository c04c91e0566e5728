import { describe, expect, test } from 'vitest';
import { extend, formatQuantity, parseQuantity, quantityText } from './quantity';

describe('a quantity', () => {
  test.each([
    ['2', 2000],
    ['2.5', 2500],
    ['0,125', 125],
    ['1000000000', 1_000_000_000_000],
  ])('%s is read as %i thousandths', (text, thousandths) => {
    expect(parseQuantity(text)).toBe(thousandths);
  });

  test.each(['', '0', '0.000', '-1', '1.2345', '1e3', '1000000001', 'two', '.5'])('%j is none', (text) => {
    expect(parseQuantity(text)).toBeNull();
  });

  test('is written as short as it can be, and read back the same', () => {
    for (const thousandths of [1, 10, 125, 1000, 2500, 1_000_000_000_000]) {
      expect(parseQuantity(quantityText(thousandths))).toBe(thousandths);
    }
    expect(quantityText(2500)).toBe('2.5');
    expect(formatQuantity(2500, 'id-ID')).toBe('2,5');
  });
});

describe('price times quantity', () => {
  test('is rounded once, a half away from zero', () => {
    expect(extend(333, 1500)).toBe(500);
    expect(extend(-333, 1500)).toBe(-500);
    expect(extend(24000, 2000)).toBe(48000);
  });

  test('is exact where floats are not', () => {
    expect(extend(9_007_199_254_740, 1000)).toBe(9_007_199_254_740);
    expect(extend(9_007_199_254_740, 1001)).toBe(9_016_206_453_995);
  });
});
