import { expect, test } from 'vitest';
import { cell, csv, mainOf, sumOf } from './rows';

test.each([
  ['Kopi', 'Kopi'],
  ['Kopi, susu', '"Kopi, susu"'],
  ['Kopi "tubruk"', '"Kopi ""tubruk"""'],
  ['=SUM(A1)', "'=SUM(A1)"],
  ['-1', "'-1"],
  [-15, '-15'],
])('%j is written %s', (value, text) => {
  expect(cell(value)).toBe(text);
});

test('a file begins with its columns, and lines end as spreadsheets want them', () => {
  expect(csv(['day', 'total'], [['2026-11-29', 5]])).toBe('\ufeffday,total\r\n2026-11-29,5\r\n');
});

test('a row is about what was paid, taxed or taken off, or else about what was sold, without what came back', () => {
  expect(mainOf({ amount: 500, refunded: 100 })).toBe(400);
  expect(mainOf({ amount: 500, refunded_amount: 50 })).toBe(450);
  expect(mainOf({ net: 900, refunded_net: 200 })).toBe(700);
});

test('quantities add up to the last thousandth', () => {
  expect(sumOf([])).toBe('0');
  expect(sumOf(['0.1', '0.2'])).toBe('0.3');
  expect(sumOf(['999999999.999', '0.001', '-1000000000.5'])).toBe('-0.5');
});
